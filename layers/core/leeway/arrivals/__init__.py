"""Arrivals: what is dropped into the inbox, checked and kept, or set aside with its reason."""
