"""Alarms that are set by hand, and who is told of them: `desk`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS


@dataclass(frozen=True, kw_only=True)
class Desk:
    """CloudWatch with short words; alarms are set by hand, and `told` is what a queue behind their topic got."""

    aws: LocalAWS
    topic: str
    queue: str

    @property
    def cloudwatch(self) -> Any:
        return self.aws.client("cloudwatch")

    def alarm(self, name: str, **given: Any) -> None:
        """A metric alarm without data, which keeps whatever state it is set to."""
        wanted: dict[str, Any] = {
            "Namespace": "Own",
            "MetricName": name,
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
        }
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**wanted, **given})

    def composite(self, name: str, rule: str, **given: Any) -> None:
        self.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule, **given)
        self.aws.settle()

    def set(self, name: str, state: str) -> None:
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
        self.aws.settle()

    def state(self, name: str) -> str:
        found = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])

    def events(self, kind: str, name: str) -> list[dict[str, Any]]:
        """Details of the events of an alarm, in order."""
        found = (one["detail"] for one in self.aws.events if one["detail-type"] == f"CloudWatch Alarm {kind} Change")
        return [detail for detail in found if detail["alarmName"] == name]

    def told(self) -> list[str]:
        """States that actions told of since the last look."""
        sqs, found = self.aws.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                found.append(f"{body['AlarmName']} {body['NewStateValue']}")
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def advance(self, **time: float) -> None:
        self.aws.advance(timedelta(**time))

    def refused(self, operation: str, code: str, **request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            getattr(self.cloudwatch, operation)(**request)
        assert caught.value.response["Error"]["Code"] == code
        return str(caught.value.response["Error"]["Message"])


@pytest.fixture
def desk(bare: LocalAWS) -> Desk:
    sns, sqs = bare.client("sns"), bare.client("sqs")
    topic, queue = sns.create_topic(Name="told")["TopicArn"], sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return Desk(aws=bare, topic=topic, queue=queue)
