"""A written day played against the real engine."""
