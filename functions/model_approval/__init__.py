"""Trigger: a version in the registry was made, approved, rejected or edited."""
