"""Deploying: what is known is made, what is not is refused before anything is made."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import DeployRefused, LocalAWS

pytestmark = pytest.mark.contract

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"
QUEUE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
DATED = (
    '{Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*",'
    " Condition: {DateLessThan: {aws:CurrentTime: '2026-01-01'}}}]}"
)


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(text)
    return file


def _outputs(aws: LocalAWS, stack: str = "keep") -> dict[str, str]:
    described = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def test_outputs_are_resolved_and_shown_by_cloudformation(aws: LocalAWS, inbox: str) -> None:
    assert _outputs(aws) == {
        "InboxBucket": inbox,
        "TableName": "keep",
        "ArrivalsUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/keep-arrivals",
        "Greeting": "hello-b-plain",
        "Mapped": "10 of us-east-1",
    }


def test_resources_are_listed(aws: LocalAWS, inbox: str) -> None:
    client = aws.client("cloudformation")
    found = client.describe_stack_resources(StackName="keep")["StackResources"]
    by_id = {resource["LogicalResourceId"]: resource for resource in found}
    assert by_id["Inbox"]["PhysicalResourceId"] == inbox
    assert by_id["QueueFunction"]["ResourceType"] == "AWS::Lambda::Function"
    summaries = client.list_stack_resources(StackName="keep")["StackResourceSummaries"]
    assert len(summaries) == len(found)
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_stacks(StackName="other")


def test_what_moto_would_have_skipped_is_there(aws: LocalAWS, inbox: str) -> None:
    s3, table = aws.client("s3"), aws.client("dynamodb")
    assert s3.get_bucket_versioning(Bucket=inbox)["Status"] == "Enabled"
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=inbox)
    assert s3.get_public_access_block(Bucket=inbox)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=inbox)["Rules"]) == 2
    assert s3.get_bucket_ownership_controls(Bucket=inbox)["OwnershipControls"]["Rules"]
    assert "SecureTransport" in s3.get_bucket_policy(Bucket=inbox)["Policy"]
    assert table.describe_time_to_live(TableName="keep")["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    backups = table.describe_continuous_backups(TableName="keep")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"][0]["TreatMissingData"] == "notBreaching"
    group = aws.client("logs").describe_log_groups()["logGroups"][0]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/aws/lambda/keep-direct", 30)
    assert aws.client("ssm").get_parameter(Name="/keep/switch")["Parameter"]["Value"] == "off"
    assert len(aws.client("sns").list_subscriptions()["Subscriptions"]) == 1


def test_unknown_types_and_properties_are_all_named_and_nothing_is_made(bare: LocalAWS, tmp_path: Path) -> None:
    text = QUEUE + "    Properties: {QueueName: mine, Colour: blue}\n  Cluster: {Type: AWS::ECS::Cluster}\n"
    with pytest.raises(DeployRefused) as refused:
        bare.deploy(_write(tmp_path, text), stack="s")
    assert len(refused.value.problems) == 2
    assert "Queue (AWS::SQS::Queue).Colour is not known" in refused.value.problems[0]
    assert "AWS::ECS::Cluster" in refused.value.problems[1]
    assert "QueueUrls" not in bare.client("sqs").list_queues()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(QUEUE + "    Properties: {QueueName: !ImportValue x}\n", "Fn::ImportValue", id="import"),
        pytest.param(QUEUE + "    Properties: {QueueName: !Ref Nowhere}\n", "Ref Nowhere", id="ref"),
        pytest.param(
            QUEUE + "    Properties: {QueueName: !GetAtt Queue2.Colour}\n  Queue2: {Type: AWS::SQS::Queue}\n",
            "Queue2.Colour",
            id="attribute",
        ),
        pytest.param(QUEUE + "    Properties: {QueueName: '{{resolve:ssm:/a}}'}\n", "dynamic", id="dynamic"),
        pytest.param("Parameters: {A: {Type: String}}\n" + QUEUE, "A has neither", id="no-value"),
        pytest.param(
            "Parameters: {A: {Type: String, Default: x, AllowedValues: [y]}}\n" + QUEUE, "none of y", id="values"
        ),
        pytest.param("Rules: {}\n" + QUEUE, "section Rules", id="section"),
        pytest.param(QUEUE + "    CreationPolicy: {}\n", "CreationPolicy", id="resource-key"),
        pytest.param(
            QUEUE + "    DependsOn: B\n  B: {Type: AWS::SQS::Queue, DependsOn: Queue}\n",
            "circular dependency: Queue -> B -> Queue",
            id="cycle",
        ),
        pytest.param(
            QUEUE + f"  Policy: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [], PolicyDocument: {DATED}}}}}\n",
            "Policy: the condition operator DateLessThan in a policy is not emulated",
            id="policy",
        ),
    ],
)
def test_refusals(bare: LocalAWS, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeployRefused, match=message):
        bare.deploy(_write(tmp_path, text), stack="s")


def test_a_parameter_that_is_not_there_is_refused(bare: LocalAWS) -> None:
    with pytest.raises(DeployRefused, match="parameter Nope is not in the template"):
        bare.deploy(TEMPLATE, stack="keep", parameters={"Nope": "1"})


def test_conditions_decide_what_is_made(bare: LocalAWS) -> None:
    bare.deploy(TEMPLATE, stack="keep", parameters={"WithExtra": "yes", "Greeting": "goodbye"})
    assert _outputs(bare)["Greeting"] == "goodbye-b-extra"
    assert _outputs(bare)["Extra"] in [bucket["Name"] for bucket in bare.client("s3").list_buckets()["Buckets"]]


def test_functions_must_share_their_variables(bare: LocalAWS, tmp_path: Path) -> None:
    text = TEMPLATE.read_text().replace("CodeUri: functions", f"CodeUri: {TEMPLATE.parent / 'functions'}")
    text = text.replace(
        "Handler: keeper.app.tick", "Handler: keeper.app.tick\n      Environment: {Variables: {OWN: a}}"
    )
    with pytest.raises(DeployRefused, match="differ in OWN"):
        bare.deploy(_write(tmp_path, text), stack="keep")


def test_deploying_again_changes_nothing_and_loses_nothing(aws: LocalAWS, inbox: str) -> None:
    aws.client("s3").put_object(Bucket=inbox, Key="elsewhere/a", Body=b"x")
    before = len(aws.calls.mutating)
    aws.deploy(TEMPLATE, stack="keep")
    assert len(aws.calls.mutating) == before
    assert aws.client("s3").get_object(Bucket=inbox, Key="elsewhere/a")["Body"].read() == b"x"


def test_an_update_changes_what_can_change_in_place(bare: LocalAWS, tmp_path: Path) -> None:
    fixed = QUEUE + "    Properties: {QueueName: mine, VisibilityTimeout: 30}\n"
    bare.deploy(_write(tmp_path, fixed), stack="s")
    bare.deploy(_write(tmp_path, fixed.replace("30", "90")), stack="s")
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/mine"
    attributes: dict[str, Any] = bare.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "90"
    with pytest.raises(DeployRefused, match="would be replaced"):
        bare.deploy(_write(tmp_path, fixed.replace("mine", "other")), stack="s")
    with pytest.raises(DeployRefused, match="is gone from the template"):
        bare.deploy(_write(tmp_path, "Resources:\n  Other: {Type: AWS::SQS::Queue}\n"), stack="s")
