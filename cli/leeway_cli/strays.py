"""Files that came for models that are not there: a mistyped name, or no folder at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leeway.aws.translate import translated
from leeway.journal import Entry
from leeway_cli import layout, timeline
from leeway_cli.moments import clock
from leeway_cli.target import Target

QUARANTINE = "quarantine/"
ARRIVES = "data_arrival"


def strays(target: Target, known: Sequence[str]) -> list[Entry]:
    """The newest of each name that is no model; of one that was removed since, the newest is its removal."""
    newest = [timeline.entries(target.app.table, name, 1) for name in _names(target) if name not in known]
    return [entry for [entry] in filter(None, newest) if entry.actor == ARRIVES]


def _names(target: Target) -> list[str]:
    """Folders of the quarantine: models, and what people took for one."""
    with translated("S3 ListObjectsV2"):
        pages = target.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=target.settings.artifacts_bucket, Prefix=QUARANTINE, Delimiter="/")
        return [
            folder["Prefix"].removeprefix(QUARANTINE).rstrip("/")
            for page in found
            for folder in page.get("CommonPrefixes", [])
        ]


def lines(entry: Entry) -> Iterator[str]:
    """One of them for people."""
    yield f"files for {entry.model}, which is no model"
    yield from layout.field("last", f"{clock(entry.at)} {entry.why}", column=11)
    yield from layout.field("all", f"leeway explain {entry.model}", column=11)
