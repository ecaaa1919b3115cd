"""Trigger: an object was created in the inbox."""
