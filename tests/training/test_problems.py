"""Multiclass models and regressions, from rows to answers."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.spec import ModelSpec
from leeway_cli.model_toml.hyperparameters import known
from tests.training import small
from tests.training.conftest import Make
from tests.training.image import Image
from tests.training.job import Job, contents, job, read_csv, read_json

pytestmark = pytest.mark.training
ROWS = small.records(600)
KLASSES = ["Köln, mid", "high", "low"]
SPECS = {name: small.spec(problem=name) for name in ("multiclass", "regression")}
LABELLED = {"multiclass": small.classed, "regression": small.measured}
CSV, JSON = "text/csv", "application/json"
ROW = {"flag": True, "kind": "a", "n": 7, "place": "Köln", "x": 2.5}


@pytest.fixture(scope="module")
def done(image: Image, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """A training of each problem, with all steps done; not to be changed."""
    return {
        name: job(
            tmp_path_factory.mktemp(name) / "job", image, SPECS[name], {"rows.csv": small.as_csv(make(ROWS))}
        ).all()
        for name, make in LABELLED.items()
    }


def test_classes_are_those_of_the_training_part_in_order(done: dict[str, Job]) -> None:
    trained = done["multiclass"]
    encoders = read_json(trained.model / "encoders.json")
    assert (encoders["problem"], encoders["classes"]) == ("multiclass", sorted(KLASSES))
    assert sum(encoders["probe"]) == pytest.approx(1.0)
    labels = trained.image.value("array", path=str(trained.output / "train/labels.npy"))
    assert [encoders["classes"][int(code)] for code in labels] == [row["y"] for row in small.classed(ROWS)[:420]]
    shares = read_json(trained.output / "baseline/baseline.json")["label"]["shares"]
    assert shares == {name: labels.count(code) / 420 for code, name in enumerate(encoders["classes"])}


def test_the_numbers_of_a_regression_are_learnt_as_they_are(done: dict[str, Job]) -> None:
    trained = done["regression"]
    labels = trained.image.value("array", path=str(trained.output / "train/labels.npy"))
    assert labels == pytest.approx([float(row["y"]) for row in small.measured(ROWS)[:420]], rel=1e-6)
    label = read_json(trained.output / "baseline/baseline.json")["label"]
    assert label["mean"] == pytest.approx(sum(labels) / 420, rel=1e-6)
    assert read_json(trained.model / "encoders.json")["problem"] == "regression"


@pytest.mark.parametrize(
    ("problem", "metric"), [("multiclass", "validation-mlogloss"), ("regression", "validation-rmse")]
)
def test_the_log_ends_with_the_metric_that_stops_early(
    done: dict[str, Job], tmp_path: Path, problem: str, metric: str
) -> None:
    lines = done[problem].train(tmp_path / "model", num_round=300, eta=0.9, early_stopping_rounds=3)
    assert len(lines) < 300
    assert lines[-1].rpartition("#011")[2].startswith(f"{metric}:")
    assert contents(done[problem].model) != contents(tmp_path / "model")


def test_multiclass_metrics_are_those_that_plain_python_finds(done: dict[str, Job]) -> None:
    evaluated = done["multiclass"].output / "evaluate"
    rows = read_csv(evaluated / "scores.csv")
    pairs = [(row["label"], row["predicted"]) for row in rows]
    document = read_json(evaluated / "evaluation.json")
    found = {name: m["value"] for name, m in document["multiclass_classification_metrics"].items() if "value" in m}
    assert found["accuracy"] == pytest.approx(sum(truth == guess for truth, guess in pairs) / len(pairs))
    assert found["f1_macro"] == pytest.approx(sum(f1(pairs, name) for name in KLASSES) / 3)
    assert 0 < found["mlogloss"] < -math.log(1 / 3)
    assert read_json(evaluated / "gate.json")["value"] == found["accuracy"] > 0.8
    table = document["multiclass_classification_metrics"]["confusion_matrix"]
    assert table["high"]["low"] == pairs.count(("high", "low"))
    assert sum(sum(row.values()) for row in table.values()) == len(pairs) == document["dataset"]["item_count"]


def f1(pairs: list[tuple[str, str]], name: str) -> float:
    hits = pairs.count((name, name))
    return 2 * hits / (sum(truth == name for truth, _ in pairs) + sum(guess == name for _, guess in pairs))


def test_regression_metrics_are_those_that_plain_python_finds(done: dict[str, Job]) -> None:
    evaluated = done["regression"].output / "evaluate"
    pairs = [(float(row["label"]), float(row["score"])) for row in read_csv(evaluated / "scores.csv")]
    mean = sum(truth for truth, _ in pairs) / len(pairs)
    squares = sum((score - truth) ** 2 for truth, score in pairs)
    found = {name: m["value"] for name, m in read_json(evaluated / "evaluation.json")["regression_metrics"].items()}
    assert found["rmse"] == pytest.approx(math.sqrt(squares / len(pairs)), rel=1e-5)
    assert found["mae"] == pytest.approx(sum(abs(score - truth) for truth, score in pairs) / len(pairs), rel=1e-5)
    assert found["r2"] == pytest.approx(1 - squares / sum((truth - mean) ** 2 for truth, _ in pairs), rel=1e-4)
    assert found["r2"] > 0.5
    gate = read_json(evaluated / "gate.json")
    assert (gate["metric"], gate["value"], gate["calibration_error"]) == ("rmse", found["rmse"], None)


@pytest.mark.parametrize("problem", SPECS)
def test_the_gate_compares_with_an_interval(done: dict[str, Job], tmp_path: Path, problem: str) -> None:
    old = done[problem].again(tmp_path / "old")
    old.prepare()
    old.train(num_round=1, eta=0.01, max_depth=1)
    gate = done[problem].again(tmp_path / "new").all().evaluate(old.archive)
    assert gate["passed"] == 1
    low, high = sorted((gate["difference"]["low"], gate["difference"]["high"]))
    assert low < gate["difference"]["value"] < high
    assert (low > 0) == (problem == "multiclass")


def test_a_multiclass_model_answers_with_classes(done: dict[str, Job]) -> None:
    body = json.dumps([ROW, ROW | {"x": -2.5}]).encode()
    texts, document = done["multiclass"].image.serve(done["multiclass"].model, (body, JSON, CSV), (body, JSON, JSON))
    assert (texts.status, texts.media, document.status) == (200, CSV, 200)
    lines = [[float(cell) for cell in line] for line in csv.reader(texts.body.splitlines())]
    predictions = json.loads(document.body)["predictions"]
    assert [one["label"] for one in predictions] == ["high", "low"]
    for line, one in zip(lines, predictions, strict=True):
        assert one["probabilities"] == dict(zip(sorted(KLASSES), line, strict=True))
        assert one["score"] == max(line)
        assert sum(line) == pytest.approx(1, abs=1e-6)


def test_a_regression_answers_with_the_number(done: dict[str, Job]) -> None:
    body = json.dumps(ROW).encode()
    texts, document = done["regression"].image.serve(done["regression"].model, (body, JSON, CSV), (body, JSON, JSON))
    assert json.loads(document.body) == {"predictions": [{"score": float(texts.body)}]}
    assert 300 < float(texts.body) < 450


@pytest.mark.parametrize("problem", SPECS)
def test_the_same_inputs_give_the_same_bytes(done: dict[str, Job], tmp_path: Path, problem: str) -> None:
    again = done[problem].again(tmp_path / "again").all()
    assert contents(again.output) == contents(done[problem].output)
    assert contents(again.model) == contents(done[problem].model)


def test_a_class_that_the_training_part_lacks_is_left_out_and_counted(make: Make) -> None:
    rows = small.classed(ROWS)
    for n in (430, 520, 599):
        rows[n]["y"] = "never seen"
    done = make(rows, SPECS["multiclass"]).all()
    report = read_json(done.output / "prepare/prepare.json")
    assert report["counts"]["unknown_class"] == 3
    assert report["reason"].endswith("; 3 rows have a class that the train part lacks, and are left out")
    assert {row["reason"] for row in read_csv(done.output / "prepare/bad_rows.csv")} == {
        'y is "never seen", which the train part lacks'
    }
    assert read_json(done.output / "evaluate/evaluation.json")["dataset"]["item_count"] == 88


def test_a_champion_with_other_classes_is_compared_by_their_names(done: dict[str, Job], tmp_path: Path) -> None:
    """It knows "other", which came for "high" once: those rows it cannot get right."""
    challenger = done["multiclass"]
    old = challenger.again(tmp_path / "old")
    rows = [row | ({"y": "other"} if row["y"] == "high" else {}) for row in small.classed(ROWS)]
    (old.folder / "data/rows.csv").write_bytes(small.as_csv(rows))
    old.prepare()
    old.train()
    gate = challenger.again(tmp_path / "new").all().evaluate(old.archive)
    held = [row["y"] for row in small.classed(ROWS)[510:]]
    assert gate["comparable"] is True
    assert gate["champion_value"] <= 1 - held.count("high") / len(held)


ANOTHER: dict[str, tuple[str, dict[str, Any], str]] = {
    "problem": ("regression", {}, "it is a regression model, and this one is multiclass"),
    "label": ("multiclass", {"label": "z"}, "it predicts z"),
}


@pytest.mark.parametrize("case", ANOTHER)
def test_a_champion_that_answers_another_question_is_not_comparable(
    done: dict[str, Job], tmp_path: Path, case: str
) -> None:
    problem, data, says = ANOTHER[case]
    old = done[problem]
    if data:
        old = done[problem].again(tmp_path / "old", changed(SPECS[problem], **data))
        rows = [row | {"z": row["y"]} for row in small.classed(ROWS)]
        (old.folder / "data/rows.csv").write_bytes(small.as_csv(rows))
        old.prepare()
        old.train()
    gate = done["multiclass"].again(tmp_path / "new").all().evaluate(old.archive)
    assert (gate["comparable"], gate["champion_value"]) == (False, None)
    assert gate["reason"].endswith(f"not comparable with the champion: {says}")


def changed(model: ModelSpec, **data: Any) -> ModelSpec:
    return replace(model, data=replace(model.data, **data))


def test_scores_of_a_binary_model_for_the_other_class_are_not_comparable(trained: Job, tmp_path: Path) -> None:
    other = trained.again(tmp_path / "other", changed(trained.spec, positive="0"))
    other.all()
    gate = other.evaluate(trained.archive)
    assert gate["reason"].endswith("not comparable with the champion: it predicts y")


@pytest.mark.parametrize(
    ("name", "value"),
    [("objective", name) for name in ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror")]
    + [("eval_metric", "rmse,mae,mape"), ("base_score", -12.5)],
)
def test_what_apply_allows_a_regression_the_training_takes(
    done: dict[str, Job], tmp_path: Path, name: str, value: object
) -> None:
    assert known("regression")[name].takes(value)
    done["regression"].train(tmp_path / "model", **{name: value})


def test_what_apply_allows_classes_the_training_takes(done: dict[str, Job], tmp_path: Path) -> None:
    assert known("multiclass")["eval_metric"].takes("mlogloss,merror,auc")
    lines = done["multiclass"].train(tmp_path / "model", eval_metric="mlogloss,merror,auc", objective="multi:softprob")
    assert lines[-1].count("#011") == 6


def test_the_scores_that_monitoring_compares_with_are_those_of_the_likeliest_class(done: dict[str, Job]) -> None:
    evaluated = done["multiclass"].output / "evaluate"
    rows = [float(row["score"]) for row in read_csv(evaluated / "scores.csv")]
    found = read_json(evaluated / "evaluation.json")["scores"]
    assert "rates" not in found
    shares = [sum(score <= edge for score in rows) / len(rows) for edge in found["edges"]]
    assert found["cumulative"] == pytest.approx(shares)


def test_monitoring_is_told_the_order_of_classes_and_how_far_off_numbers_were(done: dict[str, Job]) -> None:
    """What labels are held against later."""
    classes = read_json(done["multiclass"].output / "evaluate/evaluation.json")["scores"]["classes"]
    assert classes == read_json(done["multiclass"].model / "encoders.json")["classes"]
    evaluated = done["regression"].output / "evaluate"
    off = [abs(float(row["score"]) - float(row["label"])) for row in read_csv(evaluated / "scores.csv")]
    errors = read_json(evaluated / "evaluation.json")["scores"]["errors"]
    assert errors["edges"] == sorted(set(errors["edges"]))
    shares = [sum(one <= edge + 1e-4 for one in off) / len(off) for edge in errors["edges"]]
    assert errors["cumulative"] == pytest.approx(shares, abs=2 / len(off))
    assert errors["cumulative"] == pytest.approx([0.25, 0.5, 0.75, 0.9], abs=0.05)
