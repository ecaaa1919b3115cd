"""How many instances the variants of an endpoint have, where Application Auto Scaling says it."""
