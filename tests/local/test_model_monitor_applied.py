"""What `leeway apply` and `leeway remove` do of a model whose engine is Model Monitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeway_cli.doctor import stack, way
from leeway_cli.doctor.check import PROBLEM, Check
from localaws import inprocess
from tests.local.by_model_monitor import ByModelMonitor, account
from tests.local.person import ROOT, Person
from tests.local.registered import MINUTE, NAME
from tests.local.watched import HOUR

pytestmark = [pytest.mark.local, pytest.mark.story]
TOML = """
[model]
name = "churn"
[data]
id = "id"
label = "churned"
event_time = "at"
[data.columns]
plan = { type = "category", values = ["month", "year"] }
tenure = { type = "int", min = 0 }
"""
THEIRS = TOML + '[monitoring]\nengine = "model-monitor"\n'
KINDS = {"monitoring schedule", "alarm"}
ALARMS = [f"{NAME}-drift", f"{NAME}-model-monitor-1"]


@pytest.fixture
def model(tmp_path: Path) -> Iterator[ByModelMonitor]:
    with account(tmp_path / "aws") as aws:
        yield ByModelMonitor(aws=aws)


@pytest.fixture
def person(model: ByModelMonitor, tmp_path: Path) -> Person:
    return Person(aws=model.aws, folder=tmp_path)


def due(person: Person, toml: str) -> list[tuple[str, str]]:
    """What an `apply` would change of it."""
    file = person.folder / "model.toml"
    file.write_text(toml)
    found = person.json("apply", str(file), "--dry-run")["changes"]
    return [(change["verb"], change["name"]) for change in found if change["what"] in KINDS]


def doctor() -> Check:
    with inprocess.as_function("person"):
        checks = stack.checks("leeway", ROOT / "template.yaml", way.quick, local=True)
        return {check.name: check for check in checks}["schedules"]


def alarms(person: Person) -> list[str]:
    found = person.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=NAME)["MetricAlarms"]
    return [one["AlarmName"] for one in found]


def test_a_schedule_comes_is_mended_and_goes_with_the_engine(model: ByModelMonitor, person: Person) -> None:
    assert doctor().says == "none of Model Monitor"
    assert due(person, THEIRS) == [("create", name) for name in ALARMS], "nothing serves that could be watched"
    model.begin()
    assert due(person, TOML) == [("delete", NAME), ("create", ALARMS[0])]
    person.apply(THEIRS)
    assert due(person, THEIRS) == []
    assert alarms(person) == ALARMS
    assert doctor().says == "1 of Model Monitor"
    model.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=NAME)
    assert due(person, THEIRS) == [("create", NAME)]
    person.apply(THEIRS)
    model.aws.advance(MINUTE)
    model.sagemaker.stop_monitoring_schedule(MonitoringScheduleName=NAME)
    model.aws.advance(MINUTE)
    assert (doctor().status, doctor().says) == (PROBLEM, f"nobody looks by Model Monitor: {NAME} is Stopped")
    assert due(person, THEIRS) == []
    assert "start-monitoring-schedule" in person.type("apply", str(person.folder / "model.toml"), "--yes").stderr

    person.apply(TOML)
    assert (due(person, TOML), alarms(person), model.definitions()) == ([], ALARMS[:1], [])
    assert model.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    model.traffic(400)
    assert model.item()["waiting_code"] == "stable", "by Leeway's own"


def test_all_of_it_goes_with_the_model(model: ByModelMonitor, person: Person) -> None:
    model.begin()
    person.apply(THEIRS)
    model.aws.advance(HOUR)
    shown = person.says("remove", "churn", "--yes")
    assert f"remove monitoring schedule {NAME}" in shown
    assert f"remove alarm {ALARMS[1]}" in shown
    assert (alarms(person), model.definitions()) == ([], [])
    assert model.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []


def test_a_new_customer_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    with account(tmp_path / "aws", has_model_monitor=False) as aws:
        model, person = ByModelMonitor(aws=aws), Person(aws=aws, folder=tmp_path)
        model.begin()
        file = tmp_path / "model.toml"
        file.write_text(THEIRS.replace("min = 0", "min = 1"))
        answer = person.type("apply", str(file), "--yes", code=3)
        assert "is no longer open to new customers" in answer.stderr
        assert 'set monitoring.engine = "leeway"' in answer.stderr
        assert model.journal("SpecApplied") == []


def test_wrong_constraints_of_a_person_are_said(model: ByModelMonitor, person: Person) -> None:
    model.constrain(b'{"features": 7}')
    file = person.folder / "model.toml"
    file.write_text(THEIRS)
    answer = person.type("apply", str(file), "--yes", code=3)
    assert "constraints/churn/constraints.json is refused: it has no list of features" in answer.stderr
