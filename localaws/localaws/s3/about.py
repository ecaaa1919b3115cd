"""What is kept of an object beside its bytes: headers, metadata, tags, encryption and checksums."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from localaws.errors import NotEmulated
from localaws.s3 import checksums, documents, tags
from localaws.s3.errors import S3Error
from localaws.s3.request import Request

META = "x-amz-meta-"
SSE = "x-amz-server-side-encryption"
_KEPT = ("content-type", "cache-control", "content-disposition", "content-language", "expires")
_DEFAULT_TYPE = "binary/octet-stream"
_LARGEST_METADATA = 2048  # bytes of names and values
_REFUSED = (
    f"{SSE}-customer-",
    f"{SSE}-context",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-grant-",
    "x-amz-object-lock-",
    "x-amz-request-payer",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
)


@dataclass(frozen=True, kw_only=True)
class About:
    """`headers` are answered as they are; `checksums` are in base 64, by algorithm."""

    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As the database keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> About:
        """From what the database keeps."""
        return cls(**json.loads(text))

    def answered(self) -> list[tuple[str, str]]:
        """The headers of GetObject and HeadObject."""
        count = [("x-amz-tagging-count", str(len(self.tags)))] if self.tags else []
        return [*self.headers.items(), *count]

    def encryption(self) -> list[tuple[str, str]]:
        """The headers that say how it is encrypted."""
        return [(name, value) for name, value in self.headers.items() if name.startswith(SSE)]


def given(request: Request, bucket_encryption: str, encoding: str) -> About:
    """What a request says of the object that it makes; NotEmulated for what would have no effect here."""
    headers = request.headers
    refuse(headers)
    kept = {"content-type": _DEFAULT_TYPE} | {name: headers[name] for name in _KEPT if headers.get(name)}
    if encoding:
        kept["content-encoding"] = encoding
    return About(
        headers=kept | _metadata(headers) | encryption(headers, bucket_encryption),
        tags=tags.of_header(headers.get("x-amz-tagging", "")),
    )


def refuse(headers: Mapping[str, str]) -> None:
    """Raises for headers whose meaning is not emulated."""
    for name, value in headers.items():
        if name.startswith(_REFUSED):
            raise NotEmulated(f"the header {name} of S3")
        if name == "x-amz-storage-class" and value != "STANDARD":
            raise NotEmulated(f"the storage class {value}")
        if name == "x-amz-acl" and value not in ("private", "bucket-owner-full-control"):
            raise S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs")


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in headers.items() if name.startswith(META)}
    size = sum(len(name) - len(META) + len(value) for name, value in found.items())
    if size > _LARGEST_METADATA:
        text = "Your metadata headers exceed the maximum allowed metadata size"
        raise S3Error("MetadataTooLarge", text, Size=size, MaxSizeAllowed=_LARGEST_METADATA)
    return found


def encryption(headers: Mapping[str, str], of_bucket: str) -> dict[str, str]:
    """How an object is encrypted: as the request says, else as its bucket does."""
    own = {name: value for name, value in headers.items() if name.startswith(SSE)}
    if own.get(SSE, "AES256") not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise S3Error("InvalidArgument", "The encryption method specified is not supported")
    return own if SSE in own else _default(of_bucket)


@functools.lru_cache(maxsize=64)
def _default(document: str) -> dict[str, str]:
    rule = documents.read(document.encode(), "ServerSideEncryptionConfiguration").all("Rule")[0]
    by_default = rule.one("ApplyServerSideEncryptionByDefault")
    assert by_default is not None  # the bucket takes no other
    found = {SSE: by_default.get("SSEAlgorithm"), f"{SSE}-aws-kms-key-id": by_default.get("KMSMasterKeyID")}
    return {name: value for name, value in found.items() if value}


def algorithms(request: Request) -> list[str]:
    """The checksums that the request asks for, by name."""
    asked = (request.headers.get(name, "") for name in ("x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"))
    return [name for name in map(checksums.algorithm, asked) if name]
