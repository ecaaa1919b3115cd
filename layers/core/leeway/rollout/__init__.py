"""Rollout: which version serves, and how it gets there."""
