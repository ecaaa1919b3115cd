"""Hours that are too large for the monitor's function: a Processing job counts them, and nothing else is different."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leeway.outcomes import monitoring as labelled
from leeway.spec import Monitoring, Rollout
from leeway_cli.doctor import stack, way
from localaws import LocalAWS, Mode, inprocess
from tests.clock import BEGINS
from tests.local.by_job import CONTAINER, STATE, ByJob
from tests.local.onboarding import ARTIFACTS, onboard, spec
from tests.local.person import ROOT, Person
from tests.local.registered import MINUTE
from tests.local.watched import HOUR

pytestmark = [pytest.mark.local, pytest.mark.story]


FIRST = "monitoring/churn/v1/2026/03/02/10.json"  # of the first whole hour


@pytest.fixture
def model(tmp_path: Path) -> Iterator[ByJob]:
    start, image = BEGINS, ROOT / ".venv-image/bin/python"
    with LocalAWS(state_dir=tmp_path / "aws", image_python=image, start=start) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = ByJob(aws=aws)
        found.begin()
        found.bring()
        yield found
        assert aws.denied == []


@pytest.mark.parametrize("instances", [1, 3])
def test_a_job_comes_to_the_same_as_the_function(model: ByJob, instances: int) -> None:
    model.traffic(300, hours=2)
    model.traffic(300, seed=9, below=25)
    reports, state, metrics = model.raw(), model.document(STATE), model.metric("DriftEvidence")
    assert model.item()["waiting_code"] == "drifted"
    assert model.jobs() == []

    model.forget()
    model.counts_by(instances)
    model.look()
    model.aws.advance(15 * MINUTE)
    [job] = model.jobs()
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == instances
    assert model.raw() == reports, "byte for byte"
    again = model.document(STATE)
    assert again["timeline"]["tracks"] == state["timeline"]["tracks"]
    assert again["hours"].keys() == state["hours"].keys()
    assert [one["window"]["counts"] for one in again["hours"].values()] == [
        one["window"]["counts"] for one in state["hours"].values()
    ]
    assert model.metric("DriftEvidence") == metrics
    assert model.item()["waiting_code"] == "drifted"
    assert len(model.journal("DriftFound")) == 1, "it is no news"
    [started] = model.entries()
    assert "MB of captures in 3 hours) are more than monitoring.job_above, 0 MB: " in started.why
    shares = model.aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix="counting/")["Contents"]
    assert len([one for one in shares if "/shares-1/" in one["Key"]]) == instances


def test_what_comes_late_is_counted_alone_and_merged(model: ByJob) -> None:
    """By the function where it is small; by another job where it is not."""
    s3, prefix = model.aws.client("s3"), "capture/leeway-churn/a/"
    model.traffic(300)
    reports = model.raw()
    names = [one["Key"] for one in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix)["Contents"]]
    held = {name: s3.get_object(Bucket=ARTIFACTS, Key=name)["Body"].read() for name in names[1:]}
    for name in held:
        s3.delete_object(Bucket=ARTIFACTS, Key=name)
    model.forget()
    model.counts_by(2)
    model.look()
    model.aws.advance(15 * MINUTE)
    assert 0 < model.document(FIRST)["rows"] < 300
    first, *second = held
    s3.put_object(Bucket=ARTIFACTS, Key=first, Body=held[first])
    model.look()
    model.aws.advance(15 * MINUTE)
    assert [job["ProcessingJobStatus"] for job in model.jobs()] == ["Completed"] * 2
    model.counts_by(0)
    for name in second:
        s3.put_object(Bucket=ARTIFACTS, Key=name, Body=held[name])
    model.look()
    assert model.raw() == reports
    assert len(model.jobs()) == 2


def test_a_job_that_fails_is_tried_again_and_then_its_hours_are_unknown_and_later_ones_are_not(model: ByJob) -> None:
    model._put(CONTAINER["code"], b"no archive")
    model.counts_by(2)
    model.traffic(300)
    assert model.item()["waiting_code"] == "counting"
    assert "are counted by the job leeway-churn-count-" in model.item()["waiting"]
    assert FIRST not in model.reports()
    model.aws.advance(HOUR)
    failed = model.jobs()
    assert [job["ProcessingJobStatus"] for job in failed] == ["Failed"] * 3
    assert len({job["ProcessingJobName"] for job in failed}) == 3
    _, first, second, given_up = model.entries()
    assert [one.what for one in (first, second, given_up)] == ["CountingFailed", "CountingFailed", "CountingGivenUp"]
    assert "because" not in first.why
    assert "it has failed: AlgorithmError: exit code 1" in first.why
    assert second.at - first.at >= 10 * MINUTE
    assert given_up.at - second.at >= 20 * MINUTE
    report = model.document(FIRST)
    assert (report["verdict"], report["rows"]) == ("unknown", 0)
    assert "3 jobs could not count it, the last (leeway-churn-count-" in report["why"]
    assert model.metric("DriftEvidence") == [], "neither drift nor its absence"
    assert "3 jobs could not count it" in model.journal("Waiting")[-1].why

    model.bring()
    model.traffic(300)
    model.aws.advance(15 * MINUTE)
    assert model.reports()[max(model.reports())]["rows"] == 300
    assert model.item()["waiting_code"] == "stable"
    assert len(model.jobs()) == 4, "what was given up is not asked for again"


def slowly(model: ByJob) -> None:
    """From now on SageMaker takes long for an instance."""
    object.__setattr__(model.aws.world.lifecycle, "job_start", 1200.0)


def test_a_job_that_somebody_stops_is_tried_again(model: ByJob) -> None:
    model.counts_by(1)
    slowly(model)
    model.traffic(300)
    [job] = model.jobs()
    model.sagemaker.stop_processing_job(ProcessingJobName=job["ProcessingJobName"])
    model.aws.advance(40 * MINUTE)
    assert [one["ProcessingJobStatus"] for one in model.jobs()] == ["Stopped", "Completed"]
    assert "it was stopped: no reason is given; again from " in model.entries()[1].why
    assert model.document(FIRST)["rows"] == 300


def test_labels_of_an_hour_that_is_too_large_for_the_function_are_not_joined(
    model: ByJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "LARGEST", 1)
    rules = replace(spec(), monitoring=Monitoring(job_above=0), rollout=Rollout(outcome_window=HOUR))
    onboard(model.aws, rules, container=CONTAINER)
    hour = model.aws.now().replace(minute=0) + HOUR
    model.traffic(200)
    model.label(hour, 0.9)
    model.aws.advance_to(hour + 8 * HOUR)
    told = model.document(FIRST)["quality_verdict"]
    assert (told["verdict"], told["rows"]) == ("unknown", 0)
    assert told["unused"] == {"its hour has more captures than the function takes": 1}


@pytest.mark.parametrize("mode", [Mode.CRASH_AFTER, Mode.CRASH_BEFORE])
def test_a_lost_answer_makes_no_second_job(model: ByJob, mode: Mode) -> None:
    model.counts_by(1)
    model.aws.faults.add(caller="leeway-monitor", operation="CreateProcessingJob", times=1, action=mode)
    model.traffic(300)
    model.aws.advance(20 * MINUTE)
    assert [one["ProcessingJobStatus"] for one in model.jobs()] == ["Completed"]
    assert model.document(FIRST)["rows"] == 300


def test_of_a_model_that_was_applied_before_there_is_no_job_until_it_is_applied_again(model: ByJob) -> None:
    onboard(model.aws, replace(spec(), monitoring=Monitoring(job_above=0)))
    model.traffic(300)
    _, failed, *_ = model.entries()
    assert "what a job runs by is not known of this model: leeway apply it again; again from " in failed.why
    model.counts_by(1)
    model.aws.advance(25 * MINUTE)
    assert model.document(FIRST)["rows"] == 300


def test_drift_that_was_known_is_known_while_a_job_counts_and_by_hand_nothing_that_large(
    model: ByJob, tmp_path: Path
) -> None:
    model.traffic(400, seed=9, below=25, hours=2)
    assert model.item()["waiting_code"] == "drifted"
    model.counts_by(1)
    slowly(model)
    model.traffic(400, seed=11, below=25)
    assert model.item()["waiting_code"] == "drifted-counting"
    assert len(model.journal("DriftFound")) == 1
    person = Person(aws=model.aws, folder=tmp_path)
    assert "are counted by the job leeway-churn-count-" in person.json("drift", "churn")["counting"]
    assert "are counted by the job" in " ".join(person.says("drift", "churn").split())
    with inprocess.as_function("person"):
        checks = stack.checks("leeway", ROOT / "template.yaml", way.quick, local=True)
        assert {check.name: check.says for check in checks}["counting"] == "jobs count hours of churn"
    answer = model.aws.client("lambda").invoke(
        FunctionName="leeway-monitor",
        Payload=json.dumps({"count": {"model": "churn", "version": 1, "hours": ["2026-03-02T10:00+00:00"]}}).encode(),
    )
    said = json.loads(answer["Payload"].read())["refused"]
    assert "MB of captures, more than monitoring.job_above (0 MB); what a job has counted of it is in" in said
