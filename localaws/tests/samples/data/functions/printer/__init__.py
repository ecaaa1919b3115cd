"""A function that shows what it was called with."""
