"""The monitor through the real function, template and captures: every hour, in virtual time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.drift.act import monitor
from leeway.drift.hours import Hours
from leeway.drift.windows import Window
from leeway.spec import Monitoring, Rollout
from leeway_cli.target import connect
from localaws import LocalAWS, inprocess
from tests.clock import BEGINS
from tests.local.onboarding import ARTIFACTS, INBOX, onboard, spec
from tests.local.registered import MINUTE, Registered
from tests.local.watched import HOUR, Watched

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]


@pytest.fixture
def watched(aws: LocalAWS) -> Watched:
    model = Watched(aws=aws)
    model.begin()
    return model


@pytest.mark.story
def test_traffic_like_the_training_is_no_drift_and_younger_customers_are(watched: Watched) -> None:
    watched.traffic(400, hours=3)
    assert watched.item()["waiting_code"] == "stable"
    assert "no drift: evidence" in watched.item()["waiting"]
    assert [report["rows"] for report in watched.reports().values()][-3:] == [400, 400, 400]
    assert watched.metric("MonitoredRows")[-3:] == [400.0] * 3

    watched.traffic(400, seed=9, below=25, hours=3)
    assert watched.journal("NoDriftFound") == []
    [entry] = watched.journal("DriftFound")
    assert entry.actor == "monitor"
    assert "version 1: drift: evidence" in entry.why
    assert "tenure: median 24 →" in entry.why
    last = list(watched.reports().values())[-1]
    assert {one["feature"] for one in last["culprits"]} == {"tenure", "score"}
    assert watched.metric("DriftEvidence")[-1] >= 1000

    watched.aws.advance(2 * HOUR)
    assert watched.item()["waiting_code"] == "drifted-unknown"
    watched.traffic(400, seed=12, below=25)
    assert len(watched.journal("DriftFound")) == 1, "an hour without traffic in between is no news"
    watched.traffic(400, seed=15, hours=6)
    assert len(watched.journal("NoDriftFound")) == 1


def test_without_traffic_nothing_is_known_and_no_evidence_is_told(watched: Watched) -> None:
    watched.aws.advance(3 * HOUR)
    assert watched.item()["waiting_code"] == "unknown"
    assert watched.item()["waiting"] == "version 1: unknown: 0 of the 100 rows that a verdict takes"
    assert watched.metric("DriftEvidence") == []
    assert watched.metric("MonitoredRows")[-1] == 0.0
    assert watched.journal("DriftUnknown") == []


@pytest.mark.story
def test_each_feature_is_a_metric_where_that_is_asked_for(watched: Watched) -> None:
    onboard(watched.aws, replace(spec(), monitoring=Monitoring(feature_metrics=True)))
    watched.traffic(400, below=25, hours=2)
    metrics = watched.aws.client("cloudwatch").list_metrics(Namespace="Leeway", MetricName="FeatureEvidence")["Metrics"]
    names = [{one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in metrics]
    assert {name["Feature"] for name in names} == {"plan", "tenure", "score"}
    assert {(name["Stack"], name["Model"]) for name in names} == {("leeway", "churn")}


@pytest.mark.story
def test_a_late_file_counts_as_if_it_had_been_there(watched: Watched) -> None:
    """Half of an hour's captures come two hours later."""
    s3, hour = watched.aws.client("s3"), "capture/leeway-churn/a/"
    held: dict[str, bytes] = {}
    watched.traffic(300)
    before = watched.reports()
    names = [one["Key"] for one in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=hour)["Contents"]]
    for key in names[::2]:
        held[key] = s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
        s3.delete_object(Bucket=ARTIFACTS, Key=key)
    watched.aws.advance(HOUR)
    assert watched.reports()[max(before)]["rows"] < before[max(before)]["rows"]
    for key, body in held.items():
        s3.put_object(Bucket=ARTIFACTS, Key=key, Body=body)
    watched.aws.advance(HOUR)
    assert watched.reports()[max(before)] == before[max(before)]


@pytest.mark.story
def test_an_hour_in_which_another_version_took_over_is_cut(watched: Watched) -> None:
    watched.traffic(200)
    second = watched.version("two", "one")
    start = watched.aws.now()
    watched.serve(second)
    watched.traffic(200, seed=5)
    old, new = watched.reports(1), watched.reports(2)
    changed = f"{start:%Y/%m/%d/%H}"
    assert [report["hour"] for key, report in new.items() if changed in key]
    assert sum(report["rows"] for report in (*old.values(), *new.values())) == 400
    assert watched.item()["waiting"].startswith("version 2: ")


