"""The demo company, the same on every machine."""
