"""`leeway drift`: what the monitor found, from its reports in S3."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import Person
from tests.local.watched import HOUR, Watched

pytestmark = pytest.mark.local


@pytest.fixture
def watched(aws: LocalAWS) -> Watched:
    model = Watched(aws=aws)
    model.begin()
    return model


@pytest.mark.story
def test_drift_is_shown_with_its_features_since_when_and_how_sure(watched: Watched, tmp_path: Path) -> None:
    person = Person(aws=watched.aws, folder=tmp_path)
    assert "unknown: no hour has a report" in person.says("drift", "churn")
    watched.traffic(300, hours=3)
    watched.aws.advance(2 * HOUR)
    watched.traffic(300, seed=9, below=25, hours=2)
    began = watched.aws.now().replace(minute=0, second=0, microsecond=0) - 2 * HOUR
    before = person.mutating()

    answer = person.json("drift", "churn")
    assert (answer["version"], answer["verdict"]) == (1, "drifted")
    assert [hour["rows"] for hour in answer["hours"]][-8:] == [300] * 3 + [0] * 3 + [300] * 2
    assert [hour["verdict"] for hour in answer["hours"]][-8:-1] == ["stable"] * 3 + ["unknown"] * 3 + ["drifted"]
    assert answer["hours"][-1]["distances"]["tenure"] > 0.3
    assert {one["feature"]: one["since"] for one in answer["culprits"]}["tenure"] == began.isoformat()
    assert answer["hours_without_report"] == 0

    unknown = [hour["verdict"] for hour in answer["hours"]].count("unknown")
    told = person.says("drift", "churn")
    assert told.startswith("churn version 1: drifted; evidence ")
    assert f"since {began:%A} {began:%H:%M}; evidence " in told
    assert f"{unknown} of them unknown" in told
    assert person.json("drift", "churn", "--version", "1", "--from", "2h")["rows"] == 300 * 2
    assert person.json("drift", "churn", "--to", f"{began - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}")["verdict"] == "stable"
    page = tmp_path / "drift.html"
    person.says("drift", "churn", "--html", str(page))
    assert "<h2>Evidence over time</h2>" in page.read_text()
    assert "Drift found" in page.read_text()
    assert "cannot be written" in person.type("drift", "churn", "--html", str(tmp_path), code=2).stderr
    assert person.mutating() == before

    assert (
        "version 7 of churn has never served; these have: 1"
        in person.type("drift", "churn", "--version", "7", code=3).stderr
    )
    assert "before it begins" in person.type("drift", "churn", "--from", "1h", "--to", "2h", code=2).stderr


@pytest.mark.story
def test_past_hours_are_looked_at_anew_by_hand_and_nothing_is_touched(watched: Watched, tmp_path: Path) -> None:
    person = Person(aws=watched.aws, folder=tmp_path)
    watched.traffic(200, hours=2)
    watched.traffic(200, seed=9, below=25, hours=2)
    found = person.json("drift", "churn")
    s3 = watched.aws.client("s3")

    def kept() -> dict[str, str]:
        listed = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix="monitoring/")["Contents"]
        return {one["Key"]: one["ETag"] + str(one["LastModified"]) for one in listed}

    def changes() -> list[str]:
        calls = [one for one in watched.aws.calls.mutating if one.caller in {"person", "leeway-monitor"}]
        return [one.operation for one in calls if one.operation != "Invoke"]

    before, item, made = kept(), watched.item(), changes()
    answer = person.json("monitor", "churn")
    assert answer == found, "the same captures, counted by the same code"
    assert "of 6 hours counted" in person.type("monitor", "churn", "--from", "6h").stderr
    assert "drifted; evidence" in person.says("monitor", "churn", "--version", "1", "--from", "3h")

    for key in before:
        if key[-7:-5].isdecimal():
            s3.delete_object(Bucket=ARTIFACTS, Key=key)
    gone = kept()
    assert person.json("drift", "churn")["hours"] == []
    assert person.json("monitor", "churn") == found, "hours need have no report"
    assert kept() == gone
    assert watched.item() == item
    assert changes() == made

    watched.aws.client("s3").delete_object(Bucket=ARTIFACTS, Key="runs/one/baseline/baseline.json")
    assert "baseline of version 1 of churn is gone" in person.type("monitor", "churn", code=3).stderr


def test_of_a_model_that_never_served_it_says_so(aws: LocalAWS, tmp_path: Path) -> None:
    model, person = Watched(aws=aws), Person(aws=aws, folder=tmp_path)
    super(Watched, model).begin()
    said = person.type("drift", "churn", code=3).stderr
    assert "no version of churn has served yet" in said
    assert "there is no model other" in person.type("drift", "other", code=3).stderr
