"""Uploads that are not complete yet: the table of them, and their lists."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from localaws.errors import NotEmulated
from localaws.s3 import checksums, documents
from localaws.s3.about import About
from localaws.s3.buckets import Buckets
from localaws.s3.contents import Written
from localaws.s3.database import Database
from localaws.s3.documents import Content
from localaws.s3.errors import no_such_upload
from localaws.s3.events import Events
from localaws.s3.request import Request
from localaws.wire import Answer

_MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An upload; `kind` says of what its checksum is to be made, if `algorithm` is not empty."""

    id: str
    bucket: str
    key: str
    started: float
    about: About
    algorithm: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of one; checksums are in base 64, by algorithm."""

    number: int
    modified: float
    size: int
    etag: str
    content: str
    checksums: dict[str, str]


class Uploads:
    """The tables of uploads and parts."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    def start(self, bucket: str, key: str, about: About, algorithm: str, kind: str) -> str:
        """A new one; answers its id."""
        name = secrets.token_urlsafe(48)
        text = json.dumps({"about": about.text(), "algorithm": algorithm, "kind": kind})
        with self._database.change():
            values = name, bucket, key.encode(), self._events.now(), text
            self._database.one("INSERT INTO upload VALUES (?, ?, ?, ?, ?)", *values)
        return name

    def get(self, name: str) -> Upload | None:
        """One that is not over."""
        return next(iter(self._rows("id = ?", name)), None)

    def of(self, bucket: str) -> list[Upload]:
        """All of a bucket, by key and then by time."""
        return self._rows("bucket = ? ORDER BY key, started, id", bucket)

    def _rows(self, where: str, value: str) -> list[Upload]:
        rows = self._database.all(f"SELECT id, bucket, key, started, about FROM upload WHERE {where}", value)  # noqa: S608  ours
        found = []
        for name, bucket, key, started, text in rows:
            kept = json.loads(text)
            about, algorithm, kind = About.of(kept["about"]), kept["algorithm"], kept["kind"]
            upload = Upload(
                id=name, bucket=bucket, key=key.decode(), started=started, about=about, algorithm=algorithm, kind=kind
            )
            found.append(upload)
        return found

    def keep(self, upload: Upload, number: int, written: Written, sums: dict[str, str]) -> tuple[float, list[str]]:
        """A part, in place of one of its number; answers its time, and the files that are needed no more."""
        now = self._events.now()
        with self._database.change():
            if self.get(upload.id) is None:
                raise no_such_upload(upload.id)
            statement = "DELETE FROM part WHERE upload = ? AND number = ? RETURNING content"
            replaced = [row[0] for row in self._database.all(statement, upload.id, number)]
            values = upload.id, number, now, written.size, written.md5, written.name, json.dumps(sums)
            self._database.one("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
        return now, replaced

    def parts(self, upload: str) -> list[Part]:
        """All of an upload, by number."""
        query = "SELECT number, modified, size, etag, content, checksums FROM part WHERE upload = ? ORDER BY number"
        return [
            Part(number=number, modified=modified, size=size, etag=etag, content=content, checksums=json.loads(sums))
            for number, modified, size, etag, content, sums in self._database.all(query, upload)
        ]

    def end(self, upload: str) -> list[str]:
        """Forgets one, and answers the files of its parts; NoSuchUpload where it is over already."""
        with self._database.change():
            if not self._database.all("DELETE FROM upload WHERE id = ? RETURNING id", upload):
                raise no_such_upload(upload)
            gone = self._database.all("DELETE FROM part WHERE upload = ? RETURNING content", upload)
        return [row[0] for row in gone]


class UploadLists:
    """ListMultipartUploads and ListParts."""

    def __init__(self, buckets: Buckets, uploads: Uploads, owner: Content) -> None:
        self._buckets = buckets
        self._uploads = uploads
        self._owner = owner
        self.operations = {"ListMultipartUploads": self._list, "ListParts": self._list_parts}

    def _list(self, request: Request) -> Answer:
        self._buckets.get(request.bucket)
        given = request.arguments
        prefix, marker, after = (given.get(name, "") for name in ("prefix", "key-marker", "upload-id-marker"))
        if given.get("delimiter"):
            raise NotEmulated("the delimiter of ListMultipartUploads")
        every = [one for one in self._uploads.of(request.bucket) if one.key.startswith(prefix)]
        ids = [one.id for one in every if one.key == marker]
        behind = set(ids[: ids.index(after) + 1]) if after in ids else set(ids)
        every = [one for one in every if one.key.encode() >= marker.encode() and one.id not in behind]
        shown = every[: min(request.number("max-uploads", _MOST), _MOST)]
        last = shown[-1] if 0 < len(shown) < len(every) else None
        content = {
            "Bucket": request.bucket,
            "KeyMarker": marker,
            "UploadIdMarker": after,
            "NextKeyMarker": last.key if last else None,
            "NextUploadIdMarker": last.id if last else None,
            "Prefix": prefix,
            "MaxUploads": min(request.number("max-uploads", _MOST), _MOST),
            "IsTruncated": last is not None,
            "Upload": [
                {
                    "Key": one.key,
                    "UploadId": one.id,
                    "Initiator": self._owner,
                    "Owner": self._owner,
                    "StorageClass": "STANDARD",
                    "Initiated": documents.moment(one.started),
                }
                for one in shown
            ],
        }
        return documents.answer("ListMultipartUploadsResult", content)

    def _list_parts(self, request: Request) -> Answer:
        self._buckets.get(request.bucket)
        upload = self._uploads.get(request.arguments.get("uploadId", ""))
        if upload is None or (upload.bucket, upload.key) != (request.bucket, request.key):
            raise no_such_upload(request.arguments.get("uploadId", ""))
        after, most = request.number("part-number-marker", 0), min(request.number("max-parts", _MOST), _MOST)
        every = [part for part in self._uploads.parts(upload.id) if part.number > after]
        shown = every[:most]
        content = {
            "Bucket": upload.bucket,
            "Key": upload.key,
            "UploadId": upload.id,
            "Initiator": self._owner,
            "Owner": self._owner,
            "StorageClass": "STANDARD",
            "PartNumberMarker": after,
            "NextPartNumberMarker": shown[-1].number if shown else 0,
            "MaxParts": most,
            "IsTruncated": 0 < len(shown) < len(every),
            "ChecksumAlgorithm": upload.algorithm or None,
            "ChecksumType": upload.kind if upload.algorithm else None,
            "Part": [
                {
                    "PartNumber": part.number,
                    "LastModified": documents.moment(part.modified),
                    "ETag": f'"{part.etag}"',
                    "Size": part.size,
                    **checksums.elements(part.checksums),
                }
                for part in shown
            ],
        }
        return documents.answer("ListPartsResult", content)
