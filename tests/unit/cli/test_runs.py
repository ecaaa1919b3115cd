"""Runs as they are looked back on: what is read of their documents, how one is named, what is told of two."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway.errors import Missing, Rejected
from leeway.retraining.run import BROKEN, EXECUTING, REFUSED, SUCCEEDED, Run
from leeway_cli.exits import Usage
from leeway_cli.runs import compare, lines, mlflow, report
from leeway_cli.runs.compare import Comparison, File
from leeway_cli.runs.report import Recipe, Report

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SHA = "a" * 64
LINEAGE = {
    "seed": 42,
    "hyperparameters": {"objective": "binary:logistic", "max_depth": 4},
    "image": "i:1",
    "code_sha256": SHA,
    "spec_sha256": "b" * 64,
}


def run(**changes: Any) -> Run:
    values: dict[str, Any] = {
        "model": "churn", "created": NOW, "key": "k", "attempt": 1, "trigger": "data", "manifest": "manifests/churn/m",
        "champion": "s3://b/champions/none", "definition": "d", "files": 1, "rows": 900, "status": SUCCEEDED,
        "ended": NOW + timedelta(minutes=3), "why": "version 1 registered",
        "package": "arn:aws:sagemaker:us-east-1:1:model-package/leeway-churn/1",
    }  # fmt: skip
    return Run(**values | changes)


def reported(**changes: Any) -> Report:
    recipe = report.of_lineage(LINEAGE)
    return Report(run=run(**changes), recipe=recipe, challenger={"auc": 0.8, "rmse": None}, champion={"auc": 0.75})


def test_a_recipe_by_lineage_and_by_definition_is_the_same(root: Path) -> None:
    skeleton = (root / "training/pipeline/skeletons/train.json").read_text()
    names = {"image": "i:1", "code": f"code/{SHA}", "spec": f"specs/churn/{'b' * 64}.json", "seed": "42"}
    for name, value in names.items():
        skeleton = skeleton.replace(f"${{{name}}}", value)
    definition = json.loads(skeleton)
    train = next(value for value in report._values(definition, "HyperParameters"))
    train.update({"objective": "binary:logistic", "max_depth": "4"})

    by_lineage, by_definition = report.of_lineage(LINEAGE), report.of_definition(definition)
    assert dict(by_lineage.hyperparameters) == dict(by_definition.hyperparameters)
    assert replace(by_lineage, hyperparameters={}) == replace(by_definition, hyperparameters={})


def test_a_definition_without_jobs_says_nothing() -> None:
    assert report.of_definition({"Steps": [{"Name": "Train", "Type": "Fail"}]}) == Recipe()
    assert report.of_lineage({}) == Recipe()


def test_metrics_of_any_name_are_read() -> None:
    assert report.numbers({"rmse": 1.5, "kept": True, "note": "x", "auc": None, "n": 3}) == {
        "rmse": 1.5,
        "auc": None,
        "n": 3,
    }
    evaluation = {"regression_metrics": {"mae": {"value": 2.0, "standard_deviation": "NaN"}, "confusion": {"0": {}}}}
    assert report.reported(evaluation) == {"mae": 2.0}
    assert report.numbers("nothing") == {}


def test_a_run_is_named_by_the_beginning_of_its_id_or_by_its_version() -> None:
    one, two = run(), run(attempt=2, package="")
    assert report.find([one, two], "churn", one.id[:6].upper()) == one
    assert report.find([one, two], "churn", "v1") == one
    with pytest.raises(Missing, match=rf"no run v9; the newest are: {two.id[:8]}, {one.id[:8]} \(v1\)"):
        report.find([one, two], "churn", "v9")
    with pytest.raises(Rejected, match="stands for several runs"):
        report.find([one, two], "churn", "")


def test_a_brief_run_says_how_long_it_took_and_what_came_of_it() -> None:
    told = list(lines.brief(reported(attempt=2), NOW))
    assert told[0].endswith("2026-03-01 09:00:00  Succeeded in 3 min, version 1; by data, attempt 2, 1 file, 900 rows")
    assert told[2].strip() == "auc 0.8000 (champion 0.7500), rmse does not exist"
    still = lines.brief(reported(status=EXECUTING, ended=None, package="", why=""), NOW + timedelta(minutes=9))
    assert "Executing for 9 min; by data" in next(iter(still))


def test_a_run_in_full_leaves_out_what_is_not_known() -> None:
    bare = Report(run=run(status=BROKEN, execution=""), recipe=Recipe(), challenger={}, champion={})
    assert not any(line.strip().startswith(("image", "metrics", "execution")) for line in lines.full(bare, NOW))
    assert any(SHA in line for line in lines.full(reported(), NOW))


def test_two_runs_are_told_by_what_differs() -> None:
    added = File(id="x", name="inbox/churn/three.csv", rows=1200)
    found = Comparison(
        parameters=['max_depth: "4" → "5"'], specification=[], added=[added], removed=[], same=2, code=[], image=[],
        champion=[], metrics={"auc": (0.8, 0.82), "rmse": (None, 1.0)},
    )  # fmt: skip
    told = "\n".join(compare.lines(found))
    assert "added 1, 1,200 rows: inbox/churn/three.csv" in told
    assert "auc: 0.8000 → 0.8200 (+0.0200)" in told
    assert "rmse: does not exist → 1.0000" in told
    assert "code        the same" in told
    assert json.loads(json.dumps(compare.as_json(found)))["data"]["added"][0]["rows"] == 1200


def test_a_code_that_changed_is_named_whole() -> None:
    assert compare._change(SHA, "c" * 64) == [f"{SHA} → {'c' * 64}"]
    assert compare._change("", SHA) == [f"not known → {SHA}"]


def test_what_mlflow_is_sent() -> None:
    body = mlflow.content(reported())
    assert {"key": "max_depth", "value": "4"} in body["params"]
    sent = {metric["key"]: metric["value"] for metric in body["metrics"]}
    assert sent == {"auc": 0.8, "champion_auc": 0.75}
    assert {"key": "leeway.version", "value": "1"} in body["tags"]
    ends = {name: mlflow.status(reported(status=name)) for name in (SUCCEEDED, REFUSED, BROKEN, EXECUTING)}
    assert list(ends.values()) == ["FINISHED", "FINISHED", "FAILED", "RUNNING"]


@pytest.mark.parametrize("uri", ["ftp://host/runs", "databricks", "http://", "arn:aws:sagemaker:us-east-1:1:x/y"])
def test_mlflow_is_reached_by_http_alone(uri: str) -> None:
    with pytest.raises(Usage, match="wants the address"):
        mlflow.server(uri)


def test_mlflow_credentials_come_from_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mlflow._authorization() == ""
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pw")
    assert mlflow._authorization() == "Basic YW5uOnB3"
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t")
    assert mlflow._authorization() == "Bearer t"
