"""Which operation a REST request means, from botocore's own service models."""

import functools
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

import botocore.session

_BY_SIGNING_NAME = {"lambda": "lambda", "scheduler": "scheduler"}
_SUBRESOURCES = {
    "acl": "Acl",
    "cors": "BucketCors",
    "encryption": "BucketEncryption",
    "lifecycle": "BucketLifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotificationConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "PublicAccessBlock",
    "replication": "BucketReplication",
    "tagging": "Tagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head", "POST": "Post"}


@functools.cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(_BY_SIGNING_NAME[service])


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    if service not in _BY_SIGNING_NAME:
        return []
    model = _model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].split("?")[0].rstrip("/")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        routes.append((http["method"], re.compile(f"^{pattern}/?$"), name))
    return routes


def operation(service: str, method: str, path: str) -> str:
    """The operation's name, or an empty string."""
    return next((name for verb, pattern, name in _routes(service) if verb == method and pattern.match(path)), "")


def labels(service: str, name: str, path: str) -> dict[str, str]:
    """What the path's placeholders hold, unquoted."""
    for _, pattern, candidate in _routes(service):
        found = pattern.match(path) if candidate == name else None
        if found:
            return {label: unquote(value) for label, value in found.groupdict().items()}
    return {}


def query(text: str) -> dict[str, str]:
    """The query string; where a name comes twice, the last one counts."""
    return dict(parse_qsl(text, keep_blank_values=True))


def s3_operation(method: str, path: str, text: str, *, copies: bool) -> str:
    """S3's operation; names follow boto3, and what is rare is spelled like `PutObject?acl`."""
    arguments = parse_qs(text, keep_blank_values=True)
    bucket, _, key = path.lstrip("/").partition("/")
    if not bucket:
        return "ListBuckets"
    return _object_operation(method, arguments, copies=copies) if key else _bucket_operation(method, arguments)


def _object_operation(method: str, arguments: dict[str, list[str]], *, copies: bool) -> str:
    upload = "uploadId" in arguments
    if method == "PUT" and "partNumber" in arguments:
        return "UploadPartCopy" if copies else "UploadPart"
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in arguments else "CompleteMultipartUpload" if upload else "POST"
    if upload:
        return "AbortMultipartUpload" if method == "DELETE" else "ListParts"
    for name in ("acl", "tagging", "retention", "legal-hold", "attributes", "torrent", "restore"):
        if name in arguments:
            return f"{_VERBS.get(method, method)}Object{name.title().replace('-', '')}"
    return "CopyObject" if copies and method == "PUT" else f"{_VERBS.get(method, method)}Object"


def _bucket_operation(method: str, arguments: dict[str, list[str]]) -> str:
    for name, title in _SUBRESOURCES.items():
        if name in arguments:
            suffix = title if title.startswith(("Bucket", "Public")) else f"Bucket{title}"
            return _VERBS.get(method, method) + suffix
    if method == "GET":
        if "versions" in arguments:
            return "ListObjectVersions"
        if "uploads" in arguments:
            return "ListMultipartUploads"
        return "ListObjectsV2" if "list-type" in arguments else "ListObjects"
    if method == "POST":
        return "DeleteObjects" if "delete" in arguments else "POST"
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket", "HEAD": "HeadBucket"}.get(method, method)
