"""Tags of buckets and objects."""

from __future__ import annotations

from urllib.parse import parse_qsl

from localaws.s3.documents import Content, Element
from localaws.s3.errors import S3Error, malformed


def of_document(document: Element, limit: int) -> dict[str, str]:
    """The tags of a Tagging document."""
    tags = document.one("TagSet")
    if tags is None:
        raise malformed("no TagSet")
    return _checked([(tag.get("Key"), tag.get("Value")) for tag in tags.all("Tag")], limit)


def of_header(header: str) -> dict[str, str]:
    """The tags of the header x-amz-tagging, which is written as a query is."""
    return _checked(parse_qsl(header, keep_blank_values=True), 10)


def document(tags: dict[str, str]) -> Content:
    """The inside of a Tagging document."""
    return {"TagSet": {"Tag": [{"Key": key, "Value": value} for key, value in tags.items()]}}


def _checked(pairs: list[tuple[str, str]], limit: int) -> dict[str, str]:
    if len(pairs) > limit:
        raise S3Error("BadRequest", f"{'Object' if limit == 10 else 'Bucket'} tags cannot be greater than {limit}")
    for key, value in pairs:
        if not 1 <= len(key) <= 128:
            raise S3Error("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > 256:
            raise S3Error("InvalidTag", "The TagValue you have provided is invalid", TagKey=key, TagValue=value)
    if len(dict(pairs)) < len(pairs):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    return dict(pairs)
