"""Challenger against champion on real traffic: what counts, how strong the evidence is, and what follows from it."""
