"""Objects in S3."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing

CHUNK = 2**20  # bytes that are hashed at a time
COPY_LIMIT = 5 * 2**30  # bytes that one CopyObject takes; above it S3 wants a multipart copy


@dataclass(frozen=True, kw_only=True)
class Head:
    """The beginning of an object (`body`), with its whole size in bytes and its identity."""

    body: bytes
    size: int
    etag: str
    version: str
    modified: datetime


class Objects:
    """Reads, writes and copies objects; knows no bucket by itself."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def head(self, bucket: str, key: str, *, version: str = "", etag: str = "", limit: int) -> Head:
        """The first `limit` bytes of exactly that version (or that etag, or what is there now).

        Raises Missing where it is gone, Conflict where `etag` is not what lies there.
        """
        request: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if version:
            request["VersionId"] = version
        elif etag:
            request["IfMatch"] = etag
        with translated(f"S3 GetObject s3://{bucket}/{key}"):
            answer = self._ranged(request, limit)
            body = answer["Body"].read()
        return Head(
            body=body,
            size=int(answer.get("ContentRange", f"/{len(body)}").rsplit("/", 1)[1]),
            etag=answer["ETag"].strip('"'),
            version=answer.get("VersionId", ""),
            modified=answer["LastModified"],
        )

    def _ranged(self, request: dict[str, Any], limit: int) -> Any:
        try:
            return self._client.get_object(**request, Range=f"bytes=0-{limit - 1}")
        except self._client.exceptions.ClientError as error:
            if error.response["Error"].get("Code") not in {"InvalidRange", "416"}:
                raise
            return self._client.get_object(**request)  # an empty object has no range at all

    def tail(self, bucket: str, key: str, *, version: str, length: int) -> bytes:
        """The last `length` bytes of a version."""
        request = {"Bucket": bucket, "Key": key, "Range": f"bytes=-{length}"}
        with translated(f"S3 GetObject s3://{bucket}/{key}"):
            answer = self._client.get_object(**request, **({"VersionId": version} if version else {}))
            return bytes(answer["Body"].read())

    def get(self, bucket: str, key: str) -> bytes:
        """A whole (small) object; raises Missing."""
        with translated(f"S3 GetObject s3://{bucket}/{key}"):
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def sha256(self, bucket: str, key: str) -> str:
        """sha256 (64 hex digits) of an object of any size; raises Missing."""
        digest = hashlib.sha256()
        with translated(f"S3 GetObject s3://{bucket}/{key}"):
            for chunk in self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def get_json(self, bucket: str, key: str) -> Any | None:
        """A small JSON object, or None where there is none; ValueError where it is no JSON."""
        try:
            return document(f"s3://{bucket}/{key}", self.get(bucket, key))
        except Missing:
            return None

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "application/json") -> None:
        """Write a small object."""
        with translated(f"S3 PutObject s3://{bucket}/{key}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def listed(self, bucket: str, prefix: str, *, after: str = "", until: str = "") -> list[tuple[str, str]]:
        """(key, etag) of all objects below a prefix, by key; of keys beyond `after` and before `until` alone."""
        return [(key, etag) for key, etag, _ in self.sized(bucket, prefix, after=after, until=until)]

    def sized(self, bucket: str, prefix: str, *, after: str = "", until: str = "") -> list[tuple[str, str, int]]:
        """The same as (key, etag, bytes)."""
        found: list[tuple[str, str, int]] = []
        with translated(f"S3 ListObjectsV2 s3://{bucket}/{prefix}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix, StartAfter=after):
                found += [(one["Key"], one["ETag"].strip('"'), one["Size"]) for one in page.get("Contents", [])]
                if until and found and found[-1][0] >= until:
                    break
        return [one for one in found if not until or one[0] < until]

    def store(self, bucket: str, key: str, path: Path) -> None:
        """Write a file of up to 5 GB, without holding it."""
        with translated(f"S3 PutObject s3://{bucket}/{key}"), path.open("rb") as body:
            self._client.put_object(Bucket=bucket, Key=key, Body=body)

    def fetch(self, bucket: str, key: str, path: Path) -> None:
        """Write an object of any size into a file; raises Missing."""
        with translated(f"S3 GetObject s3://{bucket}/{key}"), path.open("wb") as target:
            for chunk in self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK):
                target.write(chunk)

    def copy(self, source: tuple[str, str, str], bucket: str, key: str, *, size: int) -> None:
        """Copy exactly one version (bucket, key, version) of `size` bytes; S3 keeps a SHA-256 of what it copied.

        Raises Missing where the version is gone.
        """
        from_bucket, from_key, version = source
        origin = {"Bucket": from_bucket, "Key": from_key} | ({"VersionId": version} if version else {})
        with translated(f"S3 CopyObject s3://{from_bucket}/{from_key}"):
            if size > COPY_LIMIT:
                self._client.copy(origin, bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
            else:
                self._client.copy_object(CopySource=origin, Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")


def document(uri: str, body: bytes) -> Any:
    """The JSON in an object; ValueError where it is none, or so deep that nobody has written it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{uri} is no JSON: {type(error).__name__}") from error
