"""From a fact to the call that answers it, through the embedded AWS."""

from bench.figure import Figure


def measure() -> list[Figure]:
    """Not there yet."""
    return []


def many_files() -> list[Figure]:
    """Not there yet."""
    return []