@pytest.mark.story
def test_looking_twice_changes_nothing(watched: Watched) -> None:
    watched.traffic(200)
    reports, writes = watched.reports(), watched.aws.calls.count(operation="PutObject", caller="leeway-monitor")
    watched.aws.client("lambda").invoke(
        FunctionName="leeway-monitor", Payload=b'{"Records": [{"body": "{\\"model\\": \\"churn\\"}"}]}'
    )
    assert watched.reports() == reports
    again = watched.aws.calls.count(operation="PutObject", caller="leeway-monitor")
    assert again - writes == 1, "only the state is written again"


@pytest.mark.story
def test_model_monitors_files_lie_beside_each_report(watched: Watched) -> None:
    watched.traffic(300)
    key, report = list(watched.reports().items())[-1]
    folder = key.removesuffix(".json")
    statistics, constraints, violations = (
        watched.document(f"{folder}/{name}.json") for name in ("statistics", "constraints", "constraint_violations")
    )
    assert statistics["dataset"]["item_count"] == 300 == report["rows"]
    plan, tenure, score = statistics["features"]
    assert (plan["name"], score["name"]) == ("plan", "score")
    assert tenure["numerical_statistics"]["common"] == {"num_present": 300, "num_missing": 0}
    assert tenure["numerical_statistics"]["mean"] == pytest.approx(score["numerical_statistics"]["mean"] * 100)
    assert violations == {"violations": []}
    assert report["violations"] == []
    assert watched.document("monitoring/churn/v1/baseline/constraints.json") == constraints
    baseline = watched.document("monitoring/churn/v1/baseline/statistics.json")
    assert baseline["dataset"]["item_count"] == 1000

    watched.traffic(300, seed=9, below=25)
    key, report = list(watched.reports().items())[-1]
    written = watched.document(f"{key.removesuffix('.json')}/constraint_violations.json")
    assert written == {"violations": report["violations"]}
    assert [one["constraint_check_type"] for one in report["violations"]] == ["baseline_drift_check"]


@pytest.mark.story
def test_constraints_of_a_person_are_honoured_and_broken_ones_make_the_hour_unknown(watched: Watched) -> None:
    s3, place = watched.aws.client("s3"), {"Bucket": INBOX, "Key": "constraints/churn/constraints.json"}
    watched.traffic(300)
    folder = max(watched.reports()).removesuffix(".json")
    edited = watched.document(f"{folder}/constraints.json")
    edited["features"][0]["string_constraints"]["domains"] = ["month"]
    s3.put_object(**place, Body=json.dumps(edited).encode())
    watched.aws.advance(HOUR)
    assert watched.document(f"{folder}.json")["violations"][0]["feature_name"] == "plan", "open hours are judged again"

    edited["features"][1]["num_constraints"] = {"min": 9, "max": 1}
    s3.put_object(**place, Body=json.dumps(edited).encode())
    watched.aws.advance(HOUR)
    assert watched.item()["waiting_code"] == "refused"
    report = watched.document(f"{folder}.json")
    assert report["verdict"] == "unknown"
    assert "constraints/churn/constraints.json is refused: tenure: num_constraints has max" in report["why"]
    assert report["unused"] == {"the constraints are refused": 300}
    watched.traffic(300)
    assert watched.metric("UnusedRecords")[-1] == 300.0
    [entry] = [entry for entry in watched.journal("Waiting") if entry.actor == "monitor" and "refused" in entry.why]
    assert "which is none of is_non_negative" in entry.why

    s3.put_object(**place, Body=b"no JSON")
    watched.aws.advance(HOUR)
    assert "constraints.json is no JSON: " in watched.item()["waiting"]
    s3.delete_object(**place)
    watched.aws.advance(HOUR)
    assert watched.document(f"{folder}.json")["verdict"] == "stable"
    assert watched.document(f"{folder}.json")["unused"] == {}


