"""Predictions: each unit by the version that it has, within its caller's time."""
