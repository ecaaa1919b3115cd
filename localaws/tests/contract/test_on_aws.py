"""Rules that hold on the embedded AWS and on a real account: through boto3 alone, with names of one prefix.

`make verify-aws` runs them in the account of the shell; everything else of the suite needs virtual time or faults.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = [pytest.mark.contract, pytest.mark.on_aws]


def bucket(account: Any) -> Any:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=account.name("objects"))
    return s3


def group(account: Any) -> Any:
    sagemaker = account.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=account.name("models"))
    return sagemaker


def test_an_object_is_put_only_where_there_is_none(account: Any) -> None:
    """S3 user guide, conditional writes: If-None-Match of * answers 412 where the key is taken."""
    s3, where = bucket(account), {"Bucket": account.name("objects"), "Key": "a"}
    s3.put_object(**where, Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as caught:
        s3.put_object(**where, Body=b"2", IfNoneMatch="*")
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("PreconditionFailed", 412)
    assert s3.get_object(**where)["Body"].read() == b"1"


def test_keys_are_listed_in_the_order_of_their_bytes(account: Any) -> None:
    """S3 API reference, ListObjectsV2: by UTF-8, page by page."""
    s3, name = bucket(account), account.name("objects")
    for key in ("b", "a/z", "a b+c%", "ü", "Z"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == ["Z", "a b+c%", "a/z", "b", "ü"]


def test_a_deleted_object_of_a_versioned_bucket_has_its_versions(account: Any) -> None:
    """S3 user guide, versioning: DeleteObject puts a marker, which is deleted by its own version."""
    s3, name = bucket(account), account.name("objects")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=name, Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=name, Key="a")
    assert marker["DeleteMarker"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=name, Key="a")
    assert s3.get_object(Bucket=name, Key="a", VersionId=first)["Body"].read() == b"1"
    s3.delete_object(Bucket=name, Key="a", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=name, Key="a")["VersionId"] == first


def test_a_fifo_queue_takes_an_id_once(account: Any) -> None:
    """SQS developer guide, exactly-once processing: an id sent again is accepted, and not delivered."""
    sqs = account.client("sqs")
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "30"}
    url = sqs.create_queue(QueueName=account.name("line.fifo"), Attributes=attributes)["QueueUrl"]
    sent = [
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId="one")
        for body in ("first", "second")
    ]
    assert sent[0]["MessageId"] == sent[1]["MessageId"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
    assert [message["Body"] for message in received] == ["first"]


def test_a_condition_that_fails_changes_nothing(account: Any) -> None:
    """DynamoDB developer guide, condition expressions and transactions: reasons in the order of the items."""
    dynamodb, table = account.client("dynamodb"), account.name("items")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    put = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.put_item(**put, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        dynamodb.put_item(**put, Item={"pk": {"S": "a"}, "n": {"N": "2"}})
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Put": put | {"Item": {"pk": {"S": key}}}} for key in ("b", "a")])
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert dynamodb.scan(TableName=table)["Items"] == [{"pk": {"S": "a"}, "n": {"N": "1"}}]


def test_a_parameter_is_written_over_only_when_asked(account: Any) -> None:
    """SSM API reference, PutParameter: Overwrite; the version counts on."""
    ssm, name = account.client("ssm"), f"/{account.name('')}/switch"
    ssm.put_parameter(Name=name, Value="off", Type="String")
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        ssm.put_parameter(Name=name, Value="on", Type="String")
    assert ssm.put_parameter(Name=name, Value="on", Type="String", Overwrite=True)["Version"] == 2


def test_versions_of_a_group_are_numbered_and_approved(account: Any) -> None:
    """SageMaker API reference, model packages: versions from 1, newest first, PendingManualApproval until decided."""
    sagemaker, name = group(account), account.name("models")
    arns = [
        sagemaker.create_model_package(ModelPackageGroupName=name, ModelPackageDescription=f"number {number}")[
            "ModelPackageArn"
        ]
        for number in (1, 2)
    ]
    assert [arn.rsplit("/", 1)[-1] for arn in arns] == ["1", "2"]
    sagemaker.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]
    assert [(one["ModelPackageVersion"], one["ModelApprovalStatus"]) for one in listed] == [
        (2, "PendingManualApproval"),
        (1, "Approved"),
    ]


def test_what_is_not_there_is_a_validation_exception(account: Any) -> None:
    """Reference 9.2: a group, a package and an endpoint that are not there."""
    sagemaker = group(account)
    for ask in (
        lambda: sagemaker.describe_model_package_group(ModelPackageGroupName=account.name("none")),
        lambda: sagemaker.describe_endpoint(EndpointName=account.name("none")),
        lambda: sagemaker.describe_model(ModelName=account.name("none")),
    ):
        with pytest.raises(ClientError, match="ValidationException"):
            ask()


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        pytest.param({"source": ["a"]}, True, id="equal"),
        pytest.param({"source": ["b"]}, False, id="other"),
        pytest.param({"detail": {"key": [{"prefix": "in/"}]}}, True, id="prefix"),
        pytest.param({"detail": {"key": [{"anything-but": ["in/x"]}]}}, False, id="anything-but"),
        pytest.param({"detail": {"none": [{"exists": False}]}}, True, id="exists"),
    ],
)
def test_a_pattern_matches(account: Any, pattern: dict[str, Any], matches: bool) -> None:
    """EventBridge user guide, event patterns."""
    envelope = {
        "id": "1", "account": "123456789012", "source": "a", "time": "2026-03-02T04:05:06Z", "region": "us-east-1",
        "resources": [], "detail-type": "t", "detail": {"key": "in/x"},
    }  # fmt: skip
    events = account.client("events")
    answer = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(envelope))
    assert answer["Result"] is matches
