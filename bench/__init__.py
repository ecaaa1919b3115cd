"""Measures what a user waits for and pays for, each figure against its bar."""
