"""CloudWatch alarms: M of N, missing data, what a change tells, and when nobody has to look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from localaws.alarms.evaluation import Rule, state_of
from localaws.alarms.expressions import computed
from localaws.errors import NotEmulated
from localaws.metrics import Metrics, key_of

pytestmark = pytest.mark.contract
MINUTE = timedelta(minutes=1)
TOPIC = "arn:aws:sns:us-east-1:123456789012:told"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

# The user guide's two tables: points (the oldest first; 0 within, X breaching, - missing), then the state for each
# treatment; "kept" is the state before.
THREE_OF_THREE = {
    "0-X-X": ("OK", "OK", "OK", "OK"),
    "----0": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", "kept", "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0-X--": ("OK", "OK", "ALARM", "OK"),
    "----0": ("OK", "OK", "ALARM", "OK"),
    "---X-": ("ALARM", "kept", "ALARM", "OK"),
}


@pytest.mark.parametrize(("needed", "table"), [(3, THREE_OF_THREE), (2, TWO_OF_THREE)], ids=["3 of 3", "2 of 3"])
def test_missing_points_count_as_the_guide_says(needed: int, table: dict[str, Sequence[str]]) -> None:
    values = {"0": 0.0, "X": 9.0, "-": None}
    for points, expected in table.items():
        for treatment, state in zip(TREATMENTS, expected, strict=True):
            rule = Rule(periods=3, to_alarm=needed, comparison="GreaterThanThreshold", threshold=1, missing=treatment)
            assert (points, treatment, state_of(rule, [values[one] for one in points], "kept")) == (
                points,
                treatment,
                state,
            )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m / n", [0.5, None, None, None]),
        ("100 * (m - 1) ^ 2", [0.0, None, 100.0, 400.0]),
        ("FILL(m, 0)", [1.0, 0.0, 2.0, 3.0]),
        ("FILL(m, REPEAT)", [1.0, 1.0, 2.0, 3.0]),
        ("SUM([m, n])", [3.0, 4.0, 2.0, 3.0]),
        ("MAX([m, n])", [2.0, 4.0, 2.0, 3.0]),
        ("IF(n > 1, -m, 7)", [-1.0, None, 7.0, None]),
    ],
)
def test_metric_math(expression: str, expected: list[float | None]) -> None:
    assert computed(expression, {"m": [1.0, None, 2.0, 3.0], "n": [2.0, 4.0, 0.0, None]}) == expected


@pytest.mark.parametrize("expression", ["ANOMALY_DETECTION_BAND(m)", "m +", "other", "SELECT AVG(x) FROM y", "m.n"])
def test_metric_math_that_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(NotEmulated):
        computed(expression, {"m": [1.0]})


def test_a_period_has_its_statistics() -> None:
    metrics, key = Metrics(), key_of("N", "m", {"a": "b"})
    for second, value in enumerate([5, 1, 4, 2, 3]):
        metrics.add(key, 120 + 20 * second, value)
    whole = metrics.period(key, 120, 120)
    names = ("SampleCount", "Sum", "Average", "Minimum", "Maximum", "p50", "p90", "p99.9")
    assert [whole.statistic(name) for name in names] == [5, 15, 3, 1, 5, 3, 5, 5]
    assert metrics.period(key, 180, 60).statistic("Sum") == 5
    assert metrics.period(key, 240, 60).statistic("Sum") is None
    with pytest.raises(NotEmulated):
        whole.statistic("median")


def states(aws: LocalAWS, name: str) -> list[str]:
    told = (event["detail"] for event in aws.events if event["detail-type"] == "CloudWatch Alarm State Change")
    return [detail["state"]["value"] for detail in told if detail["alarmName"] == name]


def state(aws: LocalAWS, name: str) -> str:
    return str(aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def alarm(aws: LocalAWS, **given: Any) -> None:
    wanted: dict[str, Any] = {
        "AlarmName": "drift",
        "Namespace": "Own",
        "MetricName": "drift",
        "Dimensions": [{"Name": "Model", "Value": "churn"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmDescription": "tenure drift",
    }
    aws.client("cloudwatch").put_metric_alarm(**{**wanted, **given})


def put(aws: LocalAWS, value: float, at: datetime | None = None, name: str = "drift") -> None:
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": "Model", "Value": "churn"}],
        "Value": value,
        "Timestamp": at or aws.now(),
    }
    aws.client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[datum])


def test_a_breach_and_its_end_are_told_once_each(bare: LocalAWS) -> None:
    sns, sqs = bare.client("sns"), bare.client("sqs")
    topic, queue = sns.create_topic(Name="told")["TopicArn"], sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    alarm(bare, AlarmActions=[topic], OKActions=[topic])
    put(bare, 0.31)
    bare.advance(10 * MINUTE)

    assert states(bare, "drift") == ["ALARM", "OK"]
    bodies = [
        json.loads(one["Body"]) for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    assert [(body["OldStateValue"], body["NewStateValue"]) for body in bodies] == [
        ("INSUFFICIENT_DATA", "ALARM"),
        ("ALARM", "OK"),
    ]


def test_while_it_stays_in_alarm_nothing_more_is_told(bare: LocalAWS) -> None:
    alarm(bare)
    for _ in range(10):
        put(bare, 0.5)
        bare.advance(MINUTE)
    assert states(bare, "drift") == ["ALARM"]
    assert state(bare, "drift") == "ALARM"


def test_an_event_has_the_form_of_the_reference(bare: LocalAWS, shared: Path) -> None:
    sample = json.loads((shared / "reference/samples/events/alarm-drift-insufficient-to-alarm.json").read_text())
    alarm(bare)
    put(bare, 0.31)
    bare.advance(2 * MINUTE)
    event = next(event for event in bare.events if event["detail-type"] == "CloudWatch Alarm State Change")

    assert shape(event) == shape(sample)
    ours, theirs = (json.loads(one["detail"]["state"]["reasonData"]) for one in (event, sample))
    assert ours.keys() == theirs.keys()
    assert event["detail"]["previousState"]["reason"] == sample["detail"]["previousState"]["reason"]
    assert event["detail"]["state"]["reason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [0.31 (")
    assert event["detail"]["state"]["reason"].endswith(sample["detail"]["state"]["reason"].partition("03:00:00")[2])


def shape(document: Any) -> Any:
    """Names and types; what is a map of anything is only a map."""
    if isinstance(document, dict):
        return {key: "map" if key == "dimensions" else shape(value) for key, value in document.items()}
    return [shape(document[0])] if isinstance(document, list) and document else type(document).__name__


def test_an_hourly_metric_alarms_when_its_hour_is_over(bare: LocalAWS) -> None:
    alarm(bare, Period=3600, EvaluationPeriods=2, DatapointsToAlarm=1)
    hour = bare.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    bare.advance_to(hour + 20 * MINUTE)
    put(bare, 0.31, at=hour)
    bare.advance_to(hour + 59 * MINUTE)
    assert "ALARM" not in states(bare, "drift")
    bare.advance_to(hour + 62 * MINUTE)
    assert states(bare, "drift")[-1] == "ALARM"


def test_a_late_point_of_an_hour_that_was_judged_still_counts(bare: LocalAWS) -> None:
    alarm(bare, Period=3600, EvaluationPeriods=2, DatapointsToAlarm=1)
    hour = bare.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    bare.advance_to(hour + 70 * MINUTE)
    put(bare, 0.31, at=hour)
    bare.advance(2 * MINUTE)
    assert states(bare, "drift")[-1] == "ALARM"


def test_math_over_two_metrics(bare: LocalAWS) -> None:
    def stat(identity: str, name: str) -> dict[str, Any]:
        metric = {"Namespace": "Own", "MetricName": name, "Dimensions": [{"Name": "Model", "Value": "churn"}]}
        return {"Id": identity, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False}

    bare.client("cloudwatch").put_metric_alarm(
        AlarmName="ratio",
        EvaluationPeriods=1,
        Threshold=0.02,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[
            {"Id": "e1", "Expression": "bad / sum", "Label": "5xx ratio", "ReturnData": True},
            stat("bad", "bad"),
            stat("sum", "sum"),
        ],
    )
    put(bare, 7, name="bad")
    put(bare, 100, name="sum")
    bare.advance(6 * MINUTE)

    assert states(bare, "ratio")[-1] == "ALARM"
    event = bare.events[-1]
    assert "[0.07 (" in event["detail"]["state"]["reason"]
    assert [one["id"] for one in event["detail"]["configuration"]["metrics"]] == ["e1", "bad", "sum"]
    assert "statistic" not in json.loads(event["detail"]["state"]["reasonData"])


def test_a_state_set_by_hand_is_told_and_the_next_look_corrects_it(bare: LocalAWS) -> None:
    alarm(bare)
    bare.advance(2 * MINUTE)
    bare.client("cloudwatch").set_alarm_state(AlarmName="drift", StateValue="ALARM", StateReason="trying it")
    bare.settle()
    assert states(bare, "drift") == ["OK", "ALARM"]
    bare.advance(2 * MINUTE)
    assert states(bare, "drift") == ["OK", "ALARM", "OK"]


def test_a_changed_alarm_keeps_its_state_and_a_new_one_has_none(bare: LocalAWS) -> None:
    alarm(bare)
    assert state(bare, "drift") == "INSUFFICIENT_DATA"
    before = bare.now()
    put(bare, 0.5)
    bare.advance(timedelta(seconds=61))
    assert state(bare, "drift") == "ALARM"
    raised = since(bare, "drift")
    assert before < raised <= bare.now()
    bare.advance(10 * timedelta(seconds=1))
    alarm(bare, Threshold=0.2)
    assert state(bare, "drift") == "ALARM"
    assert since(bare, "drift") == raised


def since(aws: LocalAWS, name: str) -> datetime:
    """StateTransitionedTimestamp: "the date and time that the alarm's StateValue most recently changed" (API)."""
    [found] = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    at: datetime = found["StateTransitionedTimestamp"]
    return at


def test_without_actions_the_event_comes_all_the_same(bare: LocalAWS) -> None:
    topic = bare.client("sns").create_topic(Name="told")["TopicArn"]
    alarm(bare, AlarmActions=[topic], ActionsEnabled=False)
    put(bare, 0.5)
    bare.advance(2 * MINUTE)
    assert "ALARM" in states(bare, "drift")
    assert not bare._moto.backend("sns").topics[topic].sent_notifications


def test_dead_letters_alarm_and_their_going_is_told(bare: LocalAWS) -> None:
    sqs = bare.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    for name, metric, threshold in (("depth", "NumberOfMessagesVisible", 1), ("age", "AgeOfOldestMessage", 300)):
        alarm(
            bare,
            AlarmName=name,
            Namespace="AWS/SQS",
            MetricName=f"Approximate{metric}",
            Dimensions=[{"Name": "QueueName", "Value": "dead"}],
            Threshold=threshold,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    bare.advance(2 * MINUTE)
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    bare.advance(3 * MINUTE)
    assert (state(bare, "depth"), state(bare, "age")) == ("ALARM", "OK")
    bare.advance(10 * MINUTE)
    assert (state(bare, "depth"), state(bare, "age")) == ("ALARM", "ALARM")
    sqs.purge_queue(QueueUrl=url)
    bare.advance(3 * MINUTE)
    assert states(bare, "depth") == states(bare, "age") == ["OK", "ALARM", "OK"]


def test_functions_are_counted(aws: LocalAWS) -> None:
    client = aws.client("lambda")
    client.invoke(FunctionName="keep-direct", Payload=b"{}")
    client.invoke(FunctionName="keep-direct", Payload=b'{"raise": "no"}')
    start = aws.now().replace(second=0, microsecond=0)
    aws.advance(MINUTE)
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "keep-direct"}],
        StartTime=start,
        EndTime=start + 2 * MINUTE,
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert [(point["Sum"], point["SampleCount"]) for point in found] == [(1.0, 2.0)]


def test_nobody_looks_while_nothing_happens(bare: LocalAWS) -> None:
    alarm(bare)
    bare.advance(timedelta(hours=1))
    assert "alarms" not in bare.world.agenda.labels()
    put(bare, 0.5)
    bare.advance(2 * MINUTE)
    assert states(bare, "drift")[-1] == "ALARM"
