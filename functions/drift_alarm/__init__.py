"""Trigger: an alarm was raised."""
