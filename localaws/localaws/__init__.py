"""The embedded AWS: a small, strict AWS in one process, in virtual time."""
