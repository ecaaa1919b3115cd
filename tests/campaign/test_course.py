"""What stands alike: nothing differs but moments, by a tick at most."""

from __future__ import annotations

from typing import Any

import pytest

from tests.campaign.course import alike

pytestmark = pytest.mark.unit
AT = 1_772_442_781


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ({"a": [1, "x", None]}, {"a": [1, "x", None]}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ({"a": [1]}, {"a": [1, 1]}, False),
        ({"a": None}, {"a": 0}, False),
        ({"version": 3, "a": 1}, {"version": 5, "a": 1}, True),
        ({"due_at": AT}, {"due_at": AT + 60}, True),
        ({"due_at": AT}, {"due_at": AT + 120}, False),
        ({"at": AT * 1000}, {"at": AT * 1000 + 60_000}, True),
        ({"at": AT * 1000}, {"at": AT * 1000 + 120_000}, False),
        ("until 2026-03-02T09:24:07.712066Z", "until 2026-03-02T09:23:10Z", True),
        ("until 2026-03-02T09:24:07.712066Z", "until 2026-03-02T09:20:07Z", False),
        ("until 2026-03-02T09:24:07Z", "since 2026-03-02T09:24:07Z", False),
        ("2026-03-02T09:24:07Z", "2026-03-02T09:24:07Z 2026-03-02T09:24:07Z", False),
    ],
)
def test_what_is_alike(one: Any, other: Any, are: bool) -> None:
    assert alike(one, other) is are
    assert alike(other, one) is are
