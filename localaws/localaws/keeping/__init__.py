"""State over a restart: what changes is written to a file before it is acknowledged, and read again at the start."""
