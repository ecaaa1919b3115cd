"""A model whose trainings are at will, and an alarm that stands as long as a test measures drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leeway import keys
from leeway.alarms.plan import own_alarm
from leeway.aws.table import Put
from leeway.journal import Entry
from leeway.spec import Retraining
from tests.local.trainings import HOUR, MINUTE, MODEL, Trainings

OWN = "leeway-churn-drift"
LONG = 5 * 24 * HOUR  # a quiet period in which no data start anything by themselves


@dataclass(frozen=True, kw_only=True)
class Alarmed(Trainings):
    """One model with its alarm."""

    def begin(self, steps: list[dict[str, Any]], **retraining: Any) -> None:
        """Pipeline, specification and alarm are there, and data that wait for more."""
        rules = Retraining(**{"cooldown": 2 * HOUR, "daily_cap": 10, **retraining})
        self.onboard(steps, rules, quiet_period=LONG, max_wait=LONG)
        self.table.put(Put(item={"pk": keys.MODELS, "sk": MODEL}))
        self.cloudwatch.put_metric_alarm(**own_alarm(OWN, stack="leeway", model=MODEL, topic=self.topic))
        self.drop("first")
        self.aws.advance(MINUTE)

    @property
    def cloudwatch(self) -> Any:
        return self.aws.client("cloudwatch")

    @property
    def topic(self) -> str:
        return f"arn:aws:sns:us-east-1:{self.aws.account}:leeway-alarms"

    def drift(self, hours: int = 1, evidence: float = 5000.0) -> None:
        """The monitor measures so much in each of the next hours, and what comes of it happens."""
        dimensions = [{"Name": "Stack", "Value": "leeway"}, {"Name": "Model", "Value": MODEL}]
        for _ in range(hours):
            point = {"MetricName": "DriftEvidence", "Dimensions": dimensions, "Value": evidence}
            self.cloudwatch.put_metric_data(Namespace="Leeway", MetricData=[point | {"Timestamp": self.aws.now()}])
            self.aws.advance(HOUR)

    def stands(self, name: str = OWN) -> bool:
        found = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        [alarm] = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        return bool(alarm["StateValue"] == "ALARM")

    def since(self, name: str = OWN) -> datetime:
        """When an alarm came into its state."""
        [alarm] = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        found: datetime = alarm["StateTransitionedTimestamp"]
        return found

    def facts(self) -> list[Entry]:
        """What was recorded of alarms."""
        entries = [Entry.from_item(item) for item in self.table.query(keys.model_pk(MODEL), keys.JOURNAL)]
        return [entry for entry in entries if entry.actor == "drift_alarm"]

    def listen(self) -> Callable[[], list[str]]:
        """Subscribe to the topic; what is returned gives the subjects of what Leeway itself has sent since."""
        sns, sqs = self.aws.client("sns"), self.aws.client("sqs")
        url = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Statement": [allowed | {"Resource": arn}]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

        def subjects() -> list[str]:
            found: list[str] = []
            while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                found += [json.loads(one["Body"]).get("Subject", "") for one in got]
                for one in got:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            return [subject for subject in found if subject.startswith(f"{MODEL}: ")]

        return subjects

    def told(self) -> int:
        """How often the retrainer has told people something."""
        return self.aws.calls.count(operation="Publish", caller="leeway-retrainer")

    def begun(self) -> list[str]:
        return [run.trigger for run in self.runs()]


MUTED = {"Rule": {"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}}}
DAY = timedelta(days=1)
