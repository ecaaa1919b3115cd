"""Trigger: a minute has passed."""
