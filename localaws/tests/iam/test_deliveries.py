"""Deliveries: who hands over needs leave, and what may not be handed over is buried or lost, and logged."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws import DeployRefused, LocalAWS

pytestmark = pytest.mark.contract

TEMPLATE = (Path(__file__).parents[1] / "data" / "template.yaml").read_text()


def messages(aws: LocalAWS, queue: str) -> list[dict[str, Any]]:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
    return found


def set_policy(aws: LocalAWS, queue: str, *statements: dict[str, Any]) -> None:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}) if statements else ""
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def drop(aws: LocalAWS, inbox: str) -> None:
    aws.client("s3").put_object(Bucket=inbox, Key="inbox/a", Body=b"a")
    aws.settle()


def put(aws: LocalAWS) -> None:
    entry = {"EventBusName": "keep", "Source": "keeper", "DetailType": "Told", "Detail": "{}"}
    aws.client("events").put_events(Entries=[entry])
    aws.settle()


def kept(aws: LocalAWS) -> int:
    return int(aws.client("dynamodb").scan(TableName="keep", Select="COUNT")["Count"])


def role(name: str, service: str) -> str:
    """Nobody allows it anything."""
    return f"""
  {name}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{{Effect: Allow, Principal: {{Service: {service}}}, Action: "sts:AssumeRole"}}]
