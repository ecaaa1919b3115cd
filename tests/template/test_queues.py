"""Queues: encrypted, TLS only, with dead letters, and alarms on both that reach somebody."""

import re
from pathlib import Path

import pytest

from tests.template.stack import Resource, Stack, listed, queue_name, statements

pytestmark = pytest.mark.template

# Whose silence is itself the failure.
HEARTBEATS = {"TickSilentAlarm"}


def sources(stack: Stack) -> list[Resource]:
    return [queue for queue in stack.of("AWS::SQS::Queue") if "RedrivePolicy" in queue.properties]


def dead_letters(stack: Stack) -> list[Resource]:
    return [queue for queue in stack.of("AWS::SQS::Queue") if "RedrivePolicy" not in queue.properties]


def alarmed(stack: Stack, metric: str) -> dict[str, Resource]:
    """Alarms on a metric of SQS, by the queue's name."""
    return {
        alarm.properties["Dimensions"][0]["Value"]: alarm
        for alarm in stack.of("AWS::CloudWatch::Alarm")
        if alarm.properties["MetricName"] == metric
    }


def test_every_queue_has_dead_letters_of_its_kind_that_outlive_it(stack: Stack) -> None:
    assert sources(stack)
    for queue in sources(stack):
        target = queue_name(queue.properties["RedrivePolicy"]["deadLetterTargetArn"])
        letters = stack.named("AWS::SQS::Queue", "QueueName", target).properties
        assert letters.get("FifoQueue") == queue.properties.get("FifoQueue"), queue.id
        assert letters["MessageRetentionPeriod"] > queue.properties["MessageRetentionPeriod"], queue.id


def test_every_place_that_a_message_can_end_in_is_there(stack: Stack) -> None:
    """Dead letters of rules, of the schedule and of failing functions are queues of this stack without a redrive."""
    names = {queue.properties["QueueName"] for queue in dead_letters(stack)}
    targets = [target for rule in stack.of("AWS::Events::Rule") for target in rule.properties["Targets"]]
    targets += [schedule.properties["Target"] for schedule in stack.of("AWS::Scheduler::Schedule")]
    ends = [target["DeadLetterConfig"]["Arn"] for target in targets]
    ends += [
        config.properties["DestinationConfig"]["OnFailure"]["Destination"]
        for config in stack.of("AWS::Lambda::EventInvokeConfig")
    ]
    ends += [queue.properties["RedrivePolicy"]["deadLetterTargetArn"] for queue in sources(stack)]
    assert {queue_name(end) for end in ends} == names


def test_one_dead_letter_is_an_alarm(stack: Stack) -> None:
    alarms = alarmed(stack, "ApproximateNumberOfMessagesVisible")
    assert set(alarms) == {queue.properties["QueueName"] for queue in dead_letters(stack)}
    for alarm in alarms.values():
        assert alarm.properties["Threshold"] == 1
        assert alarm.properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_waiting_longer_than_a_retry_is_an_alarm(stack: Stack) -> None:
    alarms = alarmed(stack, "ApproximateAgeOfOldestMessage")
    assert set(alarms) == {queue.properties["QueueName"] for queue in sources(stack)}
    for queue in sources(stack):
        threshold = alarms[queue.properties["QueueName"]].properties["Threshold"]
        assert threshold > queue.properties["VisibilityTimeout"], queue.id


def test_alarms_reach_the_topic_and_are_quiet_without_data(stack: Stack) -> None:
    [topic] = stack.of("AWS::SNS::Topic")
    for alarm in stack.of("AWS::CloudWatch::Alarm"):
        # Of a heartbeat silence is a lack of data; taken for breaching, the time before the deployment would alarm too.
        kind, expected = (
            ("InsufficientDataActions", "missing") if alarm.id in HEARTBEATS else ("AlarmActions", "notBreaching")
        )
        for actions in (kind, "OKActions"):
            [action] = alarm.properties[actions]
            assert action.endswith(f":{topic.properties['TopicName']}"), alarm.id
        assert alarm.properties["TreatMissingData"] == expected, alarm.id
        assert alarm.properties["AlarmDescription"], alarm.id


def test_operations_say_of_every_alarm_what_it_means(stack: Stack, root: Path) -> None:
    text = (root / "docs/operations.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `…-")]
    assert all(line.count("|") == 5 for line in lines), "alarm, what it means, how to look, what to do"
    told = {f"leeway{name}" for line in lines for name in re.findall(r"`…(-[a-z-]+)`", line.split("|")[1])}
    assert told == {alarm.properties["AlarmName"] for alarm in stack.of("AWS::CloudWatch::Alarm")}


def test_every_queue_is_encrypted_and_speaks_tls_only(stack: Stack) -> None:
    denied = {
        queue_name(arn)
        for policy in stack.of("AWS::SQS::QueuePolicy")
        for statement in statements(policy.id, policy.properties["PolicyDocument"])
        if statement.effect == "Deny" and statement.condition == {"Bool": {"aws:SecureTransport": "false"}}
        for arn in statement.resources
    }
    queues = stack.of("AWS::SQS::Queue")
    assert denied == {queue.properties["QueueName"] for queue in queues}
    assert all(queue.properties["SqsManagedSseEnabled"] is True for queue in queues)
    covered = [url for policy in stack.of("AWS::SQS::QueuePolicy") for url in policy.properties["Queues"]]
    assert len(covered) == len(set(covered)) == len(queues), "a queue has one policy: a second replaces the first"


def test_only_our_rules_may_send_from_outside(stack: Stack) -> None:
    allowed: set[tuple[str, str]] = set()
    for policy in stack.of("AWS::SQS::QueuePolicy"):
        for statement in statements(policy.id, policy.properties["PolicyDocument"]):
            if statement.effect == "Deny":
                continue
            assert statement.principal == {"Service": "events.amazonaws.com"}
            assert statement.actions == ["sqs:SendMessage"]
            assert statement.condition["StringEquals"] == {"aws:SourceAccount": "123456789012"}
            names = [arn.rsplit("/", 1)[-1] for arn in listed(statement.condition["ArnEquals"]["aws:SourceArn"])]
            allowed |= {(name, queue_name(arn)) for name in names for arn in statement.resources}
    needed = {
        (rule.properties["Name"], queue_name(arn))
        for rule in stack.of("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"])
    }
    assert allowed == needed
