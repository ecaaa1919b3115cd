"""`engine = "model-monitor"`: from a schedule that follows what serves, by violations, to an alarm and a training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leeway.challenge import Rollout
from leeway.modelmonitor.follow import CLOSED, UPDATE, due
from leeway.rollout.records import slots
from leeway_cli.target import connect
from localaws import inprocess
from tests.local.by_model_monitor import ByModelMonitor, account
from tests.local.onboarding import onboard, spec
from tests.local.registered import MINUTE, NAME
from tests.local.trainings import REGISTERS
from tests.local.watched import HOUR

pytestmark = pytest.mark.local
ALARM = f"{NAME}-model-monitor-1"


@pytest.fixture
def model(tmp_path: Path) -> Iterator[ByModelMonitor]:
    with account(tmp_path / "aws") as aws:
        found = ByModelMonitor(aws=aws)
        found.begin()
        yield found


def scheduled(model: ByModelMonitor) -> None:
    """Let the monitor have looked once."""
    model.aws.advance(HOUR + 25 * MINUTE)


def test_the_monitor_schedules_what_serves_by_its_own_baseline(model: ByModelMonitor) -> None:
    scheduled(model)
    [entry] = model.journal("MonitoringScheduled")
    assert "each hour, against the baseline of version 1" in entry.why
    config = model.schedule()["MonitoringScheduleConfig"]
    [name] = model.definitions()
    assert config == {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": name,
        "MonitoringType": "DataQuality",
    }
    assert name.startswith("leeway-churn-v1-")
    found = model.sagemaker.describe_data_quality_job_definition(JobDefinitionName=name)
    baseline = found["DataQualityBaselineConfig"]
    constraints = json.loads(model.text(baseline["ConstraintsResource"]["S3Uri"]))
    assert [one["name"] for one in constraints["features"]] == ["plan", "tenure"]
    assert constraints["monitoring_config"]["emit_metrics"] == "Enabled"
    statistics = json.loads(model.text(baseline["StatisticsResource"]["S3Uri"]))
    assert statistics["dataset"]["item_count"] == 1000
    assert found["DataQualityAppSpecification"]["Environment"] == {"publish_cloudwatch_metrics": "Enabled"}
    assert found["RoleArn"].endswith(":role/leeway-monitoring")
    scheduled(model)
    assert len(model.journal("MonitoringScheduled")) == 1, "a look that finds it does nothing"
    model.sagemaker.stop_monitoring_schedule(MonitoringScheduleName=NAME)
    scheduled(model)
    assert f"the monitoring schedule {NAME} is stopped" in model.item()["waiting"]
    assert model.schedule()["MonitoringScheduleStatus"] == "Stopped", "whoever stopped it had a reason"


@pytest.mark.story
def test_shifted_traffic_is_a_violation_an_alarm_and_a_training(model: ByModelMonitor) -> None:
    training = model.trains(REGISTERS)
    model.alarmed()
    scheduled(model)
    model.traffic(400, hours=2)
    assert model.executions()[-2:] == ["Completed"] * 2
    assert model.last()["verdict"] == "stable"
    assert model.last()["why"] == "no drift: Model Monitor found no violation"
    assert model.last()["rows"] == 400
    assert not model.stands(ALARM)

    model.traffic(400, seed=9, below=25, hours=2)
    assert model.executions()[-1] == "CompletedWithViolations"
    report = model.last()
    assert report["verdict"] == "drifted"
    assert {one["feature_name"] for one in report["violations"]} == {"tenure"}
    assert [one["feature"] for one in report["culprits"]] == ["tenure"]
    assert sum(report["counts"]["tenure"][1:-1][14:]) >= 400, "what it saw is in the report, as our own engine's is"
    [told] = model.journal("DriftFound")
    assert "version 1: drift: Model Monitor found 1 violation; tenure: baseline_drift_check" in told.why
    assert model.stands(ALARM)
    assert model.metric("DriftEvidence") == [], "that is of labels alone"
    [run] = training.runs()
    assert (run.trigger, run.status) == ("drift", "Succeeded")
    [started] = training.journal("TrainingStarted")
    assert f"alarm {ALARM} stands since" in started.why

    model.aws.advance(2 * HOUR)
    assert model.last()["why"] == "unknown: no traffic"
    assert len(model.journal("DriftFound")) == 1, "an hour without traffic in between is no news"


@pytest.mark.story
def test_the_schedule_follows_a_promotion(model: ByModelMonitor) -> None:
    scheduled(model)
    [before] = model.definitions()
    model.serve(model.version("two", champion="one"))
    scheduled(model)
    [after] = model.definitions()
    assert after.startswith("leeway-churn-v2-")
    assert model.schedule()["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"] == after != before
    assert "against the baseline of version 2" in model.journal("MonitoringScheduled")[-1].why
    model.traffic(400, hours=2)
    assert list(model.reports(2).values())[-1]["verdict"] == "stable"


def test_a_new_customer_is_refused_and_told_the_way_back(tmp_path: Path) -> None:
    with account(tmp_path / "aws", has_model_monitor=False) as aws:
        model = ByModelMonitor(aws=aws)
        model.begin()
        scheduled(model)
        assert model.item()["waiting_code"] == "refused"
        said = model.item()["waiting"]
        assert "is no longer open to new customers" in said
        assert CLOSED in said
        assert 'monitoring.engine = "leeway"' in said
        assert [entry.what for entry in model.journal() if entry.actor == "monitor"] == []
        assert [entry.why for entry in model.journal("Waiting") if entry.actor == "monitor"][-1] == said
        onboard(aws, spec())
        model.traffic(400)
        assert model.item()["waiting_code"] == "stable", "the way back"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"{", "is refused", marks=pytest.mark.story),
        (b'{"features": [], "monitoring_config": {"x": 1}}', "monitoring_config has x"),
    ],
)
def test_constraints_that_are_wrong_change_nothing(model: ByModelMonitor, body: bytes, says: str) -> None:
    before = model.definitions()
    model.constrain(body)
    scheduled(model)
    assert model.item()["waiting_code"] == "refused"
    assert says in model.item()["waiting"]
    assert model.definitions() == before


@pytest.mark.story
def test_constraints_of_a_person_are_model_monitors_too(model: ByModelMonitor) -> None:
    scheduled(model)
    [before] = model.definitions()
    constraints = json.loads(model.text(_constraints(model)))
    constraints["monitoring_config"]["distribution_constraints"]["comparison_threshold"] = 0.9
    model.constrain(json.dumps(constraints).encode())
    scheduled(model)
    [after] = model.definitions()
    assert after != before
    model.traffic(400, seed=9, below=25, hours=2)
    assert model.last()["verdict"] == "stable"


def _constraints(model: ByModelMonitor) -> str:
    [name] = model.definitions()
    found = model.sagemaker.describe_data_quality_job_definition(JobDefinitionName=name)
    return str(found["DataQualityBaselineConfig"]["ConstraintsResource"]["S3Uri"])


@pytest.mark.story
def test_what_goes_wrong_in_an_execution_is_unknown(model: ByModelMonitor) -> None:
    scheduled(model)
    for _ in range(2):  # of the hour without traffic, which takes one too, and of the one with some
        model.aws.monitor_finds(NAME, violations=[{"nothing": "known"}])
    model.traffic(10)
    assert "cannot be read" in model.last()["why"]
    assert model.last()["verdict"] == "unknown"
    assert model.journal("DriftFound") == []


def test_a_challenger_beside_what_serves_changes_no_schedule(model: ByModelMonitor) -> None:
    scheduled(model)
    with inprocess.as_function("person"):
        app = connect("leeway").app
        [serves] = slots(app.table, "churn")
        trial = replace(serves, version=2, slot="b", trial=True)
        assert due(app, model.specification(), [serves, trial]) is None
        over = [replace(serves, end=model.aws.now()), replace(trial, trial=False)]
        step = due(app, model.specification(), over)
        assert step is not None
        assert (step.verb, step.want.version) == (UPDATE, 2)


@pytest.mark.story
def test_labels_are_measured_by_leeways_own(model: ByModelMonitor) -> None:
    onboard(model.aws, replace(model.specification(), rollout=Rollout(outcome_window=6 * HOUR)))
    scheduled(model)
    model.traffic(400)
    hour = model.aws.now().replace(minute=0, second=0, microsecond=0) - HOUR
    model.label(hour, 0.2)
    model.aws.advance(8 * HOUR)
    assert 0 < model.document(f"monitoring/churn/v1/{hour:%Y/%m/%d/%H}.json")["quality"]["accuracy"] < 1
