"""Challenger against champion on one endpoint: an experiment from its first share of the traffic to its end."""
