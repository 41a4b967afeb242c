"""Expected calls, people needed, people on the roster."""
