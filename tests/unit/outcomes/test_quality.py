"""Quality by labels: metrics as plain Python computes them, and an alarm that comes soon and not without a reason."""

from __future__ import annotations

import json
import random
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leeway.outcomes import truth
from leeway.outcomes.quality import BAR, Counted, Event, Watch, events
from leeway.outcomes.scored import Measured, Version, measure
from leeway.spec import MULTICLASS, REGRESSION
from tests.unit.outcomes.made import BEGIN, DATA, HOUR, capture, label, written

pytestmark = pytest.mark.unit
RIGHT = Event(name="is right", share=0.9)
POSITIVE = Event(name="is positive", share=0.2, sides=(-1, 1))


def measured(folder: Path, records: list[Any], labels: list[Any], **version: Any) -> Measured:
    captured, files = [written(folder, "a", records)], [written(folder, "labels", labels)]
    found = Version(**{"data": DATA, "problem": "binary"} | version)
    return measure(duckdb.connect(), captured, files, (BEGIN, BEGIN + HOUR), found, folder)


def answers(rows: list[tuple[float, Any]], chance: random.Random) -> tuple[list[Any], list[Any]]:
    """Some plain, some as JSON, some of several rows, and as many labels."""
    records, labels, number = [], [], 0
    while rows:
        taken, rows = rows[: (size := chance.choice([1, 1, 1, 2]))], rows[size:]
        scores, truths = [score for score, _ in taken], [str(label) for _, label in taken]
        if chance.random() < 0.3:
            body = json.dumps({"predictions": [{"score": score} for score in scores]})
            records.append(capture(f"{number}", body, encoding="JSON"))
        else:
            records.append(capture(f"{number}", "\n".join(map(str, scores)) + "\n"))
        labels.append(label(f"{number}", ",".join(truths)))
        number += 1
    return records, labels


