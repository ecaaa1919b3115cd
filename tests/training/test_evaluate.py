"""Evaluate: challenger and champion on the same rows, metrics that plain Python finds too, and what made the model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.spec import Column, Gate, ModelSpec
from leeway_cli.churn import auc
from tests.training import small
from tests.training.conftest import Make
from tests.training.job import Job, contents, read_csv, read_json

pytestmark = pytest.mark.training
ROWS = small.records(600)


def gated(model: ModelSpec, **gate: object) -> ModelSpec:
    return replace(model, gate=Gate(**gate))  # type: ignore[arg-type]


def champion(trained: Job, folder: Path, model: ModelSpec | None = None, rows: list[small.Record] | None = None) -> Job:
    """A model of its own training on the same files, with one round: worse, but not the same."""
    job = trained.again(folder, model)
    if rows is not None:
        (job.folder / "data/rows.csv").write_bytes(small.as_csv(rows))
    assert job.prepare()["ready"] == 1
    job.train(num_round=1, max_depth=1)
    return job


def test_without_a_champion_the_bar_alone_decides(trained: Job) -> None:
    value = read_json(trained.output / "evaluate/evaluation.json")["binary_classification_metrics"]["auc"]["value"]
    gate = trained.evaluate()
    assert gate.pop("calibration_error") == pytest.approx(0.1, abs=0.1)
    assert gate == {
        "passed": 1,
        "outcome": "passed",
        "reason": f"auc {value:.4f}, and no bar is set; there is no champion to beat",
        "metric": "auc",
        "value": value,
        "min": None,
        "margin": 0.0,
        "champion_value": None,
        "comparable": True,
        "difference": None,
        "slices": [],
        "holdout_rows": 90,
    }


@pytest.mark.parametrize("name", ["bike", "bank", "telco"])
def test_metrics_are_those_that_plain_python_finds(real: Callable[[str], Job], name: str) -> None:
    evaluated = real(name).output / "evaluate"
    rows = read_csv(evaluated / "scores.csv")
    scores, truth = [float(row["score"]) for row in rows], [row["label"] == "1" for row in rows]
    count, pairs = len(rows), list(zip(scores, truth, strict=True))
    guessed = [score >= 0.5 for score in scores]
    hits = sum(label and guess for label, guess in zip(truth, guessed, strict=True))
    expected = {
        "auc": auc(truth, scores),
        "aucpr": average_precision(truth, scores),
        "f1": 2 * hits / (sum(truth) + sum(guessed)),
        "logloss": -sum(math.log(score if label else 1 - score) for score, label in pairs) / count,
        "accuracy": sum((score >= 0.5) == label for score, label in pairs) / count,
        "brier": sum((score - label) ** 2 for score, label in pairs) / count,
        "mean_score": sum(scores) / count,
        "base_rate": sum(truth) / count,
        "expected_calibration_error": calibration_error(truth, scores),
        "recall": hits / sum(truth),
        "precision": hits / sum(guessed),
        "true_positive_rate": hits / sum(truth),
        "false_negative_rate": 1 - hits / sum(truth),
        "false_positive_rate": (sum(guessed) - hits) / (count - sum(truth)),
        "true_negative_rate": 1 - (sum(guessed) - hits) / (count - sum(truth)),
    }
    document = read_json(evaluated / "evaluation.json")
    report = dict(document["binary_classification_metrics"])
    table, curve = report.pop("confusion_matrix"), report.pop("receiver_operating_characteristic_curve")
    assert 1 == curve["true_positive_rates"][-1] == report.pop("precision_recall_curve")["recalls"][-1]
    assert len(curve["false_positive_rates"]) == 102
    assert {metric: found["value"] for metric, found in report.items()} == pytest.approx(expected, abs=1e-6)
    assert table["1"] == {
        "0": sum(label and score < 0.5 for score, label in pairs),
        "1": sum(label and score >= 0.5 for score, label in pairs),
    }
    assert sum(sum(row.values()) for row in table.values()) == count == document["dataset"]["item_count"]


def calibration_error(truth: list[bool], scores: list[float]) -> float:
    bins: list[list[float]] = [[] for _ in range(10)]
    for label, score in zip(truth, scores, strict=True):
        bins[min(int(score * 10), 9)].append(label - score)
    return sum(abs(sum(inside)) for inside in bins) / len(scores)


def average_precision(truth: list[bool], scores: list[float]) -> float:
    """The precision at each score from the highest on, weighed by the recall that it adds."""
    found, hits, taken = 0.0, 0, 0
    for score in sorted(set(scores), reverse=True):
        here = [label for label, given in zip(truth, scores, strict=True) if given == score]
        hits, taken = hits + sum(here), taken + len(here)
        found += sum(here) / sum(truth) * hits / taken
    return found


def test_a_champion_is_scored_on_the_same_rows(trained: Job, tmp_path: Path) -> None:
    """Its metrics are those of its own evaluation on that holdout."""
    old = champion(trained, tmp_path / "old")
    own = old.evaluate()
    gate = trained.evaluate(old.archive)
    assert (gate["passed"], gate["comparable"]) == (1, True)
    assert gate["champion_value"] == own["value"] < gate["value"]
    assert gate["reason"] == (f"auc {gate['value']:.4f} ≥ the champion's {own['value']:.4f} ({told(gate)})")
    assert gate["difference"]["low"] < gate["difference"]["value"] == gate["value"] - own["value"]
    found = read_json(trained.output / "evaluate/evaluation.json")["champion"]
    alone = read_json(old.output / "evaluate/lineage.json")["metrics"]
    assert found == {"metrics": alone, "unreadable_rows": 0}

    turned = old.evaluate(trained.archive)
    assert (turned["passed"], turned["champion_value"]) == (0, gate["value"])
    assert turned["reason"] == f"auc {own['value']:.4f} < the champion's {gate['value']:.4f} ({told(turned)})"
    assert turned["difference"]["value"] == -gate["difference"]["value"]


def told(gate: dict[str, Any]) -> str:
    found = gate["difference"]
    return f"difference {found['value']:+.4f}, 95% interval {found['low']:+.4f} to {found['high']:+.4f}"


def test_a_margin_must_be_won(trained: Job, tmp_path: Path) -> None:
    again = champion(trained, tmp_path / "again", gated(trained.spec, margin=0.01))
    again.train()
    gate = again.evaluate(trained.archive)
    assert gate["passed"] == 0
    assert gate["reason"] == (
        f"auc {gate['value']:.4f} < the champion's {gate['value']:.4f} + 0.01"
        " (difference +0.0000, 95% interval +0.0000 to +0.0000)"
    )

    even = champion(trained, tmp_path / "even")
    even.train()
    assert even.evaluate(trained.archive)["passed"] == 1, "without a margin, as good as the champion is good enough"


def test_below_the_bar(trained: Job, tmp_path: Path) -> None:
    old = champion(trained, tmp_path / "old", gated(trained.spec, min=0.99))
    gate = old.evaluate()
    assert gate["passed"] == 0
    assert gate["reason"] == f"auc {gate['value']:.4f} < the bar 0.99; there is no champion to beat"


def test_a_champion_with_a_feature_that_the_data_lack_is_not_comparable(trained: Job, tmp_path: Path) -> None:
    rows = [row | {"extra": row["n"] % 7, "more": 1} for row in ROWS]
    columns = (*small.COLUMNS, Column(name="extra", type="int"), Column(name="more", type="bool"))
    old = champion(trained, tmp_path / "old", small.spec(columns=tuple(sorted(columns, key=lambda c: c.name))), rows)
    gate = trained.evaluate(old.archive)
    assert (gate["passed"], gate["comparable"], gate["champion_value"]) == (1, False, None)
    assert gate["reason"].endswith("; not comparable with the champion: the data lack its features extra, more")


def test_a_champion_with_a_feature_that_the_specification_dropped_is_comparable(trained: Job, tmp_path: Path) -> None:
    new = champion(trained, tmp_path / "new", small.without(trained.spec, "kind", "place"))
    gate = new.evaluate(trained.archive)
    assert (gate["passed"], gate["comparable"]) == (0, True)
    assert gate["champion_value"] == trained.evaluate()["value"]


def test_cells_that_the_champion_does_not_take_are_missing_to_it(trained: Job, tmp_path: Path) -> None:
    """Its specification knew no category c, and no `n` over 550."""
    narrow = {"kind": {"values": ("a", "b")}, "n": {"max": 550}}
    columns = tuple(replace(column, **narrow.get(column.name, {})) for column in small.COLUMNS)
    rows = [row for row in ROWS if row["kind"] != "c" and row["n"] <= 550]
    old = champion(trained, tmp_path / "old", small.spec(columns=columns), rows)
    assert trained.evaluate(old.archive)["comparable"] is True
    found = read_json(trained.output / "evaluate/evaluation.json")["champion"]
    assert found["unreadable_rows"] == sum(row["kind"] == "c" or row["n"] > 550 for row in ROWS[510:])


def test_each_slice_has_its_own_value(trained: Job, tmp_path: Path) -> None:
    """In one spelling, whatever the file's; a column need not be a feature."""
    sliced = champion(
        trained, tmp_path / "sliced", gated(trained.spec, slices=("flag", "kind", "region"), slice_min=0.1)
    )
    rows = [row | {"flag": "TRUE" if row["flag"] == "yes" and row["n"] % 2 else row["flag"]} for row in ROWS]
    rows = [row | {"region": "north" if row["n"] % 20 else "south"} for row in rows]
    (sliced.folder / "data/rows.csv").write_bytes(small.as_csv(rows))
    sliced.prepare()
    sliced.train()
    gate = sliced.evaluate()
    scored = read_csv(sliced.output / "evaluate/scores.csv")
    by_name = {(found["column"], found["group"]): found for found in gate["slices"]}
    north = [row for row in scored if int(row["id"][1:]) % 20]
    assert by_name["region", "north"] == {
        "column": "region",
        "group": "north",
        "rows": 86,
        "value": pytest.approx(auc([row["label"] == "1" for row in north], [float(row["score"]) for row in north])),
    }
    assert by_name["region", "south"] == {"column": "region", "group": "south", "rows": 4, "value": None}
    assert {group for column, group in by_name if column == "flag"} == {"true", "false"}
    worst = min((found for found in gate["slices"] if found["value"] is not None), key=lambda found: found["value"])
    assert f"worst slice {worst['column']} = {worst['group']} ({worst['rows']} rows): auc" in gate["reason"]
    assert "region = south (4 rows)" in gate["reason"]
    assert gate["passed"] == 1


