"""What `leeway apply` puts beside a model in CloudWatch, `leeway doctor` looks for and `leeway remove` takes away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leeway.alarms.plan import own_alarm
from leeway.models import find
from leeway_cli.doctor import stack, way
from leeway_cli.doctor.check import NOTE, OK, PROBLEM, Check
from localaws import LocalAWS, inprocess
from tests.local.onboarding import ARTIFACTS, table
from tests.local.person import CHURN, ROOT, Person

pytestmark = [pytest.mark.local, pytest.mark.story]
ALARM = "leeway-churn-drift"


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def again(person: Person, toml: str = CHURN) -> list[dict[str, str]]:
    """What another `apply` would change in CloudWatch."""
    file = person.folder / "model.toml"
    file.write_text(toml)
    found: list[dict[str, str]] = person.json("apply", str(file), "--dry-run")["changes"]
    return [change for change in found if change["what"] in {"alarm", "dashboard"}]


def alarms(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.aws.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    return found


def doctor() -> Check:
    with inprocess.as_function("person"):
        checks = stack.checks("leeway", ROOT / "template.yaml", way.quick, local=True)
        return {check.name: check for check in checks}["alarms"]


def test_the_alarm_comes_with_the_model_is_mended_and_goes_with_it(person: Person) -> None:
    assert doctor().says == "no model yet"
    named = CHURN.replace("[retraining]", '[retraining]\nalarms = ["model-monitor", "f1"]')
    person.apply(named)
    [alarm] = alarms(person)
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1000.0, "notBreaching")
    assert [action.rpartition(":")[2] for action in alarm["AlarmActions"]] == ["leeway-alarms"]
    assert doctor().status == OK
    assert again(person, named) == []
    assert [item["sk"] for item in table(person.aws).query("alarm#model-monitor", "")] == ["churn"]

    cloudwatch = person.aws.client("cloudwatch")
    cloudwatch.disable_alarm_actions(AlarmNames=[ALARM])
    assert doctor().status == NOTE
    cloudwatch.delete_alarms(AlarmNames=[ALARM])
    assert (doctor().status, doctor().says) == (PROBLEM, "no drift alarm for churn")
    assert [(change["verb"], change["what"]) for change in again(person)] == [("create", "alarm")]
    person.apply(CHURN.replace("[retraining]", '[retraining]\nalarms = ["f1"]'))
    cloudwatch.put_metric_alarm(**_put(alarms(person)[0], Threshold=50.0))
    [change] = again(person)
    assert (change["verb"], change["detail"]) == ("update", f"{ALARM}: Threshold: 50.0 → 1000.0")
    assert table(person.aws).query("alarm#model-monitor", "") == []

    shown = person.says("remove", "churn", "--yes")
    assert f"remove alarm {ALARM}" in shown
    assert "remove dashboard leeway-churn" in shown
    assert alarms(person) == []
    assert table(person.aws).query("alarm#f1", "") == []
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_what_a_job_that_counts_runs_by_lies_there(person: Person) -> None:
    person.apply(CHURN)
    pointer = find(table(person.aws), "churn")
    assert pointer is not None
    assert pointer.container is not None
    assert "sagemaker-xgboost:3.0-5" in pointer.container.image
    s3 = person.aws.client("s3")
    for key in (pointer.container.code, pointer.container.wheels):
        assert s3.head_object(Bucket=ARTIFACTS, Key=key)["ContentLength"] > 0


def _put(alarm: dict[str, Any], **changed: Any) -> dict[str, Any]:
    taken = own_alarm(ALARM, stack="leeway", model="churn", topic="")
    return {name: alarm[name] for name in taken} | changed


def test_a_dashboard_comes_changes_and_goes_with_the_specification(person: Person) -> None:
    person.apply(CHURN)
    cloudwatch = person.aws.client("cloudwatch")
    shown = json.loads(cloudwatch.get_dashboard(DashboardName="leeway-churn")["DashboardBody"])["widgets"]
    lines = [line for widget in shown for line in widget["properties"]["metrics"]]
    assert ["Leeway", "DriftEvidence", "Stack", "leeway", "Model", "churn"] in lines
    assert ["AWS/SageMaker", "Invocation5XXErrors", "EndpointName", "leeway-churn", "VariantName", "a"] in lines
    assert shown[0]["properties"]["annotations"]["horizontal"][0]["value"] == 1000
    assert len({(widget["x"], widget["y"]) for widget in shown}) == len(shown)
    queues = {line[3] for line in lines if line[0] == "AWS/SQS"}
    there = {url.rpartition("/")[2] for url in person.aws.client("sqs").list_queues()["QueueUrls"]}
    assert queues == {queue for queue in there if "dlq" not in queue}

    by_feature = CHURN + "\n[monitoring]\nfeature_metrics = true\n"
    assert [(change["verb"], change["what"]) for change in again(person, by_feature)] == [("update", "dashboard")]
    without = CHURN + "\n[monitoring]\ndashboard = false\n"
    assert [(change["verb"], change["what"]) for change in again(person, without)] == [("delete", "dashboard")]
    person.apply(without)
    assert again(person, without) == []
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