@pytest.mark.parametrize("seed", range(2))
def test_metrics_of_a_binary_model(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows = [(round(chance.random(), 2), int(chance.random() < 0.3)) for _ in range(300)]
    found = measured(tmp_path, *answers(rows, chance), held_to=(RIGHT, POSITIVE))
    cells = {(guess, true): sum((s >= 0.5, bool(t)) == (guess, true) for s, t in rows)
             for guess in (True, False) for true in (True, False)}  # fmt: skip
    right, alarm, missed = cells[True, True], cells[True, False], cells[False, True]
    pairs = [(a > b) + (a == b) / 2 for a, one in rows for b, two in rows if one and not two]
    assert found.counted == Counted(rows=300, hits=(right + cells[False, False], right + missed))
    positives, constant = right + missed, "best_constant_classifier"
    share = positives / 300
    assert found.metrics.pop("confusion_matrix") == {
        "0": {"0": cells[False, False], "1": alarm}, "1": {"0": missed, "1": right},
    }  # fmt: skip
    assert found.metrics == pytest.approx({
        f"accuracy_{constant}": share, f"recall_{constant}": 1.0, f"precision_{constant}": share,
        f"f1_{constant}": 2 * share / (share + 1), f"f2_{constant}": 5 * share / (4 * share + 1),
        f"f0_5_{constant}": 1.25 * share / (0.25 * share + 1),
        "accuracy": (right + cells[False, False]) / 300, "auc": sum(pairs) / len(pairs),
        "recall": right / (right + missed), "true_positive_rate": right / (right + missed),
        "precision": right / (right + alarm), "false_negative_rate": missed / (right + missed),
        "true_negative_rate": cells[False, False] / (alarm + cells[False, False]),
        "false_positive_rate": alarm / (alarm + cells[False, False]),
        "f1": 2 * right / (2 * right + alarm + missed), "f2": 5 * right / (5 * right + 4 * missed + alarm),
        "f0_5": 1.25 * right / (1.25 * right + 0.25 * missed + alarm),
    })  # fmt: skip
    assert found.unused == {}


def test_metrics_of_a_regression(tmp_path: Path) -> None:
    chance = random.Random(3)
    rows = [(round(chance.gauss(5, 2), 3), round(chance.gauss(5, 2), 3)) for _ in range(200)]
    held_to = (Event(name="is off by at most 1", share=0.5, most=1.0),)
    found = measured(tmp_path, *answers(list(rows), chance), problem=REGRESSION, held_to=held_to)
    off = [abs(score - true) for score, true in rows]
    mean, mse = sum(true for _, true in rows) / 200, sum(one**2 for one in off) / 200
    around = sum((true - mean) ** 2 for _, true in rows) / 200
    assert found.metrics == pytest.approx(
        {"mae": sum(off) / 200, "mse": mse, "rmse": sqrt(mse), "r2": 1 - mse / around}
    )
    assert found.counted == Counted(rows=200, hits=(sum(one <= 1 for one in off),))


def test_metrics_of_several_classes(tmp_path: Path) -> None:
    records = [capture(f"{n}", text) for n, text in enumerate(["0.7,0.2,0.1", "0.1,0.8,0.1", "0.6,0.3,0.1", "0,0,1"])]
    labels = [label(f"{n}", text) for n, text in enumerate(["a", "b", "b", "c"])]
    found = measured(tmp_path, records, labels, problem=MULTICLASS, classes=("a", "b", "c"), held_to=(RIGHT,))
    assert found.counted == Counted(rows=4, hits=(3,))
    precision = 0.25 * 0.5 + 0.5 + 0.25
    assert found.metrics.pop("confusion_matrix") == {
        "a": {"a": 1, "b": 0, "c": 0}, "b": {"a": 1, "b": 1, "c": 0}, "c": {"a": 0, "b": 0, "c": 1},
    }  # fmt: skip
    f1 = 0.25 * 2 / 3 + 0.5 * 2 / 3 + 0.25  # of a and of b precision and recall are 1/2 and 1, and 1 and 1/2
    weighted = {f"weighted_{name}": pytest.approx(value) for name, value in (
        ("recall", 0.75), ("precision", precision), ("f1", f1),
        ("f0_5", 0.25 * 1.25 * 0.5 / 1.125 + 0.5 * 1.25 * 0.5 / 0.75 + 0.25),
        ("f2", 0.25 * 5 * 0.5 / 3 + 0.5 * 5 * 0.5 / 4.5 + 0.25),
    )}  # fmt: skip
    assert found.metrics == {"accuracy": 0.75, **weighted}


def test_of_the_rows_of_model_monitors_sample_its_metrics_are_found(tmp_path: Path) -> None:
    """Reference 3.6 and its sample `statistics.binary.json`: four rows with this confusion matrix."""
    rows = [(0.1, 0), (0.6, 0), (0.7, 0), (0.9, 1)]
    found = measured(tmp_path, *answers(list(rows), random.Random(1)), held_to=(RIGHT,)).metrics
    assert found["confusion_matrix"] == {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    constant = {name: found[f"{name}_best_constant_classifier"] for name in ("accuracy", "recall", "precision")}
    assert constant == {"accuracy": 0.25, "recall": 1.0, "precision": 0.25}
    assert (found["f1"], found["f1_best_constant_classifier"]) == (0.5, 0.4)
    assert found["f2_best_constant_classifier"] == 0.625
    assert found["f0_5_best_constant_classifier"] == pytest.approx(0.29411764705882354)


def test_of_the_counts_of_model_monitors_sample_of_classes_its_metrics_are_found(tmp_path: Path) -> None:
    """Its sample `statistics.multiclass.json`, to its four digits."""
    matrix = {("0", "0"): 118, ("0", "1"): 51, ("1", "0"): 27, ("1", "1"): 14}
    pairs = [pair for pair, count in matrix.items() for _ in range(count)]
    records = [capture(f"{n}", "0.9,0.1" if guess == "0" else "0.1,0.9") for n, (_, guess) in enumerate(pairs)]
    labels = [label(f"{n}", truth) for n, (truth, _) in enumerate(pairs)]
    found = measured(tmp_path, records, labels, problem=MULTICLASS, classes=("0", "1"), held_to=(RIGHT,)).metrics
    near = {"accuracy": 0.6288, "weighted_precision": 0.6983, "weighted_f0_5": 0.6804, "weighted_f1": 0.6571}
    assert {name: found[name] for name in near} == pytest.approx(near, abs=0.02), "of a tenth of its rows"


def test_what_has_no_label_or_no_answer_is_not_measured(tmp_path: Path) -> None:
    records = [capture("1", "0.9"), capture("2", "0.9"), capture("3", "error"), capture("4", "0.9\n0.8\n")]
    labels = [label("1", "1"), label("3", "1"), label("4", "1"), label("5", "1")]
    found = measured(tmp_path, records, labels, held_to=(RIGHT,))
    assert found.counted == Counted(rows=1, hits=(1,))
    assert found.unused[truth.OTHER_NUMBER] == 1
    assert sum(found.unused.values()) == 3
    empty = measured(tmp_path, [], [], held_to=(RIGHT,))
    assert (empty.counted, empty.metrics) == (Counted(rows=0, hits=(0,)), {})


def test_a_version_is_held_to_its_own_evaluation() -> None:
    binary = {"binary_classification_metrics": {"accuracy": {"value": 0.9}, "base_rate": {"value": 0.2}}}
    assert events("binary", binary) == (RIGHT, POSITIVE)
    assert events(MULTICLASS, {"multiclass_classification_metrics": {"accuracy": {"value": 0.9}}}) == (RIGHT,)
    errors = {"scores": {"errors": {"edges": [0.5, 2.0], "cumulative": [0.5, 0.9]}}}
    assert [(one.name, one.share, one.most) for one in events(REGRESSION, errors)] == [
        ("is off by at most 0.5", 0.5, 0.5), ("is off by at most 2", 0.9, 2.0),
    ]  # fmt: skip
    assert events("binary", None) == ()


def weeks(right: float, positive: float, seed: int, hours: int = 168, rows: int = 200) -> tuple[int | None, str]:
    """The hour in which the alarm comes, and what it says."""
    chance, watch = random.Random(seed), Watch()
    for number in range(hours):
        hits = (chance.binomialvariate(rows, right), chance.binomialvariate(rows, positive))
        watch, said = watch.after(BEGIN + number * HOUR, Counted(rows=rows, hits=hits), (RIGHT, POSITIVE), 0.05)
        watch = Watch.from_json(json.loads(json.dumps(watch.to_json())))
        if said.verdict == "worse":
            assert watch.evidence >= BAR
            return number, said.why
    return None, said.why


@pytest.mark.parametrize("seed", range(20))
def test_no_alarm_in_a_week_in_which_nothing_changed_or_the_model_got_better(seed: int) -> None:
    assert weeks(0.9, 0.2, seed)[0] is None
    assert weeks(0.87, 0.23, seed)[0] is None, "less than delta"
    assert weeks(0.99, 0.2, seed)[0] is None, "better is no loss"


def test_a_loss_is_found_and_said_with_its_share_and_since_when() -> None:
    found, why = weeks(0.75, 0.2, 1)
    assert found is not None
    assert found <= 8
    assert "is right: 90.0% → 7" in why
    assert "since 2026-03-02 0" in why
    found, why = weeks(0.9, 0.4, 1)
    assert found is not None
    assert "is positive: 20.0% → " in why


def test_few_labels_wait_for_more_and_are_never_stable() -> None:
    watch, said = Watch().after(BEGIN, Counted(rows=40, hits=(0, 40)), (RIGHT, POSITIVE), 0.05)
    assert said.verdict == "unknown"
    assert "40 of the 100 labelled rows" in said.why
    watch, said = watch.after(BEGIN + HOUR, Counted(), (RIGHT, POSITIVE), 0.05)
    assert said.verdict == "unknown"
    watch, said = watch.after(BEGIN + 2 * HOUR, Counted(rows=60, hits=(0, 60)), (RIGHT, POSITIVE), 0.05)
    assert said.verdict == "worse"
    assert watch.waiting == Counted()


def test_without_a_baseline_nothing_is_known(tmp_path: Path) -> None:
    watch, said = Watch().after(BEGIN, Counted(rows=1000), (), 0.05)
    assert (watch.evidence, said.verdict) == (0.0, "unknown")
