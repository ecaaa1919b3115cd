"""Checksums: what a client sends along, what is made here, and whether they agree.

CRC32, SHA1 and SHA256 are computed. CRC32C and CRC64NVME, which the standard library lacks, are kept as they are given.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from localaws.s3.errors import S3Error, invalid

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
PREFIX = "x-amz-checksum-"
_CRCS = ("CRC32", "CRC32C", "CRC64NVME")


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, piece: bytes) -> None:
        self._value = zlib.crc32(piece, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_COMPUTED: dict[str, Callable[[], Any]] = {"CRC32": _Crc32, "SHA1": hashlib.sha1, "SHA256": hashlib.sha256}


class Digests:
    """The MD5 of what is written, and the checksums that are asked for."""

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._asked = {name: _COMPUTED[name]() for name in algorithms if name in _COMPUTED}

    def update(self, piece: bytes) -> None:
        """The next piece."""
        self._md5.update(piece)
        for digest in self._asked.values():
            digest.update(piece)

    @property
    def md5(self) -> str:
        """In hexadecimal, as an ETag has it."""
        return self._md5.hexdigest()

    def checksums(self) -> dict[str, str]:
        """In base 64, by algorithm."""
        return {name: base64.b64encode(digest.digest()).decode() for name, digest in self._asked.items()}


def algorithm(name: str) -> str:
    """The algorithm of a header, in capitals; empty where none is named."""
    if name and name.upper() not in ALGORITHMS:
        raise S3Error(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]",
        )
    return name.upper()


def named(headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums in headers as they stand there, by algorithm."""
    return {name: headers[f"{PREFIX}{name.lower()}"] for name in ALGORITHMS if f"{PREFIX}{name.lower()}" in headers}


def given(headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums in headers or trailers, whose names are in small letters, by algorithm."""
    found = named(headers)
    if len(found) > 1:
        raise S3Error(
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    for name, value in found.items():
        if _length(value) != _LENGTHS[name]:
            raise S3Error("InvalidRequest", f"Value for {PREFIX}{name.lower()} header is invalid.")
    return found


_LENGTHS = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}


def _length(text: str) -> int:
    try:
        return len(base64.b64decode(text, validate=True))
    except ValueError:
        return -1


def check(sent: Mapping[str, str], made: Mapping[str, str]) -> None:
    """Raises BadDigest where what was sent along is not what arrived."""
    for name, value in sent.items():
        if made.get(name, value) != value:
            raise S3Error("BadDigest", f"The {name} you specified did not match the calculated checksum.")


def check_md5(header: str, made: str) -> None:
    """Raises BadDigest or InvalidDigest for a Content-MD5 (base 64) that is not that of what arrived (hexadecimal)."""
    if not header:
        return
    if _length(header) != 16:
        raise S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if base64.b64decode(header).hex() != made:
        raise S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.")


def check_sha256(header: str, made: Mapping[str, str]) -> None:
    """Raises XAmzContentSHA256Mismatch where the signed hash (hexadecimal) is not that of what arrived."""
    if len(header) == 64 and base64.b64decode(made["SHA256"]).hex() != header.lower():
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise S3Error("XAmzContentSHA256Mismatch", text)


def kind(wanted: str, name: str) -> str:
    """How the checksum of a multipart object is made: of the whole, or of its parts' checksums."""
    if wanted not in ("", "COMPOSITE", "FULL_OBJECT"):
        raise invalid("Value for x-amz-checksum-type header is invalid.", "x-amz-checksum-type", wanted)
    if wanted == "FULL_OBJECT" and name and name not in _CRCS:
        raise S3Error(
            "InvalidRequest",
            f"The FULL_OBJECT checksum type cannot be used with the {name.lower()} checksum algorithm.",
        )
    if wanted == "COMPOSITE" and name == "CRC64NVME":
        raise S3Error(
            "InvalidRequest", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."
        )
    return wanted or ("FULL_OBJECT" if name == "CRC64NVME" else "COMPOSITE")


def composite(name: str, parts: list[str]) -> dict[str, str]:
    """The checksum of the parts' checksums; none where one is missing, or it cannot be computed."""
    if name not in _COMPUTED or not all(parts):
        return {}
    digest = _COMPUTED[name]()
    for part in parts:
        digest.update(base64.b64decode(part))
    return {name: f"{base64.b64encode(digest.digest()).decode()}-{len(parts)}"}


def headers(checksums: Mapping[str, str]) -> list[tuple[str, str]]:
    """As an answer spells them."""
    found = [(f"{PREFIX}{name.lower()}", value) for name, value in checksums.items() if name in ALGORITHMS]
    composite_ = any("-" in value for _, value in found)
    return [*found, (f"{PREFIX}type", "COMPOSITE" if composite_ else "FULL_OBJECT")] if found else []


def elements(checksums: Mapping[str, str]) -> dict[str, str]:
    """As a document spells them."""
    return {f"Checksum{name}": value for name, value in checksums.items() if name in ALGORITHMS}