@pytest.mark.story
def test_a_look_that_ran_out_of_time_goes_on_where_it_was(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfTime(BaseException):
        """The function is ended."""

    counted: list[Any] = []
    look = Hours._window

    def window(hours: Hours, *arguments: Any) -> Window:
        counted.append(arguments[2].hour)
        if len(counted) == 3:
            raise OutOfTime
        return look(hours, *arguments)

    watched.traffic(200, hours=3)
    before = watched.reports()
    watched.aws.client("s3").delete_object(Bucket=ARTIFACTS, Key="monitoring/churn/v1/state.json")
    monkeypatch.setattr(Hours, "_window", window)
    with inprocess.as_function("person"):
        app = connect("leeway").app
        with pytest.raises(OutOfTime):
            monitor(app, "churn", watched.aws.now())
        monitor(app, "churn", watched.aws.now())
    assert len(counted) == sum(report["records"] > 0 for report in before.values()) + 1
    assert counted[2] == counted[3], "only the hour that was not ended is counted again"
    assert watched.reports() == before


@pytest.mark.story
def test_a_version_without_a_baseline_is_told(aws: LocalAWS) -> None:
    model = Registered(aws=aws)
    model.begin()
    model.serve(model.register("one"))
    aws.advance(2 * HOUR)
    [entry] = [entry for entry in model.journal("Waiting") if entry.actor == "monitor"]
    assert entry.why == "drift is unknown: version 1 has no baseline in the registry"


@pytest.mark.story
@pytest.mark.parametrize(("delta", "verdict"), [(0.2, "stable"), (0.01, "drifted")])
def test_delta_says_how_much_is_tolerated(watched: Watched, delta: float, verdict: str) -> None:
    """Of customers below 43 instead of 50 months, 86 % and not 74 % have been there for at most 36."""
    onboard(watched.aws, replace(spec(), monitoring=Monitoring(delta=delta)))
    watched.traffic(400, below=43, hours=2)
    assert watched.item()["waiting_code"] == verdict


@pytest.fixture
def denied(tmp_path: Path) -> Iterator[Watched]:
    with LocalAWS(state_dir=tmp_path / "aws", image_python=ROOT / ".venv-image/bin/python", start=BEGINS) as embedded:
        embedded.deploy(ROOT / "template.yaml", stack="leeway")
        model = Watched(aws=embedded)
        model.begin()
        yield model


@pytest.mark.story
def test_labels_say_how_good_it_was_and_when_it_got_worse(watched: Watched) -> None:
    """The score is always below a half, so it is right as often as a label is negative; inputs stay as they were."""
    onboard(watched.aws, replace(spec(), rollout=Rollout(outcome_window=2 * HOUR)))
    first = watched.aws.now().replace(minute=0, second=0, microsecond=0) + HOUR
    watched.traffic(300, hours=4)
    assert "quality" not in watched.item()["waiting"]
    for number, positives in enumerate((0.2, 0.2, 0.5, 0.5)):
        watched.label(first + number * HOUR, positives, seed=number)
    watched.aws.advance_to(first + 8 * HOUR + 50 * MINUTE)
    reports = list(watched.reports().values())
    measured = [report["quality"]["accuracy"] for report in reports if report.get("quality")]
    assert measured == pytest.approx([0.8, 0.8], abs=0.08)
    assert "no loss of quality: evidence" in watched.item()["waiting"]
    assert watched.journal("DriftFound") == []

    watched.aws.advance_to(first + 10 * HOUR + 50 * MINUTE)
    [entry] = watched.journal("DriftFound")
    assert "quality is lost: evidence" in entry.why
    assert "is right: 80.0% → " in entry.why
    assert max(watched.metric("DriftEvidence")) >= 1000
    told = [report for report in watched.reports().values() if report.get("quality")]
    assert [report["quality_verdict"]["rows"] for report in told] == [300] * 4
    assert [report["quality_verdict"]["verdict"] for report in told] == ["stable", "stable", "worse", "worse"]

    watched.label(first, 1.0, name="zz-later")
    watched.aws.advance(2 * HOUR)
    assert [report for report in watched.reports().values() if report.get("quality")] == told, "an hour is counted once"


@pytest.mark.story
def test_what_may_not_be_read_is_an_error_and_no_absence_of_drift(denied: Watched) -> None:
    iam = denied.aws.client("iam")
    iam.put_role_policy(
        RoleName="leeway-monitor", PolicyName="no-captures",
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject",'
        f' "Resource": "arn:aws:s3:::{ARTIFACTS}/capture/*"}}]}}',
    )  # fmt: skip
    denied.traffic(200)
    assert "AccessDenied" in denied.item()["waiting"]
    assert denied.item()["waiting_code"] in {"refused", "unavailable"}
    assert sum(report["rows"] for report in denied.reports().values()) == 0
    assert denied.metric("DriftEvidence") == []
