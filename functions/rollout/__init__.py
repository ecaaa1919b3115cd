"""Reconciler: which version serves."""
