"""S3 without network, for the emulated services that read and write objects; a put sends its event as any other."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from localaws.bodies import CHUNK
from localaws.errors import AwsError
from localaws.s3.about import META, About, encryption
from localaws.s3.buckets import Buckets
from localaws.s3.checksums import Digests
from localaws.s3.contents import Contents
from localaws.s3.listing import behind
from localaws.s3.reading import Reading
from localaws.s3.versions import New, Versions


class Objects:
    """What the world's `s3` is; errors are S3's own."""

    def __init__(self, buckets: Buckets, versions: Versions, contents: Contents, reading: Reading) -> None:
        self._buckets = buckets
        self._versions = versions
        self._contents = contents
        self._reading = reading

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """The bytes of an object; AwsError NoSuchBucket or NoSuchKey."""
        with self._versions.still():
            found = self._reading.found(bucket, key, version_id or "")
            part = self._contents.part(found.content, 0, found.size)
        with part:
            return part.read()

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Copies an object into a file, whose folder is there; AwsError NoSuchBucket or NoSuchKey."""
        with self._versions.still():
            found = self._reading.found(bucket, key, "")
            part = self._contents.part(found.content, 0, found.size)
        with part, target.open("wb") as file:
            shutil.copyfileobj(part, file, CHUNK)

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        content_type: str = "application/octet-stream",
        metadata: dict[str, str] | None = None,
    ) -> str:
        """Writes an object, with its event, and answers the ETag without quotes."""
        return self._put(bucket, key, [body], content_type, metadata)

    def store(self, bucket: str, key: str, source: Path, content_type: str = "application/octet-stream") -> str:
        """Writes a file as an object, as `put` does."""
        with source.open("rb") as file:
            return self._put(bucket, key, iter(lambda: file.read(CHUNK), b""), content_type, None)

    def _put(
        self, bucket: str, key: str, pieces: Iterable[bytes], content_type: str, metadata: dict[str, str] | None
    ) -> str:
        own = {f"{META}{name}": value for name, value in (metadata or {}).items()}
        about = About(
            headers={"content-type": content_type} | own | encryption({}, self._buckets.get(bucket).encryption)
        )
        written = self._contents.write(pieces, Digests())
        new = New(key=key, size=written.size, etag=written.md5, content=written.name, about=about, reason="PutObject")
        with self._contents.unless_failed(written.name):
            return self._versions.add(bucket, new).etag

    def list(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys that start with `prefix`, sorted."""
        self._buckets.get(bucket)
        raw = prefix.encode()
        where = "bucket = ? AND key >= ? AND key < ? AND latest = 1 AND marker = 0 ORDER BY key"
        return [one.key for one in self._versions.rows(where, bucket, raw, behind(raw) if raw else b"\xff")]

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there."""
        try:
            self._reading.found(bucket, key, "")
        except AwsError:
            return False
        return True
