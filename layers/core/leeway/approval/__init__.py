"""Approval: which version needs no person's word, and why."""
