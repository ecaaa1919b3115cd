"""Cohorts counted from S3 by the rollout's role: captures of both arms, labels by folder, who was counted before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from leeway import keys
from leeway.errors import Rejected
from leeway.experiment.assignment import Arm, Assignment, Attributes, place
from leeway.experiment.evidence import Cohort
from leeway.outcomes.act import cohort
from leeway.outcomes.plan import slices
from leeway.rollout.order import Seen
from leeway.rollout.records import keep
from leeway.spec import ModelSpec, Rollout
from localaws import LocalAWS
from tests.local.counted import app_of
from tests.local.onboarding import ARTIFACTS, INBOX, onboard, spec, table
from tests.local.registered import Registered

pytestmark = pytest.mark.local
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 2, 3, tzinfo=UTC)
ARMS = Arm(version=1, endpoint="leeway-churn", slot="a"), Arm(version=2, endpoint="leeway-churn", slot="b")
EPOCH = Assignment(
    experiment="churn-2", epoch=3, champion=ARMS[0], challenger=ARMS[1], share=50, begin=BEGIN, end=BEGIN + 2 * HOUR
)
WINDOW = 2 * HOUR
SPEC = replace(spec(), rollout=Rollout(unit="unit_id", outcome_window=WINDOW))


def put(aws: LocalAWS, bucket: str, key: str, lines: list[Any]) -> None:
    body = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())


def asked(aws: LocalAWS, hour: int, units: range, answer: str = "0.9") -> None:
    """One prediction for each unit, in the captures of its arm."""
    at = BEGIN + hour * HOUR
    for arm in ARMS:
        lines = []
        for unit in units:
            where = place(EPOCH.experiment, f"customer-{unit}")
            if EPOCH.arm(where) is arm:
                said = Attributes(epoch=EPOCH.epoch, version=arm.version, unit=where)
                lines.append({
                    "captureData": {"endpointOutput": {"data": answer, "encoding": "CSV"}},
                    "eventMetadata": {
                        "eventId": f"{hour}-{unit}", "customAttributes": [str(said)],
                        "inferenceTime": f"{at + timedelta(seconds=unit):%Y-%m-%dT%H:%M:%SZ}",
                    },
                })  # fmt: skip
        put(aws, ARTIFACTS, f"capture/leeway-churn/{arm.slot}/{at:%Y/%m/%d/%H}/x.jsonl", lines)


def labelled(aws: LocalAWS, hours: int, name: str, labels: dict[str, int]) -> None:
    """A CSV file of labels in the folder of an hour."""
    at = BEGIN + hours * HOUR
    lines = ["event_id,label", *(f"{key},{label}" for key, label in labels.items())]
    put(aws, INBOX, f"labels/churn/{at:%Y/%m/%d/%H}/{name}.csv", lines)


def test_slices_are_counted_in_their_order_and_the_same_whenever_they_are(aws: LocalAWS, tmp_path: Path) -> None:
    onboard(aws, SPEC)
    asked(aws, 0, range(100))
    asked(aws, 1, range(50, 150))
    labelled(aws, 0, "b", {f"0-{unit}": unit % 2 for unit in range(80)})
    labelled(aws, 2, "a", {f"0-{unit}": 1 for unit in range(10)})  # some changed
    labelled(aws, 2, "b", {f"1-{unit}": 1 for unit in range(50, 150)})
    labelled(aws, 3, "late", {f"0-{unit}": 1 for unit in range(80, 100)})  # after the first slice's window
    put(aws, INBOX, "labels/churn/no-folder.csv", ["event_id,label", "0-99,1"])
    app, pieces = app_of(aws, "leeway-rollout"), slices([EPOCH], None, BEGIN + 12 * HOUR, WINDOW)
    assert len(pieces) == 2
    found = [cohort(app, SPEC, piece, tmp_path) for piece in pieces]
    assert [sum(counts.assigned) for counts in found] == [100, 50]
    assert [sum(counts.labelled) for counts in found] == [80, 50]
    assert min(*found[0].assigned, *found[1].assigned) > 10
    first = found[0].cohort
    assert first.champion_successes + first.challenger_successes == 5 + 35 + 5
    assert found[0].unused["a label that was changed later"] == 5

    labelled(aws, 5, "more", {f"0-{unit}": 0 for unit in range(100)})
    again = tmp_path / "again"
    again.mkdir()
    assert [cohort(app, SPEC, piece, again) for piece in reversed(pieces)] == found[::-1]
    assert arrivals(aws) == []


def arrivals(aws: LocalAWS) -> list[Any]:
    """Labels are no data to train on."""
    aws.settle()
    s3 = aws.client("s3")
    kept = [
        s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix).get("Contents", [])
        for prefix in ("accepted/", "quarantine/")
    ]
    return [*chain(*kept), *table(aws).query(keys.model_pk("churn"), keys.ARRIVAL)]


def test_nothing_there_counts_nothing(aws: LocalAWS, tmp_path: Path) -> None:
    [piece, _] = slices([EPOCH], None, BEGIN + 12 * HOUR, WINDOW)
    found = cohort(app_of(aws, "leeway-rollout"), SPEC, piece, tmp_path)
    assert found.cohort == Cohort(champion=0, champion_successes=0, challenger=0, challenger_successes=0)
    assert (found.assigned, found.labelled, found.unused) == ((0, 0), (0, 0), {})


def multiclass() -> ModelSpec:
    return replace(SPEC, model=replace(SPEC.model, problem="multiclass"))


def test_the_classes_of_a_model_are_those_of_its_own_evaluation(aws: LocalAWS, tmp_path: Path) -> None:
    """The two arms may know other classes; where a version does not say which it knows, nothing can be counted."""
    model = Registered(aws=aws)
    model.begin()
    [piece, _] = slices([EPOCH], None, BEGIN + 12 * HOUR, WINDOW)
    app = app_of(aws, "leeway-rollout")
    with pytest.raises(Rejected, match="version 1 was evaluated without the order of its classes"):
        cohort(app, multiclass(), piece, tmp_path)
    for version, classes in ((1, ["a", "b"]), (2, ["b", "a"])):
        key = f"runs/{version}/evaluation.json"
        put(aws, ARTIFACTS, key, [{"scores": {"classes": classes}}])
        arn = model.register(f"v{version}", ModelMetrics=statistics(f"s3://{ARTIFACTS}/{key}"))
        table(aws).transact([keep("churn", None, Seen(version=version, arn=arn, status="Approved"))])
    asked(aws, 0, range(40), "0.8,0.2")
    labelled(aws, 1, "x", {f"0-{unit}": "a" for unit in range(40)})
    found = cohort(app, multiclass(), piece, tmp_path).cohort
    assert (found.champion_successes, found.challenger_successes) == (found.champion, 0)
    assert found.champion + found.challenger == 40


def statistics(uri: str) -> dict[str, Any]:
    return {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}}
