"""One difference between what is wanted and what is there, and what differs between two documents, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CREATE, UPDATE, UPLOAD, DELETE = "create", "update", "upload", "delete"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that is due: its verb, of what kind of thing, the thing's name, and a line for people."""

    verb: str
    what: str
    name: str
    detail: str


def differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """What differs between two documents, each as "key: old → new"."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key), new.get(key), f"{where}.{key}" if where else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif old != new:
        yield f"{where}: {_short(old)} → {_short(new)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
