"""The template's alarms, on the embedded AWS: quiet while all is well, and heard when it is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from localaws import LocalAWS

pytestmark = pytest.mark.local
MINUTE = timedelta(minutes=1)


@pytest.fixture
def heard(aws: LocalAWS) -> Any:
    """What subscribers of the alarm topic have got since: (name, state) of each message."""
    sns, sqs = aws.client("sns"), aws.client("sqs")
    [topic] = [one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith("-alarms")]
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def messages() -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies = [json.loads(one["Body"]) for one in got]
            found += [(body["AlarmName"], body["NewStateValue"]) for body in bodies]
            for one in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return found

    return messages


def test_a_first_deployment_alarms_nobody(aws: LocalAWS, heard: Any) -> None:
    aws.advance(30 * MINUTE)
    assert {state for _, state in heard()} == {"OK"}
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) > 10
    assert {alarm["StateValue"] for alarm in alarms} == {"OK"}


def test_a_dead_letter_is_heard_and_so_is_its_going(aws: LocalAWS, heard: Any) -> None:
    sqs = aws.client("sqs")
    alarms = aws.client("cloudwatch").describe_alarms(AlarmNames=["leeway-arrivals-dead-letters"])["MetricAlarms"]
    url = sqs.get_queue_url(QueueName=alarms[0]["Dimensions"][0]["Value"])["QueueUrl"]
    aws.advance(10 * MINUTE)
    heard()
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    aws.advance(2 * MINUTE)
    assert heard() == [("leeway-arrivals-dead-letters", "ALARM")]
    sqs.purge_queue(QueueUrl=url)
    aws.advance(2 * MINUTE)
    assert heard() == [("leeway-arrivals-dead-letters", "OK")]


def test_a_tick_that_falls_silent_is_heard(aws: LocalAWS, heard: Any) -> None:
    aws.advance(30 * MINUTE)
    heard()
    [tick] = aws.scheduler.schedules.values()
    tick.enabled = False
    aws.advance(30 * MINUTE)
    assert heard() == [("leeway-tick-silent", "INSUFFICIENT_DATA")]
