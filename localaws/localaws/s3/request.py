"""One request of S3: which bucket and key it means, and the content that comes with it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from localaws import rest
from localaws.bodies import CHUNK, Incoming
from localaws.errors import AwsError
from localaws.s3 import documents
from localaws.s3.errors import S3Error, invalid
from localaws.wire import Call

LONGEST_KEY = 1024  # bytes
LARGEST_PUT = 5 * 2**30  # bytes of one PutObject, UploadPart or CopyObject
_VERSION = re.compile(r"null|[A-Za-z0-9._-]{32}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call with its bucket and key, which are empty where it names none."""

    call: Call
    bucket: str
    key: str

    @cached_property
    def arguments(self) -> dict[str, str]:
        """The query."""
        return rest.query(self.call.query)

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers by their names in small letters: the names of metadata are kept with their underscores."""
        return {name.lower(): value for name, value in self.call.environ.get("localaws.headers", ())}

    @property
    def version(self) -> str:
        """The version that is asked for; empty where none is."""
        version = self.arguments.get("versionId", "")
        if "versionId" in self.arguments and not _VERSION.fullmatch(version):
            raise invalid("Invalid version id specified", "versionId", version)
        return version

    def number(self, name: str, otherwise: int) -> int:
        """An argument that is a number, 0 or more."""
        text = self.arguments.get(name, str(otherwise))
        if not text.isdecimal() or int(text) > 2**31 - 1:
            raise invalid(f"Provided {name} not an integer or within integer range", name, text)
        return int(text)

    def document(self, root: str) -> documents.Element:
        """The document that comes with it."""
        return documents.read(self.call.body, root)

    def content(self) -> Content:
        """The content that comes with it."""
        assert self.call.stream is not None  # an operation of wire.STREAMED
        return Content(self.call.stream, self.headers)


def of(call: Call) -> Request:
    """The request that a call is; S3Error for a key that cannot be one."""
    try:
        path = call.path.encode("latin-1").decode()
    except UnicodeDecodeError as exc:
        raise S3Error("InvalidURI", "Couldn't parse the specified URI.", URI=call.path) from exc
    bucket, _, key = path.removeprefix("/").partition("/")
    return Request(call=call, bucket=bucket, key=checked(key))


def checked(key: str) -> str:
    """The key, if it is not too long."""
    size = len(key.encode())
    if size > LONGEST_KEY:
        raise S3Error("KeyTooLongError", "Your key is too long", Size=size, MaxSizeAllowed=LONGEST_KEY)
    return key


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a copy is made of."""

    bucket: str
    key: str
    version: str


def source(header: str) -> Source:
    """Of the header x-amz-copy-source."""
    path, _, version = header.partition("?versionId=")
    bucket, slash, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not slash or not key:
        text = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise invalid(text, "x-amz-copy-source", header)
    if version and not _VERSION.fullmatch(version):
        raise invalid("Invalid version id specified", "x-amz-copy-source", header)
    return Source(bucket=bucket, key=key, version=version)


class Content:
    """The content of an object on its way in, decoded where it comes as aws-chunked; `trailers` are told at the end."""

    def __init__(self, stream: Incoming, headers: dict[str, str]) -> None:
        self._stream = stream
        self.trailers: dict[str, str] = {}
        encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
        signed = headers.get("x-amz-content-sha256", "")
        self._chunked = "aws-chunked" in encodings or signed.startswith("STREAMING-")
        length = headers.get("x-amz-decoded-content-length" if self._chunked else "content-length", "")
        self._length = int(length) if length.isdecimal() else None
        # What the object keeps of the header.
        self.encoding = ",".join(part for part in encodings if part not in ("", "aws-chunked"))

    def __iter__(self) -> Iterator[bytes]:
        """Piece by piece; S3Error where it is too large, or breaks off."""
        if (self._length or 0) > LARGEST_PUT:
            raise _too_large(self._length or 0)
        size = 0
        for piece in self._decoded() if self._chunked else self._stream.pieces():
            size += len(piece)
            if size > LARGEST_PUT:
                raise _too_large(size)
            yield piece
        if self._length not in (None, size):
            raise S3Error(
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )

    def _decoded(self) -> Iterator[bytes]:
        """Each chunk is `size[;chunk-signature=…]`, CRLF, the bytes, CRLF; the last is empty, with trailers behind."""
        reader = io.BufferedReader(self._stream, 2**16)
        try:
            while left := _size(reader.readline(1024)):
                while left:
                    piece = reader.read(min(left, CHUNK))
                    if not piece:
                        raise _broken()
                    left -= len(piece)
                    yield piece
                if reader.readline(3) != b"\r\n":
                    raise _broken()
            while line := reader.readline(8192).strip():
                name, _, value = line.decode("latin-1").partition(":")
                self.trailers[name.strip().lower()] = value.strip()
        finally:
            reader.detach()


def _size(line: bytes) -> int:
    size = line.partition(b";")[0].strip()
    if not line.endswith(b"\n") or not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size):
        raise _broken()
    return int(size, 16)


def _broken() -> AwsError:
    return S3Error("IncompleteBody", "The request body terminated unexpectedly")


def _too_large(size: int) -> S3Error:
    text = "Your proposed upload exceeds the maximum allowed size"
    return S3Error("EntityTooLarge", text, ProposedSize=size, MaxSizeAllowed=LARGEST_PUT)
