"""Versions of objects: which there are, which one counts, and what a new one or a deletion does to the others."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

from localaws.s3.about import About
from localaws.s3.buckets import Bucket, Buckets
from localaws.s3.contents import Contents
from localaws.s3.database import Database, Row
from localaws.s3.errors import no_such_version
from localaws.s3.events import Change, Events

COLUMNS = "bucket, key, number, id, latest, marker, modified, size, etag, content, about"
NULL = "null"
# What S3 says of DeleteObject and DeleteObjects alike.
_DELETION = "DeleteObject"
_EMPTY = "d41d8cd98f00b204e9800998ecf8427e"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of an object, or a delete marker, which has no content; `etag` is without quotes."""

    bucket: str
    key: str
    number: int
    id: str
    latest: bool
    marker: bool
    modified: float
    size: int
    etag: str
    content: str
    text: str

    @cached_property
    def about(self) -> About:
        """What is kept beside the content."""
        return About.of(self.text)

    @classmethod
    def of(cls, row: Row) -> Version:
        """From a row of COLUMNS."""
        bucket, key, number, name, latest, marker, modified, size, etag, content, text = row
        return cls(
            bucket=bucket,
            key=key.decode(),
            number=number,
            id=name,
            latest=bool(latest),
            marker=bool(marker),
            modified=modified,
            size=size,
            etag=etag,
            content=content,
            text=text,
        )


@dataclass(frozen=True, kw_only=True)
class New:
    """What an object is to be; `reason` is what its event says, `address` where the request came from."""

    key: str
    size: int
    etag: str
    content: str
    about: About
    reason: str
    address: str = ""


Condition = Callable[[Version | None], None]


class Versions:
    """The table of versions. A change is told to EventBridge once it is written, in the same order."""

    def __init__(self, database: Database, buckets: Buckets, contents: Contents, events: Events) -> None:
        self._database = database
        self._buckets = buckets
        self._contents = contents
        self._events = events

    def current(self, bucket: str, key: str) -> Version | None:
        """The latest version, or the delete marker that hides it."""
        query = f"SELECT {COLUMNS} FROM version WHERE bucket = ? AND key = ? AND latest = 1"  # noqa: S608  our columns
        row = self._database.one(query, bucket, key.encode())
        return Version.of(row) if row else None

    def get(self, bucket: str, key: str, version: str) -> Version:
        """One version, or NoSuchVersion."""
        query = f"SELECT {COLUMNS} FROM version WHERE bucket = ? AND key = ? AND id = ?"  # noqa: S608  our columns
        row = self._database.one(query, bucket, key.encode(), version)
        if row is None:
            raise no_such_version(key, version)
        return Version.of(row)

    def still(self) -> AbstractContextManager[None]:
        """Within, the content of a version that is found can be opened."""
        return self._database.still()

    def rows(self, where: str, *values: object) -> Iterator[Version]:
        """Versions by a condition of ours."""
        query = f"SELECT {COLUMNS} FROM version WHERE {where}"  # noqa: S608  our columns and conditions
        return map(Version.of, self._database.all(query, *values))

    def add(
        self, bucket: str, new: New, condition: Condition | None = None, after: Callable[[], None] | None = None
    ) -> Version:
        """The new version of an object; `condition` sees what counts until then, and `after` is part of the change."""
        with self._events.in_order():
            with self._database.change():
                there = self._buckets.get(bucket)
                if condition:
                    condition(self.current(bucket, new.key))
                dropped, name = self._make_room(there, new.key)
                made = self._insert(bucket, new, name, marker=False)
                if after:
                    after()
            self._contents.drop(dropped)
            self._tell(there, made, "Object Created", new.reason, new.address)
        return made

    def mark_deleted(self, bucket: str, key: str, address: str) -> Version | None:
        """Hides the object behind a marker; where there are no versions, it is gone, and so is the answer None."""
        with self._events.in_order():
            there = self._buckets.get(bucket)
            if not there.versioning:
                self._remove(there, key, NULL, address)
                return None
            with self._database.change():
                dropped, name = self._make_room(there, key)
                new = New(key=key, size=0, etag=_EMPTY, content="", about=About(), reason=_DELETION)
                made = self._insert(bucket, new, name, marker=True)
            self._contents.drop(dropped)
            self._tell(there, made, "Object Deleted", _DELETION, address, "Delete Marker Created")
        return made

    def remove(self, bucket: str, key: str, version: str, address: str) -> Version | None:
        """Takes one version away for good; None where it is not there."""
        with self._events.in_order():
            there = self._buckets.get(bucket)
            return self._remove(there, key, version, address)

    def retag(self, version: Version, about: About) -> None:
        """Changes what is kept beside the content of a version."""
        statement = "UPDATE version SET about = ? WHERE bucket = ? AND key = ? AND number = ?"
        with self._database.change():
            self._database.one(statement, about.text(), version.bucket, version.key.encode(), version.number)

    def _remove(self, there: Bucket, key: str, version: str, address: str) -> Version | None:
        raw = key.encode()
        with self._database.change():
            found = next(self.rows("bucket = ? AND key = ? AND id = ?", there.name, raw, version), None)
            if found is None:
                return None
            self._database.one(
                "DELETE FROM version WHERE bucket = ? AND key = ? AND number = ?", there.name, raw, found.number
            )
            if found.latest:
                newest = "SELECT MAX(number) FROM version WHERE bucket = ? AND key = ?"
                statement = f"UPDATE version SET latest = 1 WHERE bucket = ? AND key = ? AND number = ({newest})"  # noqa: S608  ours
                self._database.one(statement, there.name, raw, there.name, raw)
            number = self._database.number()
        self._contents.drop([found.content])
        self._tell(there, found, "Object Deleted", _DELETION, address, "Permanently Deleted", number)
        return found

    def _make_room(self, there: Bucket, key: str) -> tuple[list[str], str]:
        """The files that go, and the id of what comes: without versioning the null version is replaced."""
        raw = key.encode()
        self._database.one("UPDATE version SET latest = 0 WHERE bucket = ? AND key = ? AND latest = 1", there.name, raw)
        if there.versioning == "Enabled":
            return [], secrets.token_urlsafe(24)
        statement = "DELETE FROM version WHERE bucket = ? AND key = ? AND id = ? RETURNING content"
        return [row[0] for row in self._database.all(statement, there.name, raw, NULL)], NULL

    def _insert(self, bucket: str, new: New, name: str, *, marker: bool) -> Version:
        made = Version(
            bucket=bucket,
            key=new.key,
            number=self._database.number(),
            id=name,
            latest=True,
            marker=marker,
            modified=self._events.now(),
            size=new.size,
            etag=new.etag,
            content=new.content,
            text=new.about.text(),
        )
        values = (bucket, new.key.encode(), made.number, name, 1, marker, made.modified, new.size, new.etag)
        marks = ", ".join("?" * 11)
        self._database.one(f"INSERT INTO version VALUES ({marks})", *values, new.content, made.text)  # noqa: S608  ours
        return made

    def _tell(
        self,
        there: Bucket,
        version: Version,
        what: str,
        reason: str,
        address: str,
        deletion: str = "",
        number: int = 0,
    ) -> None:
        if there.tells:
            change = Change(
                what=what,
                bucket=there.name,
                key=version.key,
                version=version.id if there.versioning else "",
                size=None if deletion else version.size,
                etag="" if number else version.etag,
                number=number or version.number,
                reason=reason,
                deletion=deletion,
                address=address,
            )
            self._events.send(change)
