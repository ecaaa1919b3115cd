"""Reads and checks model.toml: every mistake at once, each with file, key, value and what is allowed."""
