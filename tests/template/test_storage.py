"""Buckets and table: kept when the stack goes, private, encrypted, versioned; nothing expires that is still used."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.stack import Resource, Stack, statements

pytestmark = pytest.mark.template

KEPT = {"AWS::S3::Bucket", "AWS::DynamoDB::Table"}


def rules(bucket: Resource) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bucket.properties["LifecycleConfiguration"]["Rules"]
    return found


def test_what_is_kept_outlives_the_stack(stack: Stack) -> None:
    resources = [resource for resource in stack.plain["Resources"].values() if resource["Type"] in KEPT]
    assert len(resources) == 3
    for resource in resources:
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_buckets_are_private_encrypted_and_versioned(stack: Stack) -> None:
    for bucket in stack.of("AWS::S3::Bucket"):
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket.properties["PublicAccessBlockConfiguration"]) == 4
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket.properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        [encryption] = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_buckets_speak_tls_only(stack: Stack) -> None:
    for bucket in stack.of("AWS::S3::Bucket"):
        name = bucket.properties["BucketName"]
        policy = stack.named("AWS::S3::BucketPolicy", "Bucket", name)
        [tls] = [s for s in statements(policy.id, policy.properties["PolicyDocument"]) if s.sid == "OnlyTls"]
        assert (tls.effect, tls.actions, tls.principal) == ("Deny", ["s3:*"], "*")
        assert tls.resources == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        assert tls.condition == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_inbox_tells_of_its_objects(stack: Stack) -> None:
    telling = [b.id for b in stack.of("AWS::S3::Bucket") if "NotificationConfiguration" in b.properties]
    assert telling == ["InboxBucket"], "what Leeway writes must not trigger it again"


def test_only_the_pipeline_writes_runs(stack: Stack) -> None:
    policy = stack.resources["ArtifactsBucketPolicy"]
    [runs] = [s for s in statements(policy.id, policy.properties["PolicyDocument"]) if "/runs/*" in s.resources[0]]
    assert (runs.effect, runs.actions, runs.principal) == ("Deny", ["s3:PutObject"], "*")
    assert runs.condition == {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/leeway-pipeline"}}
    writers = {
        statement.owner
        for statement in stack.granted()
        if "s3:PutObject" in statement.actions and any("/runs/" in arn for arn in statement.resources)
    }
    assert writers == {"PipelineRole"}


def test_versions_are_readable_for_as_long_as_a_message_can_name_them(stack: Stack) -> None:
    longest = max(queue.properties["MessageRetentionPeriod"] for queue in stack.of("AWS::SQS::Queue"))
    [old] = [rule for rule in rules(stack.resources["InboxBucket"]) if "NoncurrentVersionExpiration" in rule]
    assert old["NoncurrentVersionExpiration"]["NoncurrentDays"] * 86400 > longest
    assert not any("ExpirationInDays" in rule for rule in rules(stack.resources["InboxBucket"]))


def test_a_cached_step_never_points_to_what_has_expired(stack: Stack, root: Path) -> None:
    """SageMaker takes a step from its cache without a look at S3, so runs/ must be kept for longer."""
    texts = [path.read_text(encoding="utf-8") for path in (root / "training/pipeline/skeletons").glob("*.json")]
    cached = [days(value) for text in texts for value in expirations(json.loads(text))]
    expiring = [
        int(rule["ExpirationInDays"])
        for rule in rules(stack.resources["ArtifactsBucket"])
        if "ExpirationInDays" in rule and overlaps(rule.get("Prefix", ""), "runs/")
    ]
    assert min(expiring, default=10**6) > max(cached, default=0)


def overlaps(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def expirations(value: Any) -> list[str]:
    """Every ExpireAfter in a definition."""
    if isinstance(value, list):
        return [found for item in value for found in expirations(item)]
    if not isinstance(value, dict):
        return []
    own = [value["ExpireAfter"]] if "ExpireAfter" in value else []
    return own + [found for item in value.values() for found in expirations(item)]


def days(duration: str) -> float:
    """Days of an ISO 8601 duration of weeks, days and hours, such as P7D or PT12H."""
    parts = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?)?", duration, re.IGNORECASE)
    assert parts, duration
    weeks, whole, hours = (int(part or 0) for part in parts.groups())
    return weeks * 7 + whole + hours / 24


@pytest.mark.parametrize(
    ("duration", "expected"),
    [pytest.param("P30D", 30, id="days"), pytest.param("PT12H", 0.5, id="hours"), pytest.param("P2W", 14, id="weeks")],
)
def test_durations_are_read(duration: str, expected: float) -> None:
    assert days(duration) == expected


def test_the_table_has_the_sparse_index_and_can_be_restored(stack: Stack) -> None:
    table = stack.resources["Table"].properties
    [index] = table["GlobalSecondaryIndexes"]
    assert [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]] == [
        ("due", "HASH"),
        ("due_at", "RANGE"),
    ]
    assert (index["IndexName"], index["Projection"]) == ("due", {"ProjectionType": "KEYS_ONLY"})
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    assert types == {"pk": "S", "sk": "S", "due": "S", "due_at": "N"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
