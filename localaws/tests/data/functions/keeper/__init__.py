"""A function for the tests of the embedded AWS."""
