"""What S3 tells EventBridge."""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract

KEYS = [
    pytest.param("inbox/plain.csv", id="plain"),
    pytest.param("inbox/part 1+2.csv", id="space-and-plus"),
    pytest.param("inbox/a=b%20c.csv", id="equals-and-percent"),
    pytest.param("inbox/line\nbreak.csv", id="newline"),
    pytest.param("inbox/übung/日本.csv", id="unicode"),
    pytest.param("inbox/a/../b//c.csv", id="dots-and-slashes"),
    pytest.param("inbox/" + "k" * 1000, id="long"),
]


def _told(aws: LocalAWS) -> list[dict[str, Any]]:
    aws.settle()
    return [one for one in aws.events if one["source"] == "aws.s3"]  # the stack's alarm is told too


def _only(aws: LocalAWS) -> dict[str, Any]:
    (event,) = _told(aws)
    return event


@pytest.mark.parametrize("key", KEYS)
def test_event_has_the_raw_key_and_the_object_is_found_by_it(aws: LocalAWS, inbox: str, key: str) -> None:
    s3 = aws.client("s3")
    put = s3.put_object(Bucket=inbox, Key=key, Body=b"a,b\n")
    event = _only(aws)
    assert event["detail"]["object"]["key"] == key
    version = event["detail"]["object"]["version-id"]
    assert version == put["VersionId"]
    assert s3.get_object(Bucket=inbox, Key=key, VersionId=version)["Body"].read() == b"a,b\n"
    assert aws.client("dynamodb").get_item(TableName="keep", Key={"pk": {"S": "object"}, "sk": {"S": key}})["Item"]


def test_put_has_the_shape_of_the_reference(aws: LocalAWS, inbox: str) -> None:
    put = aws.client("s3").put_object(Bucket=inbox, Key="inbox/a.csv", Body=b"x" * 10)
    event = _only(aws)
    assert (event["version"], event["source"], event["detail-type"]) == ("0", "aws.s3", "Object Created")
    assert (event["account"], event["region"]) == (aws.account, aws.region)
    assert event["resources"] == [f"arn:aws:s3:::{inbox}"]
    detail = event["detail"]
    assert set(detail) == {"version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"}
    assert set(detail["object"]) == {"key", "size", "etag", "version-id", "sequencer"}
    assert detail["object"]["etag"] == put["ETag"].strip('"')
    assert detail["object"]["size"] == 10
    assert detail["reason"] == "PutObject"
    assert int(detail["object"]["sequencer"], 16) > 0


def test_sequencer_grows(aws: LocalAWS, inbox: str) -> None:
    for _ in range(3):
        aws.client("s3").put_object(Bucket=inbox, Key="inbox/a.csv", Body=b"x")
    sequencers = [event["detail"]["object"]["sequencer"] for event in _told(aws)]
    assert all(one < two for one, two in itertools.pairwise(sequencers))


def test_copy_says_so(aws: LocalAWS, inbox: str) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket=inbox, Key="a", Body=b"x")
    s3.copy_object(Bucket=inbox, Key="inbox/b", CopySource={"Bucket": inbox, "Key": "a"})
    assert [event["detail"]["reason"] for event in _told(aws)] == ["PutObject", "CopyObject"]


def test_multipart_is_one_event_at_its_completion(aws: LocalAWS, inbox: str) -> None:
    s3 = aws.client("s3")
    upload = s3.create_multipart_upload(Bucket=inbox, Key="inbox/big")["UploadId"]
    part = {"Bucket": inbox, "Key": "inbox/big", "UploadId": upload}
    tags = [
        s3.upload_part(**part, PartNumber=number, Body=b"x" * size)["ETag"]
        for number, size in ((1, 5 * 1024 * 1024), (2, 7))
    ]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
    assert _told(aws) == []
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": parts})
    event = _only(aws)
    assert event["detail"]["reason"] == "CompleteMultipartUpload"
    assert event["detail"]["object"]["size"] == 5 * 1024 * 1024 + 7
    assert event["detail"]["object"]["etag"].endswith("-2")


def test_bucket_without_eventbridge_and_versions_sends_nothing(aws: LocalAWS) -> None:
    bucket = f"keep-quiet-{aws.account}-{aws.region}"
    aws.client("s3").put_object(Bucket=bucket, Key="inbox/a", Body=b"x")
    assert _told(aws) == []


def test_event_of_an_unversioned_bucket_has_no_version(aws: LocalAWS) -> None:
    bucket = f"keep-quiet-{aws.account}-{aws.region}"
    s3 = aws.client("s3")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert "version-id" not in _only(aws)["detail"]["object"]


def test_a_refused_put_sends_nothing(aws: LocalAWS, inbox: str) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket=inbox, Key="inbox/a", Body=b"x")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=inbox, Key="inbox/a", Body=b"y", IfNoneMatch="*")
    assert _only(aws)["detail"]["object"]["size"] == 1


def test_service_side_put_sends_the_event_too(aws: LocalAWS, inbox: str) -> None:
    etag = aws.world.s3.put(inbox, "inbox/a.json", b"{}", "application/json", {"by": "job"})
    event = _only(aws)
    assert event["detail"]["object"]["etag"] == etag
    head = aws.client("s3").head_object(Bucket=inbox, Key="inbox/a.json")
    assert (head["ContentType"], head["Metadata"]) == ("application/json", {"by": "job"})
    assert aws.world.s3.list(inbox, "inbox/") == ["inbox/a.json"]
    assert aws.world.s3.get(inbox, "inbox/a.json") == b"{}"
