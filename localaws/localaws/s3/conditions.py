"""Conditions of requests: If-Match and its like, and ranges.

Source: API Reference, GetObject, PutObject, CopyObject; RFC 9110, sections 13.2.2 and 14.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from localaws.errors import NotEmulated
from localaws.s3.errors import S3Error, no_such_key, precondition
from localaws.s3.versions import Condition, Version

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def unchanged(headers: Mapping[str, str], version: Version, prefix: str = "") -> bool:
    """Whether the client has it already (304); raises PreconditionFailed. Of a copy's source nothing is 304."""
    match, none = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    before, since = (_moment(headers.get(f"{prefix}if-{name}-since", "")) for name in ("unmodified", "modified"))
    modified = int(version.modified)
    if match is not None and not _names(match, version.etag):
        raise precondition("If-Match")
    if match is None and before is not None and modified > before:
        raise precondition("If-Unmodified-Since")
    same = _names(none, version.etag) if none is not None else since is not None and modified <= since
    if same and prefix:
        raise precondition(f"{prefix}If-None-Match" if none is not None else f"{prefix}If-Modified-Since")
    return same


def writes(headers: Mapping[str, str], key: str) -> Condition | None:
    """What must hold of the present object for one to be written in its place."""
    match, none = headers.get("if-match"), headers.get("if-none-match")
    if none not in (None, "*"):
        raise NotEmulated("a value of If-None-Match but * when an object is written (nor does S3 take one)")
    if match is None and none is None:
        return None

    def check(present: Version | None) -> None:
        there = present if present and not present.marker else None
        if none is not None and there:
            raise precondition("If-None-Match")
        if match is not None:
            if there is None:
                raise no_such_key(key)
            if not _names(match, there.etag):
                raise precondition("If-Match")

    return check


def _names(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return "*" in tags or etag in tags


def _moment(text: str) -> float | None:
    with contextlib.suppress(ValueError):
        found = parsedate_to_datetime(text) if text else None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() if found else None
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).timestamp()
    return None


def span(header: str, size: int) -> tuple[int, int] | None:
    """First byte and length of what a Range asks for; None for the whole, also where the header means nothing."""
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last or size), size - 1) + 1
        if last and int(last) < int(first):
            return None
    if start >= end:
        text = "The requested range is not satisfiable"
        raise S3Error("InvalidRange", text, 416, RangeRequested=header, ActualObjectSize=size)
    return start, end - start
