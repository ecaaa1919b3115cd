"""What does not belong where it is put: values, and every place of a document to put them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

FORGED = 'x\n{"level":"ERROR","message":"churn was approved by root"}'
WRONG: list[Any] = [
    None, True, 7, -1, 1e308, float("nan"), "", "x", FORGED, "\udc80", "\0", "../../etc/passwd", "x" * 10**6, [], {},
    [None], {"x": None}, [[]], {"version-id": []},
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value within an event."""
    yield path
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in found:
        yield from places(inner, (*path, key))


def changed_at(event: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The event with another value at a place."""
    if not path:
        return value
    event = copy.deepcopy(event)
    holder = event
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return event
