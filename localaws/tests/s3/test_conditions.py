"""Conditions. Sources: API Reference, GetObject, CopyObject; User Guide, conditional writes; RFC 9110, 13.2.2."""

from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.contract
FAILED, SAME = ("PreconditionFailed", 412), ("304", 304)
OTHER = '"00000000000000000000000000000000"'


def test_reading_by_etag(box: Any) -> None:
    etag = box.put("a")["ETag"]
    assert box.get("a", IfMatch=etag) == b"x"
    assert box.get("a", IfNoneMatch=OTHER) == b"x"
    assert box.refused("get_object", "a", IfMatch=OTHER) == FAILED
    assert box.refused("get_object", "a", IfNoneMatch=etag) == SAME
    assert box.refused("head_object", "a", IfMatch=OTHER) == ("412", 412)
    assert box.refused("head_object", "a", IfNoneMatch=etag) == SAME


def test_reading_by_time(box: Any) -> None:
    box.put("a")
    moment = box("head_object", "a")["LastModified"]
    second = timedelta(seconds=1)
    assert box.get("a", IfUnmodifiedSince=moment) == b"x"
    assert box.get("a", IfModifiedSince=moment - second) == b"x"
    assert box.refused("get_object", "a", IfUnmodifiedSince=moment - second) == FAILED
    assert box.refused("get_object", "a", IfModifiedSince=moment) == SAME


def test_an_etag_counts_for_more_than_a_time(box: Any) -> None:
    etag = box.put("a")["ETag"]
    moment = box("head_object", "a")["LastModified"]
    assert box.get("a", IfMatch=etag, IfUnmodifiedSince=moment - timedelta(days=1)) == b"x"
    assert box.refused("get_object", "a", IfNoneMatch=etag, IfModifiedSince=moment - timedelta(days=1)) == SAME


def test_a_write_only_where_nothing_is(box: Any) -> None:
    box.put("a", b"1", IfNoneMatch="*")
    assert box.refused("put_object", "a", Body=b"2", IfNoneMatch="*") == FAILED
    assert box.get("a") == b"1"
    box("delete_object", "a")
    box.put("a", b"3", IfNoneMatch="*")


def test_a_delete_marker_is_nothing(box: Any) -> None:
    box.version()
    box.put("a")
    box("delete_object", "a")
    box.put("a", b"2", IfNoneMatch="*")
    assert box.get("a") == b"2"


def test_a_write_only_in_place_of_what_was_seen(box: Any) -> None:
    etag = box.put("a", b"1")["ETag"]
    box.put("a", b"2", IfMatch=etag)
    assert box.refused("put_object", "a", Body=b"3", IfMatch=etag) == FAILED
    assert box.refused("put_object", "b", Body=b"3", IfMatch=etag) == ("NoSuchKey", 404)
    assert box.get("a") == b"2"


def test_a_copy_by_conditions_of_its_source(box: Any) -> None:
    etag = box.put("a")["ETag"]
    source = {"Bucket": box.name, "Key": "a"}
    box("copy_object", "b", CopySource=source, CopySourceIfMatch=etag)
    assert box.refused("copy_object", "b", CopySource=source, CopySourceIfMatch=OTHER) == FAILED
    assert box.refused("copy_object", "b", CopySource=source, CopySourceIfNoneMatch=etag) == FAILED


def test_a_copy_by_conditions_of_its_target(box: Any) -> None:
    box.put("a")
    source = {"Bucket": box.name, "Key": "a"}
    box("copy_object", "b", CopySource=source, IfNoneMatch="*")
    assert box.refused("copy_object", "b", CopySource=source, IfNoneMatch="*") == FAILED


def test_an_upload_is_completed_by_conditions(box: Any) -> None:
    box.put("a", b"1")
    upload, parts = box.upload("a", b"2")
    done = {**upload, "MultipartUpload": {"Parts": parts}}
    assert box.refused("complete_multipart_upload", "a", **done, IfNoneMatch="*") == FAILED
    assert box.get("a") == b"1"
    box("complete_multipart_upload", "a", **done)
    assert box.get("a") == b"2"


def test_a_condition_of_a_deletion_is_refused_and_not_passed_over(box: Any) -> None:
    box.put("a")
    assert box.refused("delete_object", "a", IfMatch=OTHER) == ("NotImplemented", 501)
    assert box.get("a") == b"x"
