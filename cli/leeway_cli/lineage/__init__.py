"""Where a version comes from, and whether it can be made again."""
