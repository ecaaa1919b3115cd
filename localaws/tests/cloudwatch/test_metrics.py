"""Reading metrics: any statistic, expressions over expressions, and metrics in the logs of functions."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from localaws import LocalAWS
from localaws.alarms.definition import with_expressions
from localaws.errors import NotEmulated
from localaws.functions.embedded_metrics import embedded
from localaws.metrics import DAY, Metrics, Point, key_of
from localaws.statistics import extended

pytestmark = pytest.mark.contract
TENS = dict.fromkeys((float(10 * number) for number in range(1, 11)), 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p50", 50),
        ("p90", 90),
        ("p99.9", 100),
        ("p100", 100),
        ("tm90", 50),
        ("TM(10%:90%)", 55),
        ("TM(:90%)", 50),
        ("TM(20:60)", 45),
        ("IQM", 55),
        ("wm90", 54),
        ("WM(10%:90%)", 55),
        ("tc90", 9),
        ("TC(20:60)", 4),
        ("TC(25%:75%)", 5),
        ("ts90", 450),
        ("TS(80%:)", 190),
        ("PR(:30)", 30),
        ("PR(20:60)", 40),
    ],
)
def test_statistics_are_those_of_the_guide(name: str, expected: float) -> None:
    """User guide, "CloudWatch statistics definitions", over 10, 20 … 100."""
    assert extended(name, TENS) == pytest.approx(expected)


def test_there_are_no_percentiles_of_what_is_not_known_or_below_zero() -> None:
    point = Point()
    point.add_set(10, 55, 1, 10)
    assert (point.statistic("p90"), point.statistic("Average")) == (None, 5.5)
    assert extended("p90", {-1.0: 1, 2.0: 1}) is None


@pytest.mark.parametrize("name", ["median", "p101", "TM(10%:200)", "XX(1:2)"])
def test_other_statistics_are_refused(name: str) -> None:
    point = Point()
    point.add(1.0)
    with pytest.raises(NotEmulated):
        point.statistic(name)


def test_expressions_find_each_other_in_any_order() -> None:
    """A known bug: one that is returned named another that stood after it."""
    found = with_expressions({"m": [1.0, 2.0]}, {"e3": "e2 + e1", "e2": "e1 * 10", "e1": "m + 1"})
    assert found["e3"] == [22.0, 33.0]
    with pytest.raises(NotEmulated, match="name each other"):
        with_expressions({"m": [1.0]}, {"e1": "e2", "e2": "e1"})


def put(aws: LocalAWS, at: datetime, *values: float, name: str = "latency") -> None:
    data = [{"MetricName": name, "Value": value, "Timestamp": at, "Dimensions": DIMENSIONS} for value in values]
    aws.client("cloudwatch").put_metric_data(Namespace="Own", MetricData=data)


DIMENSIONS = [{"Name": "Model", "Value": "churn"}]


def read(aws: LocalAWS, start: datetime, **rest: Any) -> list[dict[str, Any]]:
    request = {"Namespace": "Own", "MetricName": "latency", "Dimensions": DIMENSIONS, "Period": 60, **rest}
    end = start + timedelta(minutes=10)
    answer = aws.client("cloudwatch").get_metric_statistics(StartTime=start, EndTime=end, **request)
    found: list[dict[str, Any]] = answer["Datapoints"]
    return found


@pytest.fixture
def start(bare: LocalAWS) -> datetime:
    """A full minute, ten minutes ago."""
    return bare.now().replace(second=0, microsecond=0) - timedelta(minutes=10)


def test_statistics_by_periods(bare: LocalAWS, start: datetime) -> None:
    put(bare, start, 1, 2, 3, 4)
    put(bare, start + timedelta(minutes=2), 10)
    first, second = read(bare, start, Statistics=["Average", "SampleCount"], ExtendedStatistics=["p75", "tm50"])
    assert (first["Timestamp"], first["Average"], first["SampleCount"]) == (start, 2.5, 4)
    assert first["ExtendedStatistics"] == {"p75": 3.0, "tm50": 1.5}
    assert second["ExtendedStatistics"]["p75"] == 10
    (whole,) = read(bare, start, Period=600, Statistics=["Maximum"]) if start.minute % 10 == 0 else [{"Maximum": 10}]
    assert whole["Maximum"] == 10
    assert read(bare, start, Dimensions=[], Statistics=["Sum"]) == []


def test_metric_data_with_expressions_over_expressions(bare: LocalAWS, start: datetime) -> None:
    put(bare, start, 1, 3)
    put(bare, start + timedelta(minutes=1), 10)
    metric = {"Namespace": "Own", "MetricName": "latency", "Dimensions": DIMENSIONS}
    queries = [
        {"Id": "twice", "Expression": "sum * 2", "Label": "twice it"},
        {"Id": "sum", "Expression": "high + 1", "ReturnData": False},
        {"Id": "high", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p90"}},
    ]
    data = bare.client("cloudwatch").get_metric_data
    end = start + timedelta(minutes=5)
    twice, high = data(MetricDataQueries=queries, StartTime=start, EndTime=end)["MetricDataResults"]
    assert (twice["Label"], twice["Values"], high["Values"]) == ("twice it", [22.0, 8.0], [10.0, 3.0])
    assert high["Timestamps"] == [start + timedelta(minutes=1), start]
    ascending = data(MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending")
    assert ascending["MetricDataResults"][1]["Values"] == [3.0, 10.0]


def test_an_alarm_on_a_percentile(bare: LocalAWS) -> None:
    bare.client("cloudwatch").put_metric_alarm(
        AlarmName="slow",
        Namespace="Own",
        MetricName="latency",
        Dimensions=DIMENSIONS,
        ExtendedStatistic="p99",
        Period=60,
        EvaluationPeriods=1,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
    )
    put(bare, bare.now(), *range(1, 100), 500)
    bare.advance(timedelta(minutes=2))
    (alarm,) = bare.client("cloudwatch").describe_alarms(AlarmNames=["slow"])["MetricAlarms"]
    assert (alarm["StateValue"], json.loads(alarm["StateReasonData"])["recentDatapoints"]) == ("ALARM", [99.0])


EMBEDDED = {
    "_aws": {
        "Timestamp": 1772424000000,
        "CloudWatchMetrics": [
            {
                "Namespace": "Own",
                "Dimensions": [["model"], ["model", "variant"]],
                "Metrics": [{"Name": "score", "Unit": "None"}, {"Name": "rows"}],
            }
        ],
    },
    "model": "churn",
    "variant": "a",
    "score": [0.5, 0.7],
    "rows": 3,
}


def test_a_line_of_embedded_metrics_has_values_for_each_set_of_dimensions() -> None:
    """User guide, "Specification: Embedded metric format"."""
    bad = {"_aws": {"CloudWatchMetrics": [{}]}}
    lines = ["START", json.dumps(EMBEDDED), json.dumps({"message": "no metrics"}), json.dumps(bad), '{"_aws": oops']
    found = list(embedded("\n".join(lines)))
    narrow, wide = {"model": "churn"}, {"model": "churn", "variant": "a"}
    assert [(key[2], value) for key, _, value in found if key[1] == "score"] == [
        (frozenset(narrow.items()), 0.5),
        (frozenset(narrow.items()), 0.7),
        (frozenset(wide.items()), 0.5),
        (frozenset(wide.items()), 0.7),
    ]
    assert found[2] == (key_of("Own", "rows", narrow), 1772424000.0, 3.0)


def test_what_a_function_prints_so_becomes_a_metric(aws: LocalAWS) -> None:
    now = aws.now()
    about = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": EMBEDDED["_aws"]["CloudWatchMetrics"]}
    payload = json.dumps({"print": json.dumps(EMBEDDED | {"_aws": about})})
    aws.client("lambda").invoke(FunctionName="keep-direct", Payload=payload)
    minute = now.replace(second=0, microsecond=0)
    (point,) = aws.client("cloudwatch").get_metric_statistics(
        Namespace="Own",
        MetricName="score",
        Dimensions=[{"Name": "model", "Value": "churn"}],
        StartTime=minute,
        EndTime=minute + timedelta(minutes=2),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == pytest.approx(1.2)
    listed = aws.client("cloudwatch").list_metrics(Namespace="Own", MetricName="score")["Metrics"]
    assert sorted(len(one["Dimensions"]) for one in listed) == [1, 2]


KEY = key_of("own", "m", {})
BEGIN = 1_767_225_600  # a full day, in epoch seconds


def hourly(days: int) -> Metrics:
    """A value each minute of the first hour, and then one a day."""
    metrics = Metrics()
    for minute in range(60):
        metrics.add(KEY, BEGIN + 60 * minute, float(minute))
    for day in range(1, days + 1):
        metrics.add(KEY, BEGIN + DAY * day, 1.0)
    return metrics


@pytest.mark.parametrize(
    ("days", "points", "narrow", "wide", "hour"),
    [
        pytest.param(14, 60, 5, 10.0, 1770.0, id="two weeks"),
        pytest.param(17, 12, None, 10.0, 1770.0, id="five minutes"),
        pytest.param(65, 1, None, None, 1770.0, id="an hour"),
        pytest.param(457, 0, None, None, None, id="gone"),
    ],
)
def test_old_points_become_wider_and_go(
    days: int, points: int, narrow: float | None, wide: float | None, hour: float | None
) -> None:
    """CloudWatch user guide, metrics retention: 60 seconds for 15 days, 5 minutes for 63, an hour for 455."""
    metrics = hourly(days)
    assert sum(start < BEGIN + 3600 for start in metrics.counted[KEY]) == points
    assert metrics.period(KEY, BEGIN + 300, 60).statistic("Sum") == narrow
    assert metrics.period(KEY, BEGIN, 300).statistic("Sum") == wide
    assert metrics.period(KEY, BEGIN, 3600).statistic("Sum") == hour
    assert metrics.period(KEY, BEGIN, 3600).statistic("p50") == (None if hour is None else 29.0)


def test_what_is_old_is_forgotten_in_the_state_too(killed: Any) -> None:
    """What became a part of another point is not found beside it after a restart."""
    aws = killed.aws
    metrics, now = aws.world.metrics, aws.now().timestamp() // DAY * DAY
    for moment in (*range(0, 600, 60), 16 * DAY, 18 * DAY):
        metrics.add(KEY, now + moment, 1.0)
    aws.world.keep()
    counted = metrics.counted[KEY]
    assert {start - now: (point.width, point.count) for start, point in counted.items()} == {
        0: (300, 5),
        300: (300, 5),
        16 * DAY: (60, 1),
        18 * DAY: (60, 1),
    }
    assert killed.kill().world.metrics.counted[KEY] == counted
