"""Retraining: when a training starts, on which data, and what became of it."""
