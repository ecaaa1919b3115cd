"""GetObject, HeadObject and the tags of objects."""

from __future__ import annotations

from email.utils import formatdate

from localaws.errors import NotEmulated
from localaws.s3 import about, checksums, conditions, documents, tags
from localaws.s3.about import About
from localaws.s3.buckets import Buckets
from localaws.s3.contents import Contents
from localaws.s3.errors import S3Error, no_such_key
from localaws.s3.request import Request
from localaws.s3.versions import Version, Versions
from localaws.wire import Answer

# What is not larger is answered from memory: there is no file to be held open until somebody has read it.
_SMALL = 2**18
_OVERRIDES = {
    f"response-{name}": name
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
}


class Reading:
    """Their operations, by name."""

    def __init__(self, buckets: Buckets, versions: Versions, contents: Contents) -> None:
        self._buckets = buckets
        self._versions = versions
        self._contents = contents
        self.operations = {
            "GetObject": self._get,
            "HeadObject": self._get,
            "GetObjectTagging": self._get_tags,
            "PutObjectTagging": self._put_tags,
            "DeleteObjectTagging": self._delete_tags,
        }

    def found(self, bucket: str, key: str, version: str) -> Version:
        """The object that is meant; NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker."""
        there = self._buckets.get(bucket)
        if version:
            found = self._versions.get(bucket, key, version)
            if found.marker:
                headers = _of_marker(found) | {"Allow": "DELETE", "Last-Modified": _date(found)}
                text = "The specified method is not allowed against this resource."
                raise S3Error("MethodNotAllowed", text, 405, headers=headers, ResourceType="DeleteMarker")
            return found
        current = self._versions.current(bucket, key)
        if current is None or current.marker:
            raise no_such_key(key, _of_marker(current) if current and there.versioning else None)
        return current

    def _get(self, request: Request) -> Answer:
        if "partNumber" in request.arguments:
            raise NotEmulated("a part of an object by its number")
        about.refuse(request.headers)
        with self._versions.still():
            return self._answer(request, self.found(request.bucket, request.key, request.version))

    def _answer(self, request: Request, version: Version) -> Answer:
        headers = [
            ("ETag", f'"{version.etag}"'),
            ("Last-Modified", _date(version)),
            *self.version_header(request.bucket, version),
        ]
        if conditions.unchanged(request.headers, version):
            return Answer(status=304, headers=headers, body=b"")
        span = conditions.span(request.headers.get("range", ""), version.size)
        start, length = span or (0, version.size)
        own = dict(version.about.answered()) | _overrides(request)
        headers += [*own.items(), ("Accept-Ranges", "bytes"), ("Content-Length", str(length))]
        if span:
            headers.append(("Content-Range", f"bytes {start}-{start + length - 1}/{version.size}"))
        elif request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            headers += checksums.headers(version.about.checksums)
        status = 206 if span else 200
        if request.call.method == "HEAD":
            return Answer(status=status, headers=headers, body=b"")
        part = self._contents.part(version.content, start, length)
        if length > _SMALL:
            return Answer(status=status, headers=headers, body=b"", stream=part)
        with part:
            return Answer(status=status, headers=headers, body=part.read())

    def version_header(self, bucket: str, version: Version) -> list[tuple[str, str]]:
        """The version's id, where the bucket has versions."""
        return [("x-amz-version-id", version.id)] if self._buckets.get(bucket).versioning else []

    def _get_tags(self, request: Request) -> Answer:
        version = self.found(request.bucket, request.key, request.version)
        content = tags.document(version.about.tags)
        return documents.answer("Tagging", content, self.version_header(request.bucket, version))

    def _put_tags(self, request: Request) -> Answer:
        return self._retag(request, tags.of_document(request.document("Tagging"), 10), 200)

    def _delete_tags(self, request: Request) -> Answer:
        return self._retag(request, {}, 204)

    def _retag(self, request: Request, wanted: dict[str, str], status: int) -> Answer:
        version = self.found(request.bucket, request.key, request.version)
        kept = version.about
        self._versions.retag(version, About(headers=kept.headers, tags=wanted, checksums=kept.checksums))
        return Answer(status=status, headers=self.version_header(request.bucket, version), body=b"")


def _overrides(request: Request) -> dict[str, str]:
    return {header: request.arguments[name] for name, header in _OVERRIDES.items() if name in request.arguments}


def _of_marker(marker: Version) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.id}


def _date(version: Version) -> str:
    return formatdate(int(version.modified), usegmt=True)
