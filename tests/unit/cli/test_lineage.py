"""A version's lineage as it is told, where all is known and where little is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leeway.journal import Entry
from leeway_cli.lineage import tell
from leeway_cli.lineage.origin import Origin, Source, key_of
from leeway_cli.lineage.tell import Lineage

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DATA = "s3://artifacts/runs/churn/f00/train/pipelines-x-Train-y/output/model.tar.gz"


def origin(**changes: Any) -> Origin:
    values: dict[str, Any] = {
        "model": "churn", "version": 2, "arn": "arn:x/2", "status": "PendingManualApproval", "created": NOW,
        "model_data": DATA, "champion_data": "s3://artifacts/champions/none", "execution": "", "run": None,
        "folder": "runs/churn/f00", "manifest_key": "manifests/churn/m", "manifest": {"train": []},
        "lineage": {"seed": 1, "metrics": {"rmse": 2.0, "r2": None}, "artifact_sha256": "a" * 64},
    }  # fmt: skip
    return Origin(**values | changes)


def traced(**changes: Any) -> Lineage:
    values: dict[str, Any] = {"origin": origin(), "sources": [], "beat": None, "had_champion": False}
    return Lineage(**values | {"decisions": [], "served": []} | changes)


def source(number: int) -> Source:
    name = f"inbox/churn/{number}.csv"
    return Source(
        id=str(number), name=name, key="accepted/x", rows=10, size=1, accepted_at="", version="v", sha256="d" * 64
    )


@pytest.mark.parametrize(
    ("uri", "job"),
    [(DATA, "pipelines-x-Train-y"), ("s3://b/runs/one/model.tar.gz", ""), ("", ""), ("s3://b/output/model.tar.gz", "")],
)
def test_the_job_is_named_in_the_artefacts_address(uri: str, job: str) -> None:
    assert origin(model_data=uri).training_job == job


def test_a_key_is_what_follows_the_bucket() -> None:
    assert key_of("s3://bucket/runs/churn/f00/") == "runs/churn/f00"


def test_what_is_not_known_is_left_out() -> None:
    told = "\n".join(tell.lines(traced()))
    assert "version 2 of churn, waits for approval" in told
    assert "metrics     rmse 2.0000, r2 does not exist" in told
    assert "champion    none served when it was trained" in told
    assert "served      never" in told
    assert "gate" not in told
    assert json.loads(json.dumps(tell.as_json(traced())))["champion"] is None


def test_files_beyond_the_first_are_counted() -> None:
    told = "\n".join(tell.lines(traced(sources=[source(number) for number in range(9)])))
    assert "9 files, 90 rows" in told
    assert "inbox/churn/5.csv (10 rows) sha256 dddddddddddddddd" in told
    assert "and 3 more (--json names all)" in told


def test_a_champion_that_left_the_registry_is_named_by_its_artefact() -> None:
    found = traced(origin=origin(champion_data="s3://artifacts/gone"), had_champion=True)
    assert any("champion    s3://artifacts/gone: could not be compared" in line for line in tell.lines(found))


def test_what_became_of_it_is_told_in_order() -> None:
    entry = Entry(model="churn", at=NOW, actor="model_approval", what="VersionApproved", why="by Ann", detail={})
    span = {"endpoint": "e", "configuration": "e-1", "slot": "a", "from": "2026-03-01T10:00:00.000000Z", "to": None}
    told = "\n".join(tell.lines(traced(decisions=[entry], served=[span])))
    assert "decisions   2026-03-01 09:00:00 model_approval: Version approved: by Ann" in told
    assert "served      from 2026-03-01 10:00:00 and still does, on e (e-1, slot a)" in told
