"""Seeded simulations of what Leeway's statistics promise: `make prove`."""
