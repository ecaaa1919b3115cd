"""Killed and started again on the same folder: nothing that was acknowledged is lost, and what was under way goes on.

A copy of the folder, taken while an AWS is open, is what a kill at that moment leaves behind.
"""

import ast
import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import localaws
from localaws import LocalAWS
from localaws.errors import StateError

pytestmark = pytest.mark.contract

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"
ARRIVALS = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-arrivals"


def test_what_moto_keeps_is_there_again(killed: Any) -> None:
    aws = killed.aws
    aws.deploy(TEMPLATE, stack="keep")
    dynamodb, sns, iam = aws.client("dynamodb"), aws.client("sns"), aws.client("iam")
    for number in range(3):
        dynamodb.put_item(TableName="keep", Item={"pk": {"S": "a"}, "sk": {"S": str(number)}, "n": {"N": "1"}})
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:keep-arrivals-dlq")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    dynamodb.delete_item(TableName="keep", Key={"pk": {"S": "a"}, "sk": {"S": "1"}})
    rules = aws.client("events").list_rules()["Rules"]
    killed.kill()
    found = dynamodb.scan(TableName="keep")["Items"]
    assert sorted(item["sk"]["S"] for item in found) == ["0", "2"]
    assert [
        one["Endpoint"].rsplit(":", 1)[-1] for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    ] == ["keep-arrivals-dlq"]
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == roles
    assert aws.client("events").list_rules()["Rules"] == rules


def test_a_stack_goes_on_where_it_was_without_a_deployment(killed: Any) -> None:
    aws = killed.aws
    aws.deploy(TEMPLATE, stack="keep")
    aws.client("sqs").send_message(QueueUrl=ARRIVALS, MessageBody='{"key": "a"}')
    aws = killed.kill()
    aws.settle()
    item = {"pk": {"S": "object"}, "sk": {"S": "a"}}
    assert "Item" in aws.client("dynamodb").get_item(TableName="keep", Key=item)
    aws = killed.kill()
    aws.deploy(TEMPLATE, stack="keep")
    assert "Item" in aws.client("dynamodb").get_item(TableName="keep", Key=item)


def test_virtual_time_goes_on(killed: Any) -> None:
    killed.aws.advance(timedelta(days=40))
    before = killed.aws.now()
    assert timedelta(0) <= killed.kill().now() - before < timedelta(minutes=5)


def test_a_state_of_another_version_is_refused_and_left_as_it_is(killed: Any) -> None:
    killed.aws.client("ssm").put_parameter(Name="a", Value="b", Type="String")
    folder = killed.copy()
    killed.aws.close()
    base = sqlite3.connect(folder / "state.db")
    base.execute("UPDATE kept SET value = 'name: int' WHERE part = 'class'")
    base.commit()
    base.close()
    with pytest.raises(StateError, match=r"another version of localaws .*Use another state folder, or begin afresh"):
        LocalAWS(state_dir=folder, keep=True)
    killed.aws = LocalAWS(state_dir=killed.aws.state_dir, keep=True)
    assert killed.aws.client("ssm").get_parameter(Name="a")["Parameter"]["Value"] == "b"