def test_groups_of_fewer_rows_than_asked_for_do_not_count(trained: Job, tmp_path: Path) -> None:
    """The three kinds have some thirty rows of the holdout each, and none of them the metric that is asked for."""
    asked = gated(trained.spec, slices=("kind",), slice_min=0.999, slice_min_rows=10)
    gate = champion(trained, tmp_path / "few", asked).evaluate()
    assert "worst slice kind = " in gate["reason"]
    asked = gated(trained.spec, slices=("kind",), slice_min=0.999, slice_min_rows=80)
    gate = champion(trained, tmp_path / "many", asked).evaluate()
    assert "ignored slices (under 80 rows" in gate["reason"]
    assert "worst slice" not in gate["reason"]


def test_a_slice_that_the_data_lack_closes_the_gate(trained: Job, tmp_path: Path) -> None:
    gate = champion(trained, tmp_path / "job", gated(trained.spec, slices=("kind", "regoin"))).evaluate()
    assert (gate["passed"], gate["outcome"]) == (0, "refused")
    assert gate["reason"].startswith("the data lack the columns of gate.slices: regoin")


def test_scores_that_are_all_too_high_are_refused_though_their_ranks_are_good(trained: Job, tmp_path: Path) -> None:
    """What a model of another XGBoost does where nobody checks its version; AUC cannot see it."""
    job = champion(trained, tmp_path / "job", gated(trained.spec, max_calibration_error=0.2))
    job.train(num_round=1, eta=0.01, max_depth=4, base_score=0.95)
    gate = job.evaluate()
    assert (gate["passed"], gate["outcome"]) == (0, "refused")
    assert gate["value"] > 0.7
    assert gate["reason"].startswith(
        f"expected calibration error {gate['calibration_error']:.4f} > the limit 0.2 (mean"
    )


