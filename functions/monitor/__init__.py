"""Reconciler: approves versions where the specification says auto."""
