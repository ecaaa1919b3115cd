"""Lists of buckets, objects and versions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localaws.s3 import documents
from localaws.s3.buckets import Buckets
from localaws.s3.documents import Content
from localaws.s3.errors import invalid
from localaws.s3.request import Request
from localaws.s3.versions import Version, Versions
from localaws.wire import Answer

_MOST = 1000
_FROM = "bucket = ? AND key >= ? AND key < ? AND (key > ? OR number < ?)"
_PRESENT = f"{_FROM} AND latest = 1 AND marker = 0 ORDER BY key LIMIT ?"
_EVERY = f"{_FROM} ORDER BY key, number DESC LIMIT ?"
# Behind every key, which is UTF-8.
_END = b"\xff"
# Where a list goes on: behind a key's versions from a number on, which are older, or before all of them.
Place = tuple[bytes, int]
_ALL = 2**62


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a list answers: versions and common prefixes in one order; `last` is the last of them."""

    found: list[Version | str]
    truncated: bool

    @property
    def versions(self) -> list[Version]:
        """Without the common prefixes."""
        return [one for one in self.found if isinstance(one, Version)]

    @property
    def prefixes(self) -> list[str]:
        """The common prefixes alone."""
        return [one for one in self.found if isinstance(one, str)]

    @property
    def last(self) -> str:
        """Key or common prefix, from which the next page goes on."""
        one = self.found[-1]
        return one if isinstance(one, str) else one.key


