"""Needs of S3.

Source: S3 User Guide, "Required permissions for Amazon S3 API operations"; API Reference, CopyObject (tags).
DeleteObjects is not here: it answers a refusal for each key, which is not emulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from localaws import rest
from localaws.iam.asked import Asked, Need, Needs
from localaws.iam.evaluator import Pairs

_BUCKET = {
    "GetBucketLocation": "s3:GetBucketLocation",
    "GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "GetBucketPolicy": "s3:GetBucketPolicy",
    "GetBucketTagging": "s3:GetBucketTagging",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
}
# With a version in the request the action is another one.
_OBJECT = {
    "GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "GetObjectTagging": ("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    "PutObjectTagging": ("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
    "UploadPart": ("s3:PutObject", "s3:PutObject"),
    "CompleteMultipartUpload": ("s3:PutObject", "s3:PutObject"),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload", "s3:AbortMultipartUpload"),
    "ListParts": ("s3:ListMultipartUploadParts", "s3:ListMultipartUploadParts"),
}


def named(path: str) -> tuple[str, str]:
    """Bucket and key of a path, which on the wire is UTF-8 read as Latin-1."""
    bucket, _, key = path.lstrip("/").encode("latin-1").decode("utf-8", "replace").partition("/")
    return bucket, key


def arn(bucket: str, key: str = "") -> str:
    """Of a bucket, or of an object in it."""
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _object(operation: str) -> Needs:
    plain, of_version = _OBJECT[operation]

    def needs(asked: Asked) -> list[Need]:
        action = of_version if "versionId" in rest.query(asked.call.query) else plain
        return [Need(action=action, resource=arn(*named(asked.call.path)))]

    return needs


def _listing(action: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        given = rest.query(asked.call.query)
        keys: Pairs = tuple((f"s3:{name}", (given[name],)) for name in ("delimiter", "prefix") if name in given)
        return [Need(action=action, resource=arn(named(asked.call.path)[0]), keys=keys)]

    return needs


def _bucket(action: str) -> Needs:
    return lambda asked: [Need(action=action, resource=arn(named(asked.call.path)[0]))]


def _put(asked: Asked) -> Iterator[Need]:
    """An object, with tags or an access list where they come along."""
    resource = arn(*named(asked.call.path))
    yield Need(action="s3:PutObject", resource=resource)
    if asked.call.header("x-amz-tagging"):
        yield Need(action="s3:PutObjectTagging", resource=resource)
    if asked.call.header("x-amz-acl"):
        yield Need(action="s3:PutObjectAcl", resource=resource)


def _source(asked: Asked) -> tuple[str, str, str | None]:
    path, _, version = asked.call.header("x-amz-copy-source").partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key, version or None


def _part_copy(asked: Asked) -> Iterator[Need]:
    bucket, key, version = _source(asked)
    yield Need(action="s3:GetObjectVersion" if version else "s3:GetObject", resource=arn(bucket, key))
    yield Need(action="s3:PutObject", resource=arn(*named(asked.call.path)))


def _copy(asked: Asked) -> Iterator[Need]:
    """Tags come along unless they are replaced; where there are none, nobody needs a permission for them."""
    yield from _part_copy(asked)
    bucket, key, version = _source(asked)
    target, replaces = arn(*named(asked.call.path)), asked.call.header("x-amz-tagging-directive") == "REPLACE"
    if not replaces and asked.state.tagged(bucket, key, version):
        action = "s3:GetObjectVersionTagging" if version else "s3:GetObjectTagging"
        yield Need(action=action, resource=arn(bucket, key))
        yield Need(action="s3:PutObjectTagging", resource=target)
    elif replaces and asked.call.header("x-amz-tagging"):
        yield Need(action="s3:PutObjectTagging", resource=target)


def missing(asked: Asked) -> Iterator[Need]:
    """Who may learn that an object is not there. API Reference, GetObject: who may list its bucket."""
    operation = asked.call.operation
    bucket, version = named(asked.call.path)[0], rest.query(asked.call.query).get("versionId")
    if operation in ("CopyObject", "UploadPartCopy"):
        bucket, _, version = _source(asked)
    if operation in ("GetObject", "HeadObject", "GetObjectTagging", "CopyObject", "UploadPartCopy"):
        yield Need(action="s3:ListBucketVersions" if version else "s3:ListBucket", resource=arn(bucket))


NEEDS: dict[str, Needs] = {
    **{operation: _object(operation) for operation in _OBJECT},
    **{operation: _bucket(action) for operation, action in _BUCKET.items()},
    "PutObject": _put,
    "CreateMultipartUpload": _put,
    "CopyObject": _copy,
    "UploadPartCopy": _part_copy,
    "HeadBucket": _listing("s3:ListBucket"),
    "ListObjects": _listing("s3:ListBucket"),
    "ListObjectsV2": _listing("s3:ListBucket"),
    "ListObjectVersions": _listing("s3:ListBucketVersions"),
    "ListBuckets": lambda _: [Need(action="s3:ListAllMyBuckets")],
}
