"""A generated year of matters, and every figure counted a second time from its raw rows."""