class Listing:
    """Their operations, by name."""

    def __init__(self, buckets: Buckets, versions: Versions, owner: Content, region: str) -> None:
        self._buckets = buckets
        self._versions = versions
        self._owner = owner
        self._region = region
        self.operations = {
            "ListBuckets": self._list_buckets,
            "ListObjects": self._list,
            "ListObjectsV2": self._list_v2,
            "ListObjectVersions": self._list_versions,
        }

    def _list_buckets(self, request: Request) -> Answer:
        prefix, after = request.arguments.get("prefix", ""), request.arguments.get("continuation-token", "")
        most = request.number("max-buckets", 10_000)
        every = [one for one in self._buckets.all() if one.name.startswith(prefix) and one.name > after]
        shown = every[:most]
        told = [
            {"Name": one.name, "CreationDate": documents.moment(one.created), "BucketRegion": self._region}
            for one in shown
        ]
        content: Content = {"Owner": self._owner, "Buckets": {"Bucket": told}, "Prefix": prefix or None}
        content["ContinuationToken"] = shown[-1].name if shown and len(shown) < len(every) else None
        return documents.answer("ListAllMyBucketsResult", content)

    def _list(self, request: Request) -> Answer:
        marker, spell = request.arguments.get("marker", ""), _spelling(request)
        page, content = self._page(request, _beyond(request, marker), _PRESENT)
        content |= {"Marker": spell(marker)}
        if page.truncated and request.arguments.get("delimiter"):
            content["NextMarker"] = spell(page.last)
        content["Contents"] = [self._object(one, spell) | {"Owner": self._owner} for one in page.versions]
        return documents.answer("ListBucketResult", content)

    def _list_v2(self, request: Request) -> Answer:
        given, spell = request.arguments, _spelling(request)
        token, first = given.get("continuation-token"), given.get("start-after", "")
        page, content = self._page(request, _beyond(request, first if token is None else _key_of(token)), _PRESENT)
        content |= {"KeyCount": len(page.found), "ContinuationToken": token, "StartAfter": spell(first) or None}
        if page.truncated:
            content["NextContinuationToken"] = base64.b64encode(page.last.encode()).decode()
        owner = {"Owner": self._owner} if given.get("fetch-owner") == "true" else {}
        content["Contents"] = [self._object(one, spell) | owner for one in page.versions]
        return documents.answer("ListBucketResult", content)

    def _list_versions(self, request: Request) -> Answer:
        given, spell = request.arguments, _spelling(request)
        marker, version = given.get("key-marker", ""), given.get("version-id-marker", "")
        if version and not marker:
            raise invalid("A version-id marker cannot be specified without a key marker.", "version-id-marker", version)
        self._buckets.get(request.bucket)
        start = _beyond(request, marker)
        if version:
            start = marker.encode(), self._versions.get(request.bucket, marker, version).number
        page, content = self._page(request, start, _EVERY)
        content |= {"KeyMarker": spell(marker), "VersionIdMarker": version}
        if page.truncated:
            last = page.found[-1]
            content["NextKeyMarker"] = spell(page.last)
            content["NextVersionIdMarker"] = last.id if isinstance(last, Version) else None
        for one in page.versions:
            told = {"IsLatest": one.latest, "VersionId": one.id, "Owner": self._owner} | self._object(one, spell)
            content.setdefault("DeleteMarker" if one.marker else "Version", []).append(
                {k: v for k, v in told.items() if k not in _OF_CONTENT} if one.marker else told
            )
        return documents.answer("ListVersionsResult", content)

    def _page(self, request: Request, start: Place, where: str) -> tuple[Page, Content]:
        self._buckets.get(request.bucket)
        given, spell = request.arguments, _spelling(request)
        prefix, delimiter = given.get("prefix", ""), given.get("delimiter", "")
        most = min(request.number("max-keys", _MOST), _MOST)
        found = list(self._walk(request.bucket, (prefix, delimiter), start, most, where))
        page = Page(found=found[:most], truncated=0 < most < len(found))
        content: Content = {
            "Name": request.bucket,
            "Prefix": spell(prefix),
            "Delimiter": spell(delimiter) or None,
            "MaxKeys": most,
            "EncodingType": given.get("encoding-type"),
            "IsTruncated": page.truncated,
            "CommonPrefixes": [{"Prefix": spell(one)} for one in page.prefixes],
        }
        return page, content

    def _walk(self, bucket: str, by: tuple[str, str], start: Place, most: int, where: str) -> Iterator[Version | str]:
        """One more than `most`; a common prefix is stepped over as a whole."""
        (prefix, delimiter), left, batch = by, most + 1, 8 if by[1] else most + 1
        first = prefix.encode()
        place, end = max(start, (first, _ALL), key=lambda one: one[0]), behind(first) if first else _END
        while left > 0:
            rows = list(self._versions.rows(where, bucket, place[0], end, *place, batch))
            for row in rows[:left]:
                at = row.key.find(delimiter, len(prefix)) if delimiter else -1
                left -= 1
                if at >= 0:
                    common = row.key[: at + len(delimiter)]
                    yield common
                    place, batch = (behind(common.encode()), _ALL), 8
                    break
                yield row
                place = row.key.encode(), row.number if where is _EVERY else 0
            else:
                if len(rows) < batch:
                    return
                batch = min(4 * batch, most + 1)

    def _object(self, version: Version, spell: Callable[[str], str]) -> dict[str, Any]:
        return {
            "Key": spell(version.key),
            "LastModified": documents.moment(version.modified),
            "ETag": f'"{version.etag}"',
            "Size": version.size,
            "StorageClass": "STANDARD",
        }


_OF_CONTENT = {"ETag", "Size", "StorageClass"}


def behind(text: bytes) -> bytes:
    """The first text that is larger than all that begin with this one, which ends in no byte of 0xff."""
    return text[:-1] + bytes([text[-1] + 1])


def _beyond(request: Request, marker: str) -> Place:
    """Where a list goes on: behind a key, or behind all that a common prefix stands for."""
    prefix, delimiter = request.arguments.get("prefix", ""), request.arguments.get("delimiter", "")
    raw, at = marker.encode(), marker.find(delimiter, len(prefix))
    is_common = delimiter and marker.startswith(prefix) and at >= 0 and at + len(delimiter) == len(marker)
    return (behind(raw), _ALL) if is_common else (raw, 0)


def _key_of(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError as exc:
        raise invalid("The continuation token provided is incorrect", "continuation-token", token) from exc


def _spelling(request: Request) -> Callable[[str], str]:
    wanted = request.arguments.get("encoding-type", "")
    if wanted not in ("", "url"):
        raise invalid("Invalid Encoding Method specified in Request", "encoding-type", wanted)
    return (lambda text: quote(text, safe="/")) if wanted else (lambda text: text)