@pytest.mark.parametrize("with_champion", [False, True])
def test_a_holdout_with_one_class_closes_the_gate(trained: Job, tmp_path: Path, with_champion: bool) -> None:
    """Prepare lets no such holdout through; should one come, it is a reason all the same."""
    job = champion(trained, tmp_path / "job", gated(trained.spec, min_holdout=10))
    holdout = job.output / "holdout/holdout.csv"
    lines = holdout.read_text().splitlines(keepends=True)
    holdout.write_text("".join([lines[0], *(line for line in lines[1:] if line.endswith(",0\n"))]))
    gate = job.evaluate(trained.archive if with_champion else None)
    assert (gate["passed"], gate["value"], gate["champion_value"]) == (0, None, None)
    assert gate["outcome"] == "too little data"
    assert gate["reason"] == "too little data: the holdout has 0 rows of its rarer class; at least 10 are needed"
    assert read_json(job.output / "evaluate/lineage.json")["metrics"]["auc"] is None


@pytest.mark.parametrize("name", ["bike", "bank", "telco"])
def test_the_lineage_names_all_that_made_the_model(real: Callable[[str], Job], name: str) -> None:
    job = real(name)
    lineage = read_json(job.output / "evaluate/lineage.json")
    versions = lineage.pop("versions")
    metrics, gate = lineage.pop("metrics"), lineage.pop("gate")
    assert gate == {key: value for key, value in read_json(job.output / "evaluate/gate.json").items() if key in gate}
    assert lineage == {
        "model": name,
        "problem": "binary",
        "manifest_sha256": digest(job.folder / "manifest/manifest.json"),
        "spec_sha256": job.spec.sha256,
        "code_sha256": "c0de",
        "image": "xgboost:3.0-5",
        "seed": 42,
        "hyperparameters": dict(job.spec.training.hyperparameters),
        "artifact_sha256": digest(job.archive),
        "files_sha256": {file: digest(job.model / file) for file in ("encoders.json", "xgboost-model")},
        "features": sorted(column.name for column in job.spec.data.columns),
    }
    assert (versions["xgboost"], versions["numpy"]) == ("3.0.5", "2.1.0")
    assert metrics[job.spec.gate.metric] == read_json(job.output / "evaluate/gate.json")["value"]
    assert read_json(job.output / "evaluate/gate.json")["passed"] == 1


def test_the_same_inputs_give_the_same_bytes(trained: Job, tmp_path: Path, make: Make) -> None:
    first = make(ROWS).all()
    assert contents(first.output) == contents(make(ROWS, name="again").all().output)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
