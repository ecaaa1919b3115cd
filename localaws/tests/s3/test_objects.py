"""Objects. Sources: API Reference, PutObject, GetObject, HeadObject, CopyObject; User Guide, metadata, tagging."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.s3 import request

pytestmark = pytest.mark.contract
LARGE = bytes(range(256)) * 4096  # one MiB, which is answered from the file


@pytest.mark.parametrize("body", [b"", b"x", LARGE], ids=["empty", "small", "large"])
def test_what_was_put_comes_back(box: Any, body: bytes) -> None:
    put = box.put("a", body)
    found = box("get_object", "a")
    assert found["Body"].read() == body
    assert (found["ContentLength"], found["ETag"], found["AcceptRanges"]) == (len(body), put["ETag"], "bytes")
    assert found["ContentType"] == "binary/octet-stream"
    assert found["LastModified"].microsecond == 0


def test_a_body_is_read_as_it_is_wanted(box: Any) -> None:
    box.put("a", LARGE)
    body = box("get_object", "a")["Body"]
    assert b"".join(body.iter_chunks(100_000)) == LARGE
    again = box("get_object", "a")["Body"]
    assert [again.read(10), again.read(10)] == [LARGE[:10], LARGE[10:20]]
    again.close()


def test_an_object_that_is_replaced_is_read_to_its_end(box: Any) -> None:
    box.put("a", LARGE)
    body = box("get_object", "a")["Body"]
    begun = body.read(10)
    box.put("a", b"new")
    assert begun + body.read() == LARGE
    assert box.get("a") == b"new"


def test_files_go_up_and_down_by_the_transfer_manager(box: Any, tmp_path: Any) -> None:
    box.s3.upload_fileobj(io.BytesIO(LARGE * 12), box.name, "a")
    target = io.BytesIO()
    box.s3.download_fileobj(box.name, "a", target)
    assert target.getvalue() == LARGE * 12
    box.s3.download_file(box.name, "a", str(tmp_path / "file"))
    assert (tmp_path / "file").stat().st_size == 12 * len(LARGE)


def test_headers_and_metadata_are_kept(box: Any) -> None:
    given: dict[str, Any] = {
        "ContentType": "text/csv",
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "en",
        "Metadata": {"by": "me", "with_underscore": "1"},
    }
    box.put("a", **given, Expires=datetime(2030, 1, 1, tzinfo=UTC))
    for found in (box("get_object", "a"), box("head_object", "a")):
        assert {name: found[name] for name in given} == given
        assert found["ExpiresString"] == "Tue, 01 Jan 2030 00:00:00 GMT"


def test_metadata_of_over_2_kb_are_too_large(box: Any) -> None:
    assert box.refused("put_object", "a", Metadata={"a": "x" * 2048}) == ("MetadataTooLarge", 400)


def test_an_answer_can_be_given_other_headers(box: Any) -> None:
    box.put("a", ContentType="text/csv")
    found = box("get_object", "a", ResponseContentType="text/plain", ResponseContentDisposition="inline")
    assert (found["ContentType"], found["ContentDisposition"]) == ("text/plain", "inline")


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_is_a_part(box: Any, asked: str, body: bytes, told: str) -> None:
    box.put("a", b"0123456789")
    found = box("get_object", "a", Range=asked)
    assert (found["Body"].read(), found["ContentRange"], found["ContentLength"]) == (body, told, len(body))
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert box("head_object", "a", Range=asked)["ContentRange"] == told


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(box: Any, asked: str) -> None:
    box.put("a", b"0123456789")
    refusal = box.refusal("get_object", "a", Range=asked)
    assert refusal["Error"] | {} == refusal["Error"] | {"Code": "InvalidRange", "ActualObjectSize": "10"}
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_an_empty_object_has_no_range(box: Any) -> None:
    box.put("a", b"")
    assert box.refused("get_object", "a", Range="bytes=0-9") == ("InvalidRange", 416)


@pytest.mark.parametrize("asked", ["bytes=4-2", "lines=1-2", "bytes=0-1,3-4", "bytes=-"])
def test_a_range_that_means_nothing_is_the_whole(box: Any, asked: str) -> None:
    box.put("a", b"0123456789")
    found = box("get_object", "a", Range=asked)
    assert (found["Body"].read(), found["ResponseMetadata"]["HTTPStatusCode"]) == (b"0123456789", 200)


def test_what_is_not_there_says_so(box: Any) -> None:
    refusal = box.refusal("get_object", "a")
    assert (refusal["Error"]["Code"], refusal["Error"]["Key"]) == ("NoSuchKey", "a")
    assert box.refused("head_object", "a") == ("404", 404)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        box.s3.get_object(Bucket="not-there-at-all", Key="a")


def test_a_copy_takes_everything_along(box: Any, new_box: Callable[[], Any]) -> None:
    other = new_box()
    put = box.put("a b/ü+%", LARGE, ContentType="text/csv", Metadata={"by": "me"}, Tagging="k=v")
    copied = other("copy_object", "b", CopySource={"Bucket": box.name, "Key": "a b/ü+%"})
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    found = other("get_object", "b")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (LARGE, "text/csv", {"by": "me"})
    assert (other("get_object_tagging", "b")["TagSet"], found["TagCount"]) == ([{"Key": "k", "Value": "v"}], 1)
    box("delete_object", "a b/ü+%")
    assert other.get("b") == LARGE


def test_a_copy_can_replace_what_is_beside_the_content(box: Any) -> None:
    box.put("a", b"x", ContentType="text/csv", Metadata={"by": "me"}, Tagging="k=v")
    source = {"Bucket": box.name, "Key": "a"}
    box("copy_object", "a", CopySource=source, MetadataDirective="REPLACE", Metadata={"by": "you"})
    found = box("head_object", "a")
    assert (found["Metadata"], found["ContentType"]) == ({"by": "you"}, "binary/octet-stream")
    box("copy_object", "b", CopySource=source, TaggingDirective="REPLACE", Tagging="n=w")
    assert box("get_object_tagging", "b")["TagSet"] == [{"Key": "n", "Value": "w"}]


def test_a_copy_onto_itself_must_change_something(box: Any) -> None:
    box.put("a")
    refusal = box.refusal("copy_object", "a", CopySource={"Bucket": box.name, "Key": "a"})
    assert refusal["Error"]["Code"] == "InvalidRequest"
    assert "copy an object to itself without changing" in refusal["Error"]["Message"]


def test_a_source_that_is_not_there_or_not_named_is_refused(box: Any) -> None:
    assert box.refused("copy_object", "b", CopySource=f"{box.name}/a") == ("NoSuchKey", 404)
    assert box.refused("copy_object", "b", CopySource="nokey") == ("InvalidArgument", 400)


@pytest.mark.parametrize(
    ("tagging", "code"),
    [
        ([{"Key": "k", "Value": "v"}] * 2, "InvalidTag"),
        ([{"Key": str(number), "Value": ""} for number in range(11)], "BadRequest"),
        ([{"Key": "k" * 129, "Value": ""}], "InvalidTag"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidTag"),
    ],
    ids=["twice", "eleven", "long-key", "long-value"],
)
def test_tags_have_limits(box: Any, tagging: list[dict[str, str]], code: str) -> None:
    box.put("a")
    assert box.refused("put_object_tagging", "a", Tagging={"TagSet": tagging}) == (code, 400)
    assert box("get_object_tagging", "a")["TagSet"] == []


def test_tags_are_set_and_taken_away(box: Any) -> None:
    box.put("a")
    box("put_object_tagging", "a", Tagging={"TagSet": [{"Key": "k", "Value": "ü&<"}]})
    assert box("get_object_tagging", "a")["TagSet"] == [{"Key": "k", "Value": "ü&<"}]
    box("delete_object_tagging", "a")
    assert box("get_object_tagging", "a")["TagSet"] == []


def test_encryption_is_the_buckets_unless_the_request_says_another(box: Any) -> None:
    assert box.put("a")["ServerSideEncryption"] == "AES256"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}}
    box("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [rule]})
    box.put("a")
    found = box("head_object", "a")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "alias/mine")
    assert box.put("a", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize(
    "more",
    [
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        {"StorageClass": "GLACIER"},
        {"ObjectLockLegalHoldStatus": "ON"},
        {"WebsiteRedirectLocation": "/elsewhere"},
        {"GrantRead": "id=1"},
        {"IfNoneMatch": '"etag"'},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_would_have_no_effect_is_refused(box: Any, more: dict[str, str]) -> None:
    assert box.refused("put_object", "a", Body=b"x", **more) == ("NotImplemented", 501)
    assert box.keys() == []


def test_access_lists_are_off_as_in_every_new_bucket(box: Any) -> None:
    """User Guide, controlling ownership of objects: PUT requests that specify other ACLs than the owner's fail."""
    box.put("a", ACL="bucket-owner-full-control")
    assert box.refused("put_object", "a", ACL="public-read") == ("AccessControlListNotSupported", 400)


def test_another_owner_is_not_expected(box: Any) -> None:
    """User Guide, verifying bucket ownership: the request fails with 403 Access Denied."""
    box.put("a", ExpectedBucketOwner=box.aws.account)
    assert box.refused("get_object", "a", ExpectedBucketOwner="1" * 12) == ("AccessDenied", 403)


def test_more_than_5_gib_do_not_go_into_one_put(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "LARGEST_PUT", 10)
    assert box.refused("put_object", "a", Body=b"x" * 11) == ("EntityTooLarge", 400)
    assert box.keys() == []


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_object", {"PartNumber": 1}),
        ("get_object_acl", {}),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"]}),
        ("restore_object", {}),
        ("get_object_torrent", {}),
    ],
)
def test_operations_that_are_not_here_say_so(box: Any, operation: str, more: dict[str, Any]) -> None:
    box.put("a")
    refusal = box.refusal(operation, "a", **more)
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "is not emulated by localaws (see COVERAGE.md)" in refusal["Error"]["Message"]
