"""The journal as a story: when, who, what, why."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from leeway import keys
from leeway.aws.table import Table
from leeway.journal import Entry
from leeway_cli import console

WIDEST, NARROWEST = 140, 60
ACTOR = 17  # columns; the longest of ours is sagemaker_changed
STYLES = {"you": "green", "s3": "magenta", "sagemaker": "magenta"}


def entries(table: Table, model: str, last: int | None = None) -> list[Entry]:
    """The journal of a model, oldest first; the newest `last` of it where that is given."""
    newest = table.query(keys.model_pk(model), keys.JOURNAL, newest_first=True, limit=last)
    return [Entry.from_item(item) for item in reversed(newest)]


def as_json(entry: Entry) -> dict[str, Any]:
    """One entry for programs."""
    return {
        "at": keys.stamp(entry.at),
        "model": entry.model,
        "actor": entry.actor,
        "what": entry.what,
        "why": entry.why,
        "detail": dict(entry.detail),
    }


def lines(story: Iterable[Entry], width: int | None = None) -> Iterator[str]:
    """The story for people; a line with the date wherever that changes."""
    day: date | None = None
    for entry in story:
        at = entry.at.astimezone(UTC)
        if at.date() != day:
            day = at.date()
            yield console.paint(f"{day:%A, %d %B %Y} (UTC)", "bold")
        yield told(at, entry.actor, f"{words(entry.what)}: {entry.why}", width)


def told(at: datetime, actor: str, text: str, width: int | None = None) -> str:
    """One line of a story, wrapped under its text."""
    room = width or max(NARROWEST, min(WIDEST, shutil.get_terminal_size((100, 24)).columns))
    indent = " " * (2 + 8 + 2 + ACTOR + 1)
    wrapped = textwrap.wrap(console.plain(text), width=max(30, room - len(indent)), break_long_words=False) or [""]
    who = console.paint(f"{console.plain(actor):<{ACTOR}}", STYLES.get(actor.lower(), "cyan"))
    return f"  {at:%H:%M:%S}  {who} " + f"\n{indent}".join(wrapped)


def words(what: str) -> str:
    """PascalCase as words: "DataAccepted" is "Data accepted"."""
    parts = re.findall(r"[A-Z0-9]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", what)
    return " ".join([*parts[:1], *(part.lower() for part in parts[1:])]) or what
