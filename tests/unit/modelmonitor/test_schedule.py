"""What Model Monitor is given: the script that reads records, names by content, and alarms on its metrics."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from leeway.alarms.plan import model_monitor_alarms, names
from leeway.cells import FALSE, MISSING, TRUE
from leeway.drift.reference import Reference, reference
from leeway.drift.windows import of_rows
from leeway.errors import Rejected
from leeway.modelmonitor import preprocess
from leeway.modelmonitor.constraints import suggested
from leeway.modelmonitor.images import analyzer
from leeway.modelmonitor.reading import window
from leeway.modelmonitor.schedule import script, version_of, wanted
from leeway.modelmonitor.statistics import numbers, statistics
from leeway.request import Takes, csv_rows, json_rows
from leeway.settings import Settings
from leeway.spec import MODEL_MONITOR, Column, Data, Identity, ModelSpec, Monitoring, Retraining, Training

pytestmark = pytest.mark.unit
COLUMNS = (
    Column(name="since", type="date", nullable=True),
    Column(name="age", type="int", nullable=True),
    Column(name="paid", type="float"),
    Column(name="plan", type="category"),
    Column(name="vip", type="bool"),
)
NAMES = [column.name for column in COLUMNS]
SPEC = ModelSpec(
    model=Identity(name="churn"),
    data=Data(id="id", label="churned", columns=COLUMNS),
    training=Training(split="hash"),
    monitoring=Monitoring(engine=MODEL_MONITOR),
)
SETTINGS = Settings(
    **{name: name for name in Settings.__dataclass_fields__}
    | {"stack": "leeway", "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:leeway-alarms"}
)
CSV = '2024-01-31,42, 3.5 ,a b,yes\n,NA,1e2,"c,d",0\n'
ROWS = [
    {"since": "2024-01-31", "age": 42, "paid": 3.5, "plan": "a b", "vip": True},
    {"age": None, "paid": "1e2", "plan": "c,d", "vip": False},
]


def read(data: str, encoding: str, content_type: str = "text/csv") -> Any:
    """What the script that is uploaded makes of a record."""
    module: dict[str, Any] = {}
    exec(script(SPEC), module)
    half = SimpleNamespace(data=data, encoding=encoding, observedContentType=content_type)
    return module["preprocess_handler"](SimpleNamespace(endpoint_input=half))


@pytest.mark.parametrize(
    ("data", "encoding", "content_type"),
    [
        pytest.param(CSV, "CSV", "text/csv", id="csv"),
        pytest.param(json.dumps(ROWS), "JSON", "application/json", id="rows"),
        pytest.param(json.dumps({"instances": ROWS}), "JSON", "application/json", id="instances"),
        pytest.param(base64.b64encode(CSV.encode()).decode(), "BASE64", "text/csv", id="base64"),
        pytest.param(base64.b64encode(json.dumps(ROWS).encode()).decode(), "BASE64", "application/json", id="both"),
    ],
)
def test_records_are_read_as_leeway_reads_them(data: str, encoding: str, content_type: str) -> None:
    found = read(data, encoding, content_type)
    takes = Takes(columns=COLUMNS)
    body = base64.b64decode(data) if encoding == "BASE64" else data.encode()
    ours = (csv_rows if content_type == "text/csv" else json_rows)(takes, body)
    assert [list(row) for row in found] == [NAMES, NAMES]
    assert [{**row, "vip": float(row["vip"] == "true")} for row in found] == [
        dict(zip(NAMES, row, strict=True)) for row in ours
    ]


def test_one_row_is_one_record_and_moments_are_days() -> None:
    assert read("2024-01-31T12:00:00Z,1,2,x,1", "CSV")["since"] == 19753.5
    assert read("1706702400,1,2,x,1", "CSV")["since"] == 19753.5
    assert read("1706702400000,1,2,x,1", "CSV")["since"] == 19753.5
    assert read("someday,one,2,x,maybe", "CSV") == {
        "since": "someday", "age": "one", "paid": 2.0, "plan": "x", "vip": "maybe",
    }, "of another type, which the analyzer says"  # fmt: skip


def test_the_script_knows_the_same_spellings() -> None:
    assert (preprocess.MISSING, preprocess.TRUE, preprocess.FALSE) == (MISSING, TRUE, FALSE)


def baseline(rows: int = 900) -> tuple[Reference, dict[str, Any]]:
    edges = [number / 2 for number in range(31)]
    document = {
        "rows": rows,
        "features": {
            "paid": {
                "type": "float", "count": rows, "missing": 0, "mean": 7.5, "std": 4.4, "min": 0.0, "max": 15.0,
                "quantiles": edges, "cumulative": [(number + 1) / 31 for number in range(31)],
            },
            "plan": {"type": "category", "count": rows, "missing": 0, "shares": {"x": 0.75, "y": 0.25}},
        },
    }  # fmt: skip
    return reference(document, None, ["plan", "paid"]), document


def test_names_are_of_content_and_say_their_version() -> None:
    versus, document = baseline()
    limits = suggested(versus)
    one, again, two = (wanted(SETTINGS, SPEC, number, versus, document, limits) for number in (1, 1, 2))
    assert one == again
    assert one.definition_name != two.definition_name
    other = wanted(SETTINGS, SPEC, 1, versus, document, replace(limits, config=replace(limits.config, threshold=0.3)))
    assert other.definition_name != one.definition_name
    assert [version_of(found.definition_name, "leeway-churn") for found in (one, two)] == [1, 2]
    assert version_of("leeway-churn-v2-of-somebody", "leeway-churn") == 2
    others = ("leeway-churners-v1-x", "dq", "leeway-churn-vx-1")
    assert [version_of(name, "leeway-churn") for name in others] == [None] * 3
    assert one.definition["DataQualityAppSpecification"]["ImageUri"] == (
        "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer"
    )
    assert len(one.files) == 3
    assert all(key.startswith("monitoring/churn/v1/baseline/") for key in one.files)


def test_features_are_in_the_order_of_their_names_and_lie_evenly_between_quantiles() -> None:
    versus, document = baseline()
    made = wanted(SETTINGS, SPEC, 1, versus, document, suggested(versus))
    found = json.loads(next(body for key, body in made.files.items() if key.endswith("statistics.json")))
    assert [one["name"] for one in found["features"]] == ["paid", "plan"]
    values = numbers(found["features"][0])
    assert len(values) > 200
    for value, share in ((5.0, 11 / 31), (5.25, 11.5 / 31), (15.0, 1.0)):
        assert sum(weight for at, weight in values if at <= value) / 900 == pytest.approx(share, abs=0.003)


def test_a_region_without_model_monitor_names_the_way_back() -> None:
    with pytest.raises(Rejected, match=r'Model Monitor is not in mx-central-1; set monitoring\.engine = "leeway"'):
        analyzer("mx-central-1")
    assert analyzer("cn-north-1").endswith(".dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-model-monitor-analyzer")


def test_statistics_are_read_as_the_window_that_they_were_written_of() -> None:
    versus, _ = baseline()
    rows = [((text, value / 8), 0.0) for value in range(160) for text in ("x", "z")] + [((None, None), 0.0)] * 5
    seen = of_rows(versus, rows)
    found = window(versus, json.loads(json.dumps(statistics(versus, seen))))
    assert found.counts == seen.counts
    assert found.rows == 325
    assert found.moments["paid"].mean == pytest.approx(seen.moments["paid"].mean)


def alarms_of(spec: ModelSpec) -> list[str]:
    return names(SETTINGS.own_alarm("churn"), SETTINGS.resource("churn"), spec)


def test_an_alarm_for_each_ten_features_by_their_thresholds() -> None:
    columns = tuple(Column(name=f"f{number:02}", type="float") for number in range(13))
    many = replace(SPEC, data=replace(SPEC.data, columns=columns), retraining=Retraining(alarms=("theirs",)))
    thresholds = {column.name: 0.1 for column in columns} | {"f12": 0.3}
    first, second = model_monitor_alarms("leeway-churn", SETTINGS.alarm_topic_arn, many, thresholds)
    assert alarms_of(many) == [
        "leeway-churn-drift", "leeway-churn-model-monitor-1", "leeway-churn-model-monitor-2", "theirs",
    ]  # fmt: skip
    assert [first["AlarmName"], second["AlarmName"]] == alarms_of(many)[1:3]
    assert second["Metrics"][0]["Expression"] == "MAX([m0 - 0.1, m1 - 0.1, m2 - 0.3])"
    assert len(first["Metrics"]) == 11
    metric = second["Metrics"][3]["MetricStat"]["Metric"]
    assert metric == {
        "Namespace": "aws/sagemaker/Endpoints/data-metrics",
        "MetricName": "feature_baseline_drift_f12",
        "Dimensions": [
            {"Name": "Endpoint", "Value": "leeway-churn"}, {"Name": "MonitoringSchedule", "Value": "leeway-churn"},
        ],
    }  # fmt: skip
    assert {SETTINGS.model_of_alarm(name) for name in alarms_of(many)} == {"churn", None}
    assert alarms_of(replace(many, monitoring=Monitoring())) == ["leeway-churn-drift", "theirs"]
