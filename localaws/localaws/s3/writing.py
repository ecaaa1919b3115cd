"""PutObject and CopyObject."""

from __future__ import annotations

from localaws.s3 import about, checksums, conditions, documents, tags
from localaws.s3.about import About
from localaws.s3.buckets import Buckets
from localaws.s3.checksums import Digests
from localaws.s3.contents import Contents, Written
from localaws.s3.errors import S3Error, invalid
from localaws.s3.reading import Reading
from localaws.s3.request import LARGEST_PUT, Content, Request, source
from localaws.s3.versions import New, Version, Versions
from localaws.wire import Answer


class Writing:
    """Their operations, by name."""

    def __init__(self, buckets: Buckets, versions: Versions, contents: Contents, reading: Reading) -> None:
        self._buckets = buckets
        self._versions = versions
        self._contents = contents
        self._reading = reading
        self.operations = {"PutObject": self._put, "CopyObject": self._copy}

    def _put(self, request: Request) -> Answer:
        bucket, condition = self._buckets.get(request.bucket), conditions.writes(request.headers, request.key)
        if condition:
            condition(self._versions.current(request.bucket, request.key))  # before the content is taken in
        content = request.content()
        described = about.given(request, bucket.encryption, content.encoding)
        written, sums = received(self._contents, request, content)
        described = About(headers=described.headers, tags=described.tags, checksums=sums)
        new = New(
            key=request.key,
            size=written.size,
            etag=written.md5,
            content=written.name,
            about=described,
            reason="PutObject",
            address=address(request),
        )
        with self._contents.unless_failed(written.name):
            made = self._versions.add(request.bucket, new, condition)
        headers = [("ETag", f'"{made.etag}"'), *self._reading.version_header(request.bucket, made)]
        return Answer(status=200, headers=headers + described.encryption() + checksums.headers(sums), body=b"")

    def _copy(self, request: Request) -> Answer:
        origin, name = self.taken(request)
        with self._contents.unless_failed(name):
            return self._copy_of(request, origin, name)

    def _copy_of(self, request: Request, origin: Version, name: str) -> Answer:
        if origin.size > LARGEST_PUT:
            text = "The specified copy source is larger than the maximum allowable size for a copy source"
            raise S3Error("InvalidRequest", f"{text}: {LARGEST_PUT}")
        described = self._described(request, origin)
        etag, sums = self._summed(origin, name, about.algorithms(request))
        new = New(
            key=request.key,
            size=origin.size,
            etag=etag,
            content=name,
            about=About(headers=described.headers, tags=described.tags, checksums=sums),
            reason="CopyObject",
            address=address(request),
        )
        made = self._versions.add(request.bucket, new, conditions.writes(request.headers, request.key))
        headers = [*self._reading.version_header(request.bucket, made), *described.encryption()]
        headers += source_header(self._buckets, origin)
        told = {"ETag": f'"{made.etag}"', "LastModified": documents.moment(made.modified), **checksums.elements(sums)}
        return documents.answer("CopyObjectResult", told, headers)

    def taken(self, request: Request) -> tuple[Version, str]:
        """What a copy is made of, by the header, and a file of the same bytes; its conditions hold."""
        wanted = source(request.headers.get("x-amz-copy-source", ""))
        with self._versions.still():
            found = self._reading.found(wanted.bucket, wanted.key, wanted.version)
            conditions.unchanged(request.headers, found, "x-amz-copy-source-")
            return found, self._contents.share(found.content)

    def _described(self, request: Request, origin: Version) -> About:
        headers = request.headers
        replaced = _directive(headers.get("x-amz-metadata-directive", ""), "x-amz-metadata-directive")
        retagged = _directive(headers.get("x-amz-tagging-directive", ""), "x-amz-tagging-directive")
        own = about.given(request, self._buckets.get(request.bucket).encryption, headers.get("content-encoding", ""))
        encrypted = dict(own.encryption())
        same = (origin.bucket, origin.key) == (request.bucket, request.key)
        if same and origin.latest and not replaced and about.SSE not in headers:
            raise S3Error(
                "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                "object's metadata, storage class, website redirect location or encryption attributes.",
            )
        kept = {k: v for k, v in origin.about.headers.items() if not k.startswith(about.SSE)} | encrypted
        return About(
            headers=own.headers if replaced else kept,
            tags=tags.of_header(headers.get("x-amz-tagging", "")) if retagged else origin.about.tags,
        )

    def _summed(self, origin: Version, name: str, wanted: list[str]) -> tuple[str, dict[str, str]]:
        """ETag and checksums of a copy; its bytes are read only where those of its source are not of the whole."""
        kept = {algorithm: value for algorithm, value in origin.about.checksums.items() if "-" not in value}
        if "-" not in origin.etag and set(wanted) <= set(kept):
            return origin.etag, {algorithm: kept[algorithm] for algorithm in wanted} or kept
        digests = Digests(wanted or origin.about.checksums)
        for piece in self._contents.pieces(name):
            digests.update(piece)
        return digests.md5, digests.checksums()


def received(contents: Contents, request: Request, content: Content) -> tuple[Written, dict[str, str]]:
    """What came in, checked against all that was sent along, and the checksums that are kept of it."""
    headers = request.headers
    signed = headers.get("x-amz-content-sha256", "")
    trailers = [checksums.algorithm(headers.get("x-amz-trailer", "").lower().removeprefix(checksums.PREFIX))]
    wanted = {*checksums.given(headers), *about.algorithms(request), *trailers}
    written = contents.write(content, Digests({*wanted, "SHA256"} if len(signed) == 64 else wanted))
    with contents.unless_failed(written.name):
        sent = checksums.given(headers) or checksums.given(content.trailers)
        checksums.check(sent, written.checksums)
        checksums.check_md5(headers.get("content-md5", ""), written.md5)
        checksums.check_sha256(signed, written.checksums)
    kept = {name: value for name, value in written.checksums.items() if name in wanted}
    return written, sent or kept


def address(request: Request) -> str:
    """Where a request came from."""
    return str(request.call.environ.get("REMOTE_ADDR", ""))


def source_header(buckets: Buckets, origin: Version) -> list[tuple[str, str]]:
    """The version of what was copied, where its bucket has versions."""
    there = buckets.has(origin.bucket) and buckets.get(origin.bucket).versioning
    return [("x-amz-copy-source-version-id", origin.id)] if there else []


def _directive(value: str, name: str) -> bool:
    if value not in ("", "COPY", "REPLACE"):
        raise invalid(f"Unknown {name}: {value}", name, value)
    return value == "REPLACE"
