"""Operations that moto answers, each over the wire: what is written is what is read, as the API references say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
PATTERN = {"source": ["own"]}


@pytest.fixture
def role(bare: LocalAWS) -> str:
    """The name of a role."""
    document = json.dumps(TRUST)
    bare.client("iam").create_role(RoleName="worker", Path="/team/", AssumeRolePolicyDocument=document, Description="d")
    return "worker"


def test_a_role_is_described_as_it_was_made(bare: LocalAWS, role: str) -> None:
    found = bare.client("iam").get_role(RoleName=role)["Role"]
    assert (found["Arn"], found["Description"]) == ("arn:aws:iam::123456789012:role/team/worker", "d")
    assert (found["AssumeRolePolicyDocument"], found["MaxSessionDuration"]) == (TRUST, 3600)
    assert found["RoleId"].startswith("AROA")
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        bare.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))


def test_a_policy_put_again_replaces_the_one_of_its_name(bare: LocalAWS, role: str) -> None:
    iam = bare.client("iam")
    for action in ("s3:GetObject", "s3:PutObject"):
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["own"]
    found = iam.get_role_policy(RoleName=role, PolicyName="own")
    assert found["PolicyDocument"]["Statement"][0]["Action"] == "s3:PutObject"
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role_policy(RoleName=role, PolicyName="other")


def test_a_policy_is_attached_until_it_is_detached(bare: LocalAWS, role: str) -> None:
    iam = bare.client("iam")
    arn = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == READ
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "read", "PolicyArn": arn}]
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_a_role_with_policies_is_not_deleted(bare: LocalAWS, role: str) -> None:
    iam = bare.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(READ))
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_role(RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="own")
    iam.delete_role(RoleName=role)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName=role)


def test_targets_of_a_rule_are_put_and_listed_by_their_ids(bare: LocalAWS) -> None:
    events, queue = bare.client("events"), "arn:aws:sqs:us-east-1:123456789012:line"
    events.create_event_bus(Name="own")
    arn = events.put_rule(Name="watch", EventBusName="own", EventPattern=json.dumps(PATTERN))["RuleArn"]
    assert arn == "arn:aws:events:us-east-1:123456789012:rule/own/watch"
    where: dict[str, Any] = {"Rule": "watch", "EventBusName": "own"}
    events.put_targets(**where, Targets=[{"Id": "a", "Arn": queue}, {"Id": "b", "Arn": queue}])
    events.put_targets(**where, Targets=[{"Id": "a", "Arn": f"{queue}-2"}])
    listed = events.list_targets_by_rule(**where)["Targets"]
    assert listed == [{"Id": "a", "Arn": f"{queue}-2"}, {"Id": "b", "Arn": queue}]


def test_a_rule_is_disabled_enabled_and_deleted(bare: LocalAWS) -> None:
    events = bare.client("events")
    events.put_rule(Name="watch", EventPattern=json.dumps(PATTERN))
    states = [events.list_rules()["Rules"][0]["State"]]
    for change in (events.disable_rule, events.enable_rule):
        change(Name="watch")
        states.append(events.list_rules()["Rules"][0]["State"])
    assert states == ["ENABLED", "DISABLED", "ENABLED"]
    events.delete_rule(Name="watch")
    assert events.list_rules()["Rules"] == []


def test_a_table_keeps_its_time_to_live_and_its_backups(bare: LocalAWS) -> None:
    dynamodb, table = bare.client("dynamodb"), {"TableName": "rows"}
    keys = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    dynamodb.create_table(**table, **keys, KeySchema=schema, BillingMode="PAY_PER_REQUEST")
    lives = {"AttributeName": "until", "Enabled": True}
    dynamodb.update_time_to_live(**table, TimeToLiveSpecification=lives)
    said = dynamodb.describe_time_to_live(**table)["TimeToLiveDescription"]
    assert said == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(**table, PointInTimeRecoverySpecification=recovery)
    backups = dynamodb.describe_continuous_backups(**table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_log_group_keeps_its_retention(bare: LocalAWS) -> None:
    logs = bare.client("logs")
    logs.create_log_group(logGroupName="/own")
    logs.put_retention_policy(logGroupName="/own", retentionInDays=14)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/own")["logGroups"]
    assert group["retentionInDays"] == 14
    with pytest.raises(ClientError, match="ResourceAlreadyExists"):
        logs.create_log_group(logGroupName="/own")


def test_dashboards_are_listed(bare: LocalAWS) -> None:
    cloudwatch = bare.client("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="own", DashboardBody='{"widgets": []}')
    assert [one["DashboardName"] for one in cloudwatch.list_dashboards()["DashboardEntries"]] == ["own"]


def test_a_dashboard_is_read_and_deleted(bare: LocalAWS) -> None:
    cloudwatch = bare.client("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="own", DashboardBody='{"widgets": []}')
    assert cloudwatch.get_dashboard(DashboardName="own")["DashboardBody"] == '{"widgets": []}'
    cloudwatch.delete_dashboards(DashboardNames=["own"])
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_dashboard(DashboardName="own")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_actions_of_an_alarm_are_disabled_and_enabled(bare: LocalAWS) -> None:
    cloudwatch = bare.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        Namespace="Own",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    enabled = [cloudwatch.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"]]
    for change in (cloudwatch.disable_alarm_actions, cloudwatch.enable_alarm_actions):
        change(AlarmNames=["a"])
        enabled.append(cloudwatch.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"])
    assert enabled == [True, False, True]


def test_what_is_published_reaches_the_queues_of_a_topic(bare: LocalAWS) -> None:
    sns, sqs = bare.client("sns"), bare.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = "arn:aws:sqs:us-east-1:123456789012:line"
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]})
    url = sqs.create_queue(QueueName="line", Attributes={"Policy": policy})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Subject="s", Message="hello")
    bare.settle()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert (body["Type"], body["TopicArn"], body["Subject"], body["Message"]) == ("Notification", topic, "s", "hello")


def test_a_policy_of_a_topic_takes_the_place_of_the_first_one(bare: LocalAWS) -> None:
    sns = bare.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    assert json.loads(shown) == json.loads(policy)


def test_settings_of_a_bucket_are_put_and_shown(bare: LocalAWS) -> None:
    s3, bucket = bare.client("s3"), "settings"
    s3.create_bucket(Bucket=bucket)
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == rules
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        pytest.param("sns", "get_sms_attributes", {}, id="sns"),
        pytest.param("dynamodb", "list_backups", {}, id="dynamodb"),
        pytest.param("iam", "list_users", {}, id="iam"),
        pytest.param("sts", "get_session_token", {}, id="sts"),
        pytest.param("events", "list_archives", {}, id="events"),
        pytest.param("cloudwatch", "list_metric_streams", {}, id="cloudwatch"),
        pytest.param("logs", "describe_destinations", {}, id="logs"),
    ],
)
def test_what_moto_would_answer_and_no_rule_holds_is_refused(
    bare: LocalAWS, service: str, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=r"is not emulated by localaws \(see COVERAGE.md\)") as caught:
        getattr(bare.client(service), operation)(**request_)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
