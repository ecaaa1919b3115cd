"""Alarms: the one that each model has, those that its specification names, and what is recorded when one is raised."""
