"""The forms as they are printed."""
