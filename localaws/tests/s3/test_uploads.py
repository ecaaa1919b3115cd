"""Multipart uploads. Sources: API Reference, CompleteMultipartUpload, UploadPartCopy, ListParts; User Guide, limits."""

import hashlib
from typing import Any

import pytest

pytestmark = pytest.mark.contract
FIVE = b"5" * 5 * 2**20


def done(upload: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {**upload, "MultipartUpload": {"Parts": parts}}


def held(box: Any) -> int:
    """How many files of content there are."""
    return len(list((box.aws.state_dir / "s3" / "contents").iterdir()))


def test_parts_make_an_object_whose_etag_is_of_the_parts(box: Any) -> None:
    before = held(box)
    upload, parts = box.upload("a", FIVE, b"end", ContentType="text/csv", Metadata={"by": "me"}, Tagging="k=v")
    assert box.keys() == []
    answer = box("complete_multipart_upload", "a", **done(upload, parts))
    md5s = b"".join(hashlib.md5(body).digest() for body in (FIVE, b"end"))
    assert answer["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-2"'
    found = box("get_object", "a")
    assert found["Body"].read() == FIVE + b"end"
    assert (found["ContentType"], found["Metadata"], found["TagCount"]) == ("text/csv", {"by": "me"}, 1)
    assert held(box) == before + 1


def test_a_part_can_be_sent_again_and_parts_can_be_left_out(box: Any) -> None:
    upload, _ = box.upload("a", b"old", b"unused")
    again = box("upload_part", "a", **upload, PartNumber=1, Body=b"new")["ETag"]
    box("complete_multipart_upload", "a", **done(upload, [{"PartNumber": 1, "ETag": again}]))
    assert box.get("a") == b"new"


def test_all_parts_but_the_last_have_5_mib(box: Any) -> None:
    upload, parts = box.upload("a", b"small", b"end")
    refusal = box.refusal("complete_multipart_upload", "a", **done(upload, parts))
    assert (refusal["Error"]["Code"], refusal["Error"]["PartNumber"]) == ("EntityTooSmall", "1")


def test_parts_that_are_not_there_or_not_those_are_invalid(box: Any) -> None:
    upload, parts = box.upload("a", b"x")
    for wrong in ([{"PartNumber": 2, "ETag": parts[0]["ETag"]}], [{"PartNumber": 1, "ETag": '"0"'}]):
        assert box.refused("complete_multipart_upload", "a", **done(upload, wrong)) == ("InvalidPart", 400)


def test_parts_are_named_in_order(box: Any) -> None:
    upload, parts = box.upload("a", FIVE, FIVE)
    assert box.refused("complete_multipart_upload", "a", **done(upload, parts[::-1])) == ("InvalidPartOrder", 400)


def test_the_size_that_is_announced_must_be_met(box: Any) -> None:
    upload, parts = box.upload("a", b"x")
    assert box.refused("complete_multipart_upload", "a", **done(upload, parts), MpuObjectSize=2)[0] == "InvalidRequest"
    box("complete_multipart_upload", "a", **done(upload, parts), MpuObjectSize=1)


@pytest.mark.parametrize("number", [0, 10_001])
def test_parts_are_numbered_from_1_to_10000(box: Any, number: int) -> None:
    upload, _ = box.upload("a")
    assert box.refused("upload_part", "a", **upload, PartNumber=number, Body=b"x") == ("InvalidArgument", 400)


def test_an_upload_that_is_over_is_not_there(box: Any) -> None:
    upload, parts = box.upload("a", b"x")
    box("complete_multipart_upload", "a", **done(upload, parts))
    gone = ("NoSuchUpload", 404)
    assert box.refused("complete_multipart_upload", "a", **done(upload, parts)) == gone
    assert box.refused("upload_part", "a", **upload, PartNumber=1, Body=b"x") == gone
    assert box.refused("abort_multipart_upload", "a", **upload) == gone
    assert box.refused("list_parts", "a", **upload) == gone


def test_an_upload_belongs_to_its_key(box: Any) -> None:
    upload, _ = box.upload("a", b"x")
    assert box.refused("upload_part", "b", **upload, PartNumber=1, Body=b"x") == ("NoSuchUpload", 404)


def test_an_aborted_upload_leaves_nothing(box: Any) -> None:
    before = held(box)
    upload, _ = box.upload("a", b"x", b"y")
    assert held(box) == before + 2
    box("abort_multipart_upload", "a", **upload)
    assert held(box) == before
    assert "Uploads" not in box("list_multipart_uploads")


def test_a_part_is_copied_from_a_range(box: Any) -> None:
    box.put("source", b"0123456789")
    upload, _ = box.upload("a")
    copy = {**upload, "PartNumber": 1, "CopySource": {"Bucket": box.name, "Key": "source"}}
    etag = box("upload_part_copy", "a", **copy, CopySourceRange="bytes=2-4")["CopyPartResult"]["ETag"]
    for wrong in ("bytes=2-10", "bytes=4-2", "2-4", "bytes=2-"):
        assert box.refused("upload_part_copy", "a", **copy, CopySourceRange=wrong) == ("InvalidArgument", 400)
    box("complete_multipart_upload", "a", **done(upload, [{"PartNumber": 1, "ETag": etag}]))
    assert box.get("a") == b"234"


def test_a_copy_of_an_object_of_parts_has_an_etag_of_the_whole(box: Any) -> None:
    upload, parts = box.upload("a", FIVE, b"end")
    box("complete_multipart_upload", "a", **done(upload, parts))
    copied = box("copy_object", "b", CopySource={"Bucket": box.name, "Key": "a"})
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(FIVE + b"end").hexdigest()}"'


def test_parts_are_listed_page_by_page(box: Any) -> None:
    upload, parts = box.upload("a", b"1", b"22", b"333")
    config = {"PageSize": 2}
    whole = list(
        box.s3.get_paginator("list_parts").paginate(Bucket=box.name, Key="a", **upload, PaginationConfig=config)
    )
    found = [(one["PartNumber"], one["Size"], one["ETag"]) for page in whole for one in page["Parts"]]
    assert found == [(part["PartNumber"], size, part["ETag"]) for size, part in enumerate(parts, start=1)]
    assert [page["IsTruncated"] for page in whole] == [True, False]


def test_uploads_are_listed_page_by_page(box: Any) -> None:
    made = [(key, box.upload(key)[0]["UploadId"]) for key in ("b", "a", "a", "c ü")]
    paginator = box.s3.get_paginator("list_multipart_uploads")
    whole = list(paginator.paginate(Bucket=box.name, PaginationConfig={"PageSize": 1}))
    found = [(one["Key"], one["UploadId"]) for page in whole for one in page["Uploads"]]
    assert sorted(found) == sorted(made)
    assert [key for key, _ in found] == ["a", "a", "b", "c ü"]
    assert len(whole) == 4
    only = box("list_multipart_uploads", Prefix="c")
    assert [one["Key"] for one in only["Uploads"]] == ["c ü"]
