"""Which operation a REST request means, from botocore's own service models."""

import functools
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

import botocore.session

_BY_SIGNING_NAME = {"lambda": "lambda", "scheduler": "scheduler"}


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
    """S3's operation, by what stands in the query; GET, PUT, … alone where there is none."""
    given = parse_qs(text, keep_blank_values=True)
    bucket, _, key = path.lstrip("/").partition("/")
    routes = _s3_routes().get((method, bool(bucket) + bool(key)), {})
    if key and "uploadId" in given:
        upload = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}
        name = upload.get(method, "ListParts")
    else:
        name = next((routes[mark] for mark in given if mark in routes), routes.get("", method))
    return {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(name, name) if copies else name


# Told from others of the same address by a header, or by more in the query.
_S3_TOLD_APART = {
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "ListDirectoryBuckets",
    "ListParts",
    "UploadPart",
    "UploadPartCopy",
}


@functools.cache
def _s3_routes() -> dict[tuple[str, int], dict[str, str]]:
    """Of each method at the service (0), a bucket (1) and an object (2): the operations by their mark in the query."""
    routes: dict[tuple[str, int], dict[str, str]] = {}
    model = botocore.session.get_session().get_service_model("s3")
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, marks = operation.http["requestUri"].partition("?")
        if not operation.deprecated and name not in _S3_TOLD_APART:
            of_method = routes.setdefault((operation.http["method"], path.count("{")), {})
            of_method.setdefault(marks.partition("&")[0].partition("=")[0], name)
    return routes
