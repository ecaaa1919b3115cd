"""Captured records as SQL: what of them tells a prediction from others, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from leeway import counting
from leeway.counting import literal

_HALF = "STRUCT(observedContentType VARCHAR, data VARCHAR, encoding VARCHAR)"
_FIELDS = (
    f"{{captureData: 'STRUCT(endpointOutput {_HALF})', eventMetadata: 'STRUCT(eventId VARCHAR, inferenceId VARCHAR,"
    " customAttributes VARCHAR[], inferenceTime VARCHAR)'}"
)
_TIME = "eventMetadata.inferenceTime"
NONE = "id IS NULL AND time IS NULL"
NOTHING = (
    "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS event, NULL::VARCHAR AS attributes, NULL::VARCHAR AS time,"
    f" NULL::{_HALF} AS answered WHERE false"
)


def records(files: Sequence[Path], begin: datetime, end: datetime) -> str:
    """The records (id, event, attributes, time, answered) of a span of time, and those that have no time.

    `id` is what labels are joined by. What is no record has nulls alone (`NONE`), so `counting.asked` asks.
    """
    if not files:
        return NOTHING
    first, last = (literal(f"{at:%Y-%m-%dT%H:%M:%S}") for at in (begin, end))
    return (
        "SELECT coalesce(nullif(eventMetadata.inferenceId, ''), nullif(eventMetadata.eventId, '')) AS id,"
        " eventMetadata.eventId AS event, coalesce(eventMetadata.customAttributes[1], '') AS attributes,"
        f" {_TIME} AS time, captureData.endpointOutput AS answered FROM {counting.records(files, _FIELDS)}"
        # A CASE, for both sides of an OR are computed of every row, and few rows are outside.
        f" WHERE coalesce(CASE WHEN {_TIME} >= {first} AND {_TIME} < {last} THEN true"
        f" ELSE {_TIME} NOT LIKE '____-__-__T__:__:__%' END, true)"
    )


def number(text: str) -> str:
    """A plain number, NULL for what Python's rules have to judge."""
    return (
        f"CASE WHEN {text} >= '-.' AND {text} < ':' AND NOT contains({text}, '_') THEN try_cast({text} AS DOUBLE) END"
    )


def line(half: str) -> str:
    """The text of a half, where it is CSV; the end of its line is none to a number, and would be slow to cut off."""
    return f"CASE WHEN {half}.encoding = 'CSV' THEN {half}.data END"
