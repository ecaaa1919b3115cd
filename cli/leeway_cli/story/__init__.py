"""The demonstration: the whole loop on this machine, told while it happens."""