def _take(aws: LocalAWS, url: str, **more: Any) -> list[Any]:
    return list(aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", []))


def test_messages_are_where_they_were(killed: Any) -> None:
    """In flight with their receipts and timeouts, delayed, and remembered for deduplication."""
    sqs = killed.aws.client("sqs")
    url = sqs.create_queue(QueueName="line.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body)
    (first,) = killed.aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    aws = killed.kill()
    assert [one["Body"] for one in _take(aws, url)] == ["b1"]
    sqs.send_message(QueueUrl=url, MessageBody="a2", MessageGroupId="a", MessageDeduplicationId="a2")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    aws = killed.kill()
    assert [one["Body"] for one in _take(aws, url)] == ["a2"]
    aws.advance(timedelta(seconds=31))
    aws = killed.kill()
    assert [one["Body"] for one in _take(aws, url)] == ["b1", "a2"]
    sqs.purge_queue(QueueUrl=url)
    aws = killed.kill()
    assert (_take(aws, url), aws.queues.find("line.fifo").messages) == ([], {})


def test_a_deleted_table_does_not_come_back_with_its_items(killed: Any) -> None:
    dynamodb = killed.aws.client("dynamodb")
    table: dict[str, Any] = {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for _ in range(2):
        dynamodb.create_table(**table)
        assert dynamodb.scan(TableName="t")["Items"] == []
        put = {"PutRequest": {"Item": {"pk": {"S": "a"}}}}
        dynamodb.batch_write_item(RequestItems={"t": [put]})
        killed.kill()
        assert dynamodb.scan(TableName="t")["Items"] == [{"pk": {"S": "a"}}]
        dynamodb.delete_table(TableName="t")


def test_events_and_invocations_that_were_accepted_are_delivered(killed: Any) -> None:
    killed.aws.deploy(TEMPLATE, stack="keep")
    functions = killed.aws.client("lambda")
    name = "keep-direct"
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    aws = killed.kill()
    aws.settle()
    assert aws.logs(name).count("START") == 1


def test_of_the_firings_that_were_missed_one_is_made_up_for(killed: Any) -> None:
    """A laptop that was off for a night does not fire a minute's schedule six hundred times in the morning."""
    killed.aws.deploy(TEMPLATE, stack="keep")
    killed.aws.settle()
    before = {name: killed.aws.logs(name).count("START") for name in killed.aws.lambda_.functions}
    folder = killed.copy()
    clock = folder / "clock.json"
    clock.write_text(json.dumps({"offset_seconds": json.loads(clock.read_text())["offset_seconds"] + 36_000}))
    killed.aws.close()
    killed.aws = LocalAWS(state_dir=folder, keep=True)
    killed.aws.settle()
    fired = {name: killed.aws.logs(name).count("START") - before[name] for name in before}
    assert max(fired.values()) == 1


def test_time_goes_on_though_the_clock_of_the_machine_was_set_back_meanwhile(killed: Any) -> None:
    before, folder = killed.aws.now(), killed.copy()
    clock = folder / "clock.json"
    kept = json.loads(clock.read_text())
    clock.write_text(json.dumps(kept | {"offset_seconds": kept["offset_seconds"] - 36_000}))
    killed.aws.close()
    killed.aws = LocalAWS(state_dir=folder, keep=True)
    assert timedelta(seconds=-2) < killed.aws.now() - before < timedelta(seconds=60)


def test_on_a_full_disk_nothing_is_answered_that_is_not_kept(killed: Any) -> None:
    """Not even a look, which would show what is in memory alone; the next start has what was answered before."""
    killed.aws.deploy(TEMPLATE, stack="keep")
    dynamodb, sqs, told = killed.aws.client("dynamodb"), killed.aws.client("sqs"), []
    item = {"pk": {"S": "a"}, "sk": {"S": "small"}}
    dynamodb.put_item(TableName="keep", Item=item)
    killed.aws.world.broken = told.append
    base = killed.aws._keeper._file._base
    base.execute(f"PRAGMA max_page_count = {base.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(ClientError, match="disk is full"):
        dynamodb.put_item(TableName="keep", Item=item | {"sk": {"S": "large"}, "text": {"S": "x" * 300_000}})
    with pytest.raises(ClientError, match="Make room on the disk"):
        dynamodb.scan(TableName="keep")
    with pytest.raises(ClientError, match="Make room on the disk"):
        sqs.send_message(QueueUrl=ARRIVALS, MessageBody='{"key": "a"}')
    assert len(told) == 1
    aws = killed.kill()
    assert dynamodb.scan(TableName="keep")["Items"] == [item]
    aws.settle()
    assert "START" not in aws.logs("keep-arrivals")


def test_a_full_disk_at_the_start_is_no_reason_to_throw_the_state_away(tmp_path: Path) -> None:
    import resource

    with LocalAWS(state_dir=tmp_path, keep=True):
        pass
    (tmp_path / "state.db").rename(tmp_path / "kept")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(StateError, match="make room on the disk, then start it again"):
            LocalAWS(state_dir=tmp_path, keep=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (tmp_path / "kept").rename(tmp_path / "state.db")
    with LocalAWS(state_dir=tmp_path, keep=True):
        pass


def test_metrics_and_alarms_go_on(killed: Any) -> None:
    cloudwatch = killed.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="high",
        Namespace="own",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m", "Value": 5.0}])
    aws = killed.kill()
    aws.advance(timedelta(minutes=2))
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"
    aws = killed.kill()
    found = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert (found["StateValue"], found["Threshold"]) == ("ALARM", 1.0)
    cloudwatch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m", "Value": 0.5}])
    aws.advance(timedelta(minutes=2))
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"


def test_nothing_on_the_agenda_is_a_lambda() -> None:
    """What is planned is kept over a restart, and a lambda cannot be."""
    found = []
    for file in sorted(Path(localaws.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if isinstance(node, ast.Call) and name in ("later", "at", "put", "_plan", "_later"):
                found += [f"{file.name}:{one.lineno}" for one in node.args[:-1] if isinstance(one, ast.Lambda)]
    assert found == []