"""


def deploy(aws: LocalAWS, tmp_path: Path, before: str, after: str) -> None:
    """The small stack with one thing changed, and two poor roles."""
    assert TEMPLATE.count(before) == 1
    data = Path(__file__).parents[1] / "data"
    roles = role("Poor", "lambda.amazonaws.com") + role("Strange", "sqs.amazonaws.com")
    text = TEMPLATE.replace(before, after).replace("\nOutputs:\n", f"{roles}\nOutputs:\n")
    for folder in ("functions", "layer"):
        text = text.replace(f"CodeUri: {folder}\n", f"CodeUri: {data / folder}\n")
        text = text.replace(f"ContentUri: {folder},", f"ContentUri: {data / folder},")
    path = tmp_path / "template.yaml"
    path.write_text(text)
    aws.deploy(path, stack="keep")


def test_a_rule_whose_queue_does_not_know_it_goes_to_its_dead_letters_at_once(
    aws: LocalAWS, inbox: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:us-east-1:{aws.account}:rule/another"}}
    arn = f"arn:aws:sqs:us-east-1:{aws.account}:keep-arrivals"
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    set_policy(aws, "keep-arrivals", statement | {"Resource": arn, "Condition": other})
    drop(aws, inbox)

    assert kept(aws) == 0
    (letter,) = messages(aws, "keep-rule-dlq")
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == ("NO_PERMISSIONS", "0")
    assert told["ERROR_MESSAGE"] == (
        f"Service: events.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: {arn} because no "
        "resource-based policy allows the sqs:sendmessage action"
    )
    assert [record for record in caplog.records if "denied: Service: events.amazonaws.com" in record.getMessage()]


def test_dead_letters_need_leave_too_and_else_the_event_is_lost_in_the_log(
    aws: LocalAWS, inbox: str, caplog: pytest.LogCaptureFixture
) -> None:
    for queue in ("keep-arrivals", "keep-rule-dlq"):
        set_policy(aws, queue)
    drop(aws, inbox)

    assert (kept(aws), messages(aws, "keep-rule-dlq")) == (0, [])
    assert [record for record in caplog.records if "lost on the way to" in record.getMessage()]


def test_an_attribute_of_a_queue_leaves_its_policy_alone(aws: LocalAWS, inbox: str) -> None:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="keep-arrivals")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "130"})
    drop(aws, inbox)
    assert kept(aws) == 1


def test_a_rule_reaches_a_function_and_a_topic_a_queue_by_their_policies(aws: LocalAWS) -> None:
    put(aws)
    assert len(messages(aws, "keep-topic")) == 1
    assert aws.logs("keep-direct").count("START") == 1


@pytest.mark.parametrize("service", ["sns", "events"])
def test_a_topic_without_leave_loses_what_it_would_send(
    aws: LocalAWS, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    if service == "sns":
        set_policy(aws, "keep-topic")
    else:
        (topic,) = aws.client("sns").list_topics()["Topics"]
        nobody = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic["TopicArn"]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
        aws.client("sns").set_topic_attributes(**topic, AttributeName="Policy", AttributeValue=policy)
    put(aws)
    assert messages(aws, "keep-topic") == []
    assert [
        record for record in caplog.records if f"Service: {service}.amazonaws.com is not auth" in record.getMessage()
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("SourceArn: !GetAtt BusRule.Arn\n", "SourceArn: !GetAtt ArrivalRule.Arn\n"), id="another-rule"),
        pytest.param(("Principal: events.amazonaws.com\n", "Principal: s3.amazonaws.com\n"), id="another-service"),
        pytest.param(("Action: lambda:InvokeFunction\n", "Action: lambda:GetFunction\n"), id="another-action"),
    ],
)
def test_a_rule_that_may_not_invoke_a_function_does_not(
    bare: LocalAWS, tmp_path: Path, change: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    deploy(bare, tmp_path, *change)
    put(bare)
    assert "START" not in bare.logs("keep-direct")
    assert [record for record in caplog.records if "perform: lambda:InvokeFunction" in record.getMessage()]


def test_a_schedule_fires_by_its_role(aws: LocalAWS, caplog: pytest.LogCaptureFixture) -> None:
    iam = aws.client("iam")
    aws.advance(timedelta(minutes=2))
    fired = aws.logs("keep-tick").count("START")
    (role,) = [role["RoleName"] for role in iam.list_roles()["Roles"] if "MinuteRole" in role["RoleName"]]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    aws.advance(timedelta(minutes=2))
    assert fired == aws.logs("keep-tick").count("START") == 2
    assert [record for record in caplog.records if "dropped on the way to" in record.getMessage()]


def test_a_queue_is_left_alone_once_the_role_may_not_receive(aws: LocalAWS, inbox: str) -> None:
    iam = aws.client("iam")
    (role,) = [role["RoleName"] for role in iam.list_roles()["Roles"] if "QueueFunction" in role["RoleName"]]
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    drop(aws, inbox)
    assert kept(aws) == 0
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    drop(aws, inbox)
    assert kept(aws) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            (
                "      Handler: keeper.app.from_fifo\n",
                "      Handler: keeper.app.from_fifo\n      Role: !GetAtt Poor.Arn\n",
            ),
            "FifoFunctionLine: The provided execution role does not have permissions to call sqs:ReceiveMessage, "
            "sqs:DeleteMessage, sqs:GetQueueAttributes on",
            id="mapping",
        ),
        pytest.param(
            ("      Handler: keeper.app.direct\n", "      Handler: keeper.app.direct\n      Role: !GetAtt Poor.Arn\n"),
            "DirectFunction: User: .* is not authorized to perform: sqs:sendmessage on resource: .*:keep-rule-dlq",
            id="dead-letters",
        ),
        pytest.param(
            ("      Handler: keeper.app.tick\n", "      Handler: keeper.app.tick\n      Role: !GetAtt Strange.Arn\n"),
            "TickFunction: The role defined for the function cannot be assumed by Lambda",
            id="trust",
        ),
        pytest.param(
            (
                "            ScheduleExpression: rate",
                "            RoleArn: !GetAtt Poor.Arn\n            ScheduleExpression: rate",
            ),
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role",
            id="schedule",
        ),
    ],
)
def test_what_could_never_work_is_refused_when_it_is_deployed(
    bare: LocalAWS, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(DeployRefused, match=told):
        deploy(bare, tmp_path, *change)
