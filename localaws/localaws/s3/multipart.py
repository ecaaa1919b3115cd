"""Multipart uploads: parts are files of their own until they are put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from localaws.s3 import about, checksums, conditions, documents
from localaws.s3.about import About
from localaws.s3.buckets import Buckets
from localaws.s3.checksums import Digests
from localaws.s3.contents import Contents, Written
from localaws.s3.errors import S3Error, invalid, no_such_upload
from localaws.s3.reading import Reading
from localaws.s3.request import LARGEST_PUT, Request
from localaws.s3.uploads import Part, Upload, Uploads
from localaws.s3.versions import New, Versions
from localaws.s3.writing import Writing, address, received, source_header
from localaws.wire import Answer

_SMALLEST = 5 * 2**20  # bytes of every part but the last
_LAST_NUMBER = 10_000


class Multipart:
    """Their operations, by name."""

    def __init__(
        self,
        buckets: Buckets,
        versions: Versions,
        contents: Contents,
        reading: Reading,
        writing: Writing,
        uploads: Uploads,
    ) -> None:
        self._buckets, self._versions, self._contents = buckets, versions, contents
        self._reading, self._writing, self._uploads = reading, writing, uploads
        self.operations = {
            "CreateMultipartUpload": self._create,
            "UploadPart": self._upload,
            "UploadPartCopy": self._copy,
            "CompleteMultipartUpload": self._complete,
            "AbortMultipartUpload": self._abort,
        }

    def _create(self, request: Request) -> Answer:
        bucket = self._buckets.get(request.bucket)
        described = about.given(request, bucket.encryption, request.headers.get("content-encoding", ""))
        algorithm = checksums.algorithm(request.headers.get("x-amz-checksum-algorithm", ""))
        kind = checksums.kind(request.headers.get("x-amz-checksum-type", ""), algorithm)
        upload = self._uploads.start(request.bucket, request.key, described, algorithm, kind)
        headers = described.encryption()
        if algorithm:
            headers += [("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", kind)]
        told = {"Bucket": request.bucket, "Key": request.key, "UploadId": upload}
        return documents.answer("InitiateMultipartUploadResult", told, headers)

    def upload(self, request: Request) -> Upload:
        """The upload that a request names, of that bucket and key."""
        self._buckets.get(request.bucket)
        name = request.arguments.get("uploadId", "")
        found = self._uploads.get(name)
        if found is None or (found.bucket, found.key) != (request.bucket, request.key):
            raise no_such_upload(name)
        return found

    def _upload(self, request: Request) -> Answer:
        upload, number = self.upload(request), _number(request)
        written, sums = received(self._contents, request, request.content())
        self._keep(upload, number, written, sums)
        headers = [("ETag", f'"{written.md5}"'), *upload.about.encryption(), *checksums.headers(sums)]
        return Answer(status=200, headers=[pair for pair in headers if pair[0] != "x-amz-checksum-type"], body=b"")

    def _copy(self, request: Request) -> Answer:
        upload, number = self.upload(request), _number(request)
        origin, taken = self._writing.taken(request)
        try:
            start, length = 0, origin.size
            if given := request.headers.get("x-amz-copy-source-range", ""):
                start, length = _span(given, origin.size)
            if length > LARGEST_PUT:
                text = "The specified copy source is larger than the maximum allowable size for a copy source"
                raise S3Error("InvalidRequest", f"{text}: {LARGEST_PUT}")
            digests = Digests([upload.algorithm] if upload.algorithm else [])
            written = self._contents.write(self._contents.pieces(taken, start, length), digests)
        finally:
            self._contents.drop([taken])
        modified = self._keep(upload, number, written, written.checksums)
        told = {"ETag": f'"{written.md5}"', "LastModified": documents.moment(modified)}
        told |= checksums.elements(written.checksums)
        headers = [*source_header(self._buckets, origin), *upload.about.encryption()]
        return documents.answer("CopyPartResult", told, headers)

    def _keep(self, upload: Upload, number: int, written: Written, sums: dict[str, str]) -> float:
        with self._contents.unless_failed(written.name):
            modified, replaced = self._uploads.keep(upload, number, written, sums)
        self._contents.drop(replaced)
        return modified

    def _complete(self, request: Request) -> Answer:
        upload, condition = self.upload(request), conditions.writes(request.headers, request.key)
        parts = self._wanted(request, upload)
        size = sum(part.size for part in parts)
        if request.headers.get("x-amz-mp-object-size", str(size)) != str(size):
            text = "The provided 'x-amz-mp-object-size' header does not match what was computed"
            raise S3Error("InvalidRequest", text)
        whole = [upload.algorithm] if upload.kind == "FULL_OBJECT" else []
        written = self._contents.write(self._pieces(parts), Digests(whole))
        md5s = b"".join(bytes.fromhex(part.etag) for part in parts)
        etag = f"{hashlib.md5(md5s, usedforsecurity=False).hexdigest()}-{len(parts)}"
        with self._contents.unless_failed(written.name):
            sums = self._sums(request, upload, parts, written)
            new = New(
                key=request.key,
                size=size,
                etag=etag,
                content=written.name,
                about=About(headers=upload.about.headers, tags=upload.about.tags, checksums=sums),
                reason="CompleteMultipartUpload",
                address=address(request),
            )
            dropped: list[str] = []
            made = self._versions.add(
                request.bucket, new, condition, lambda: dropped.extend(self._uploads.end(upload.id))
            )
        self._contents.drop(dropped)
        told = {
            "Location": f"https://{request.bucket}.s3.amazonaws.com/{request.key}",
            "Bucket": request.bucket,
            "Key": request.key,
            "ETag": f'"{etag}"',
            **checksums.elements(sums),
            "ChecksumType": upload.kind if sums else None,
        }
        headers = [*self._reading.version_header(request.bucket, made), *upload.about.encryption()]
        return documents.answer("CompleteMultipartUploadResult", told, headers)

    def _wanted(self, request: Request, upload: Upload) -> list[Part]:
        named = request.document("CompleteMultipartUpload").all("Part")
        if not named:
            raise S3Error("MalformedXML", "The XML you provided was not well-formed: it names no part")
        there, parts = {part.number: part for part in self._uploads.parts(upload.id)}, []
        for one in named:
            number, etag = one.get("PartNumber"), one.get("ETag").strip('"')
            part = there.get(int(number)) if number.isdecimal() else None
            given = {name: one.get(f"Checksum{name}") for name in checksums.ALGORITHMS}
            if part is None or part.etag != etag or not _agrees(given, part):
                text = "One or more of the specified parts could not be found.  The part may not have been uploaded, "
                text += "or the specified entity tag may not match the part's entity tag."
                raise S3Error("InvalidPart", text, UploadId=upload.id, PartNumber=number, ETag=etag)
            parts.append(part)
        if any(one.number >= two.number for one, two in pairwise(parts)):
            text = "The list of parts was not in ascending order. Parts must be ordered by part number."
            raise S3Error("InvalidPartOrder", text, UploadId=upload.id)
        for part in parts[:-1]:
            if part.size < _SMALLEST:
                raise _too_small(part)
        return parts

    def _pieces(self, parts: list[Part]) -> Iterator[bytes]:
        try:
            for part in parts:
                yield from self._contents.pieces(part.content)
        except FileNotFoundError as exc:  # it was ended, or a part replaced, in the meantime
            raise no_such_upload("") from exc

    @staticmethod
    def _sums(request: Request, upload: Upload, parts: list[Part], written: Written) -> dict[str, str]:
        """The checksum of the object; what the client says of the whole must agree with what can be computed."""
        sent = checksums.named(request.headers)
        if upload.kind == "FULL_OBJECT":
            checksums.check(sent, written.checksums)
            return written.checksums or sent
        made = checksums.composite(upload.algorithm, [part.checksums.get(upload.algorithm, "") for part in parts])
        checksums.check(sent, made)
        return made or sent

    def _abort(self, request: Request) -> Answer:
        self._contents.drop(self._uploads.end(self.upload(request).id))
        return Answer(status=204, headers=[], body=b"")


def _agrees(given: dict[str, str], part: Part) -> bool:
    return all(not value or part.checksums.get(name, value) == value for name, value in given.items())


def _too_small(part: Part) -> S3Error:
    text = "Your proposed upload is smaller than the minimum allowed size"
    told: dict[str, Any] = {
        "ProposedSize": part.size,
        "MinSizeAllowed": _SMALLEST,
        "PartNumber": part.number,
        "ETag": part.etag,
    }
    return S3Error("EntityTooSmall", text, **told)


def _number(request: Request) -> int:
    number = request.arguments.get("partNumber", "")
    if not number.isdecimal() or not 1 <= int(number) <= _LAST_NUMBER:
        raise invalid("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
    return int(number)


def _span(header: str, size: int) -> tuple[int, int]:
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not header.startswith("bytes=") or not (first.isdecimal() and last.isdecimal()) or int(first) > int(last):
        text = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        text += "zero-based offsets of the first and last bytes to copy"
        raise invalid(text, "x-amz-copy-source-range", header)
    if int(last) >= size:
        raise invalid(
            f"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", header
        )
    return int(first), int(last) - int(first) + 1
