"""Reconciler: starts and follows trainings."""
