"""Buckets and their settings. Sources: API Reference, CreateBucket, DeleteBucket and the operations of each setting;
User Guide, bucket naming rules, default settings of new buckets."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.contract
RULE: dict[str, Any] = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 3}}


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 64, "Upper", "under_score", "-dash", "dash-", "two..dots", "192.168.0.1", "xn--a", "a-s3alias"],
)
def test_names_that_no_bucket_may_have(box: Any, name: str) -> None:
    with pytest.raises((ClientError, ValueError), match=r"InvalidBucketName|Invalid bucket name"):
        box.s3.create_bucket(Bucket=name)


def test_a_bucket_of_ones_own_is_created_again_without_effect(box: Any) -> None:
    """API Reference: in us-east-1 you get 200 OK, with no error."""
    box.put("a")
    box("create_bucket")
    assert box.keys() == ["a"]


def test_a_bucket_is_there_and_in_the_region(box: Any) -> None:
    assert box("head_bucket")["BucketRegion"] == "us-east-1"
    assert box("get_bucket_location")["LocationConstraint"] is None
    with pytest.raises(ClientError) as caught:
        box.s3.head_bucket(Bucket="not-there-at-all")
    assert caught.value.response["Error"]["Code"] == "404"
    elsewhere = {"LocationConstraint": "eu-central-1"}
    refused = box.refused("create_bucket", CreateBucketConfiguration=elsewhere)
    assert refused == ("IllegalLocationConstraintException", 400)


def test_a_bucket_with_anything_in_it_stays(box: Any) -> None:
    box.version()
    version = box.put("a")["VersionId"]
    marker = box("delete_object", "a")["VersionId"]
    assert box.refused("delete_bucket") == ("BucketNotEmpty", 409)
    box("delete_object", "a", VersionId=version)
    assert box.refused("delete_bucket") == ("BucketNotEmpty", 409)
    box("delete_object", "a", VersionId=marker)
    upload, _ = box.upload("a", b"x")
    box("delete_bucket")
    assert box.refused("list_objects_v2") == ("NoSuchBucket", 404)
    assert box.refused("upload_part", "a", **upload, PartNumber=1, Body=b"x") == ("NoSuchBucket", 404)


def test_a_new_bucket_is_private_encrypted_and_its_owners(box: Any) -> None:
    assert set(box("get_public_access_block")["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = box("get_bucket_encryption")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert box("get_bucket_ownership_controls")["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    assert "Status" not in box("get_bucket_versioning")


@pytest.mark.parametrize(
    ("name", "member", "given"),
    [
        ("bucket_versioning", "VersioningConfiguration", {"Status": "Enabled"}),
        (
            "public_access_block",
            "PublicAccessBlockConfiguration",
            {
                "BlockPublicAcls": True,
                "IgnorePublicAcls": False,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": False,
            },
        ),
        (
            "bucket_ownership_controls",
            "OwnershipControls",
            {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        ),
        (
            "bucket_encryption",
            "ServerSideEncryptionConfiguration",
            {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"},
                        "BucketKeyEnabled": True,
                    }
                ]
            },
        ),
        ("bucket_tagging", "Tagging", {"TagSet": [{"Key": "k", "Value": "<v&"}]}),
        (
            "bucket_lifecycle_configuration",
            "LifecycleConfiguration",
            {
                "Rules": [
                    RULE,
                    {
                        "ID": "parts",
                        "Status": "Disabled",
                        "Filter": {"And": {"Prefix": "b/", "Tags": [{"Key": "k", "Value": "v"}]}},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    },
                ]
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_is_shown_as_it_was_given(box: Any, name: str, member: str, given: dict[str, Any]) -> None:
    box(f"put_{name}", **{member: given})
    shown = box(f"get_{name}")
    assert {key: shown.get(member, shown)[key] for key in given} == given


def test_a_policy_is_kept_as_it_was_written(box: Any) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{box.name}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)
    box("put_bucket_policy", Policy=policy)
    assert box("get_bucket_policy")["Policy"] == policy
    box("delete_bucket_policy")
    assert box.refused("get_bucket_policy") == ("NoSuchBucketPolicy", 404)
    assert box.refused("put_bucket_policy", Policy="[]") == ("MalformedPolicy", 400)


@pytest.mark.parametrize(
    ("name", "code", "delete"),
    [
        ("bucket_tagging", "NoSuchTagSet", "delete_bucket_tagging"),
        ("bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration", "delete_bucket_lifecycle"),
        ("public_access_block", "NoSuchPublicAccessBlockConfiguration", "delete_public_access_block"),
        ("bucket_ownership_controls", "OwnershipControlsNotFoundError", "delete_bucket_ownership_controls"),
    ],
)
def test_a_setting_that_is_taken_away_is_not_there(box: Any, name: str, code: str, delete: str) -> None:
    box(delete)
    assert box.refused(f"get_{name}") == (code, 404)


def test_encryption_falls_back_to_the_default(box: Any) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    box("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [rule]})
    box("delete_bucket_encryption")
    assert box.put("a")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([RULE, RULE], "InvalidArgument"),
        ([RULE | {"Status": "On"}], "MalformedXML"),
        ([{key: value for key, value in RULE.items() if key != "Expiration"}], "InvalidRequest"),
        ([{key: value for key, value in RULE.items() if key != "Filter"}], "MalformedXML"),
    ],
    ids=["same-id", "status", "no-action", "no-filter"],
)
def test_lifecycle_rules_are_checked(box: Any, rules: list[dict[str, Any]], code: str) -> None:
    put = "put_bucket_lifecycle_configuration"
    assert box.refused(put, LifecycleConfiguration={"Rules": rules}) == (code, 400)


def test_a_lifecycle_rule_without_an_id_gets_one(box: Any) -> None:
    rule = {key: value for key, value in RULE.items() if key != "ID"}
    box("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [rule]})
    assert len(box("get_bucket_lifecycle_configuration")["Rules"][0]["ID"]) > 20


def test_eventbridge_is_the_only_way_of_events(box: Any) -> None:
    box.tell()
    assert box("get_bucket_notification_configuration")["EventBridgeConfiguration"] == {}
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
    more = {"NotificationConfiguration": {"QueueConfigurations": [queue]}}
    assert box.refused("put_bucket_notification_configuration", **more) == ("NotImplemented", 501)
    box("put_bucket_notification_configuration", NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in box("get_bucket_notification_configuration")


@pytest.mark.parametrize(
    "operation",
    ["get_bucket_acl", "get_bucket_cors", "get_bucket_website", "get_bucket_logging", "get_bucket_replication"],
)
def test_settings_that_are_not_here_say_so(box: Any, operation: str) -> None:
    assert box.refused(operation) == ("NotImplemented", 501)


def test_settings_of_a_bucket_that_is_not_there(new_box: Callable[[], Any]) -> None:
    box = new_box()
    box("delete_bucket")
    assert box.refused("get_bucket_versioning") == ("NoSuchBucket", 404)
    assert box.refused("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})[0] == "NoSuchBucket"
