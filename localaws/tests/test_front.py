"""The front: what is not emulated says so, and every call is in the log."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws import LocalAWS
from localaws.rest import s3_operation
from localaws.wire import caller_key

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("service", "call"),
    [
        pytest.param("rds", lambda c: c.describe_db_instances(), id="service"),
        pytest.param("lambda", lambda c: c.create_alias(FunctionName="a", Name="b", FunctionVersion="1"), id="lambda"),
        pytest.param("scheduler", lambda c: c.delete_schedule(Name="a"), id="scheduler"),
        pytest.param("cloudformation", lambda c: c.delete_stack(StackName="a"), id="cloudformation"),
        pytest.param("iam", lambda c: c.get_organizations_access_report(JobId="j" * 36), id="moto-lacks-it"),
        pytest.param(
            "events", lambda c: c.put_rule(Name="a", ScheduleExpression="rate(1 minute)"), id="moto-would-ignore-it"
        ),
        pytest.param(
            "sagemaker",
            lambda c: c.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="a"),
            id="sagemaker",
        ),
    ],
)
def test_what_is_not_emulated_answers_an_error(bare: LocalAWS, service: str, call: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(bare.client(service))
    assert "not emulated" in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_mutating_calls_are_logged_with_their_caller(bare: LocalAWS) -> None:
    client = bare.client("s3", function="somebody")
    client.create_bucket(Bucket="mine")
    client.list_buckets()
    (entry,) = bare.calls.report()
    assert (entry["caller"], entry["service"], entry["operation"], entry["status"]) == (
        "somebody",
        "s3",
        "CreateBucket",
        200,
    )
    assert bare.calls.count(caller="somebody") == 2


@pytest.mark.parametrize(
    ("method", "path", "query", "copies", "operation"),
    [
        ("GET", "/", "", False, "ListBuckets"),
        ("PUT", "/b", "", False, "CreateBucket"),
        ("GET", "/b", "list-type=2&prefix=a", False, "ListObjectsV2"),
        ("GET", "/b", "versions", False, "ListObjectVersions"),
        ("PUT", "/b", "notification", False, "PutBucketNotificationConfiguration"),
        ("POST", "/b", "delete", False, "DeleteObjects"),
        ("PUT", "/b/a/key", "", False, "PutObject"),
        ("PUT", "/b/k", "", True, "CopyObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", False, "UploadPart"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", True, "UploadPartCopy"),
        ("POST", "/b/k", "uploads", False, "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=u", False, "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "uploadId=u", False, "AbortMultipartUpload"),
        ("HEAD", "/b/k", "versionId=v", False, "HeadObject"),
        ("GET", "/b/k", "tagging", False, "GetObjectTagging"),
    ],
)
def test_operations_of_s3(method: str, path: str, query: str, operation: str, *, copies: bool) -> None:
    assert s3_operation(method, path, query, copies=copies) == operation


def test_clients_without_a_function_have_no_function(bare: LocalAWS) -> None:
    bare.client("sqs").create_queue(QueueName="mine")
    assert bare.calls.count(caller="client", operation="CreateQueue") == 1


def test_a_buckets_own_host_name_is_its_path(bare: LocalAWS) -> None:
    session: Any = bare.session()
    s3 = session.client("s3", config=Config(s3={"addressing_style": "virtual"}))
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="a b/ü%.csv", Body=b"x", Metadata={"by": "me"})
    found = s3.get_object(Bucket="mine", Key="a b/ü%.csv")
    assert (found["Body"].read(), found["Metadata"]) == (b"x", {"by": "me"})
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="mine", Prefix="a b/")["Contents"]] == ["a b/ü%.csv"]


def test_a_call_answered_before_it_is_signed_is_as_one_that_was_sent(bare: LocalAWS) -> None:
    """In process: the same answers as by a session that signs; and a refusal is asked for once."""
    signing = boto3.Session(caller_key("client"), "localaws", region_name="us-east-1")
    shown = []
    for number, client in enumerate((bare.client("sqs"), signing.client("sqs"))):
        url = client.create_queue(QueueName=f"line-{number}", Attributes={"DelaySeconds": "3"})["QueueUrl"]
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
        metadata = answer.pop("ResponseMetadata")
        shown.append((answer, metadata["HTTPStatusCode"], metadata["RetryAttempts"], bool(metadata["RequestId"])))
        with pytest.raises(ClientError, match="NonExistentQueue") as caught:
            client.get_queue_url(QueueName="nowhere")
        shown.append((caught.value.response["Error"], bare.calls.count("GetQueueUrl"), type(caught.value).__name__))
    assert shown[0] == shown[2]
    (error, asked, kind), (same, twice, also) = shown[1], shown[3]
    assert (error, kind, asked, twice) == (same, also, 1, 2)
