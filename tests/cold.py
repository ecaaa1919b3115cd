"""What functions keep in memory from one call to the next is of one start; a process of tests is of many."""

from __future__ import annotations

from leeway import models
from leeway.predict import known


def start() -> None:
    """From now on functions know nothing, as in a new stack; else they spare calls by what another stack had told."""
    models._read.cache_clear()
    known.forget()
