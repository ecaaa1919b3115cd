"""The interval of a difference: seeded, in the right place, and as wide as theory has it."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from leeway_cli.churn import auc
from tests.training.image import Image

pytestmark = pytest.mark.training
BINARY = ("auc", "aucpr", "accuracy", "f1", "logloss", "brier")


def pair(count: int, seed: int = 1, *, equal: bool = False) -> dict[str, list[float]]:
    """Labels, a model that knows more of them, and one that knows less."""
    chance = random.Random(seed)
    truth = [float(chance.random() < 0.3) for _ in range(count)]
    scores = [[1 / (1 + math.exp(-(k * label + chance.gauss(0, 1) - 1))) for label in truth] for k in (1.8, 1.2)]
    return {"truth": truth, "challenger": scores[0], "champion": scores[0] if equal else scores[1]}


def difference(image: Image, metric: str, pair: dict[str, Any], seed: int = 7) -> dict[str, Any]:
    found: dict[str, Any] = image.value("interval", metric=metric, seed=seed, **pair)
    return found


@pytest.mark.parametrize("metric", BINARY)
def test_a_better_model_is_better_beyond_doubt(image: Image, metric: str) -> None:
    found = difference(image, metric, pair(2000))
    low, high = sorted((abs(found["low"]), abs(found["high"])))
    assert found["low"] < found["value"] < found["high"]
    assert (found["low"] > 0) == (metric not in {"logloss", "brier"})
    assert 0 < low < high < 0.3


@pytest.mark.parametrize("metric", BINARY)
def test_a_model_differs_from_itself_by_nothing(image: Image, metric: str) -> None:
    found = difference(image, metric, pair(200, equal=True))
    assert (found["value"], found["low"], found["high"]) == (0, 0, 0)


def test_the_resampled_auc_is_the_auc(image: Image) -> None:
    given = pair(500)
    found = difference(image, "auc", given)
    assert found["challenger"] == pytest.approx(auc([label == 1 for label in given["truth"]], given["challenger"]))


def test_the_width_is_that_of_the_paired_normal_interval(image: Image) -> None:
    """Of a difference of means, for which there is a formula."""
    given = pair(3000)
    truth, ours, theirs = given.values()
    each = [(a - t) ** 2 - (b - t) ** 2 for t, a, b in zip(truth, ours, theirs, strict=True)]
    mean = sum(each) / len(each)
    half = 1.96 * math.sqrt(sum((value - mean) ** 2 for value in each) / len(each) / len(each))
    found = difference(image, "brier", given)
    assert found["value"] == pytest.approx(mean, rel=1e-3)
    assert found["high"] - found["low"] == pytest.approx(2 * half, rel=0.1)


def test_it_covers_the_truth_as_often_as_it_says(image: Image) -> None:
    """Two models that know equally much: of 60 holdouts, about three intervals leave 0 out."""
    missed = 0
    for seed in range(60):
        chance = random.Random(seed)
        truth = [float(chance.random() < 0.4) for _ in range(150)]
        scores = [[1 / (1 + math.exp(-(label + chance.gauss(0, 1)))) for label in truth] for _ in range(2)]
        found = difference(image, "auc", {"truth": truth, "challenger": scores[0], "champion": scores[1]})
        missed += not found["low"] <= 0 <= found["high"]
    assert 0 < missed <= 8


def test_the_seed_decides(image: Image) -> None:
    one, again, other = (difference(image, "auc", pair(300), seed) for seed in (1, 1, 2))
    assert (one["low"], one["high"]) == (again["low"], again["high"]) != (other["low"], other["high"])


def test_too_few_rows_of_a_class_have_no_interval(image: Image) -> None:
    """With one positive, a third of the resamples has none, and so no AUC."""
    given = pair(40)
    given["truth"] = [1.0] + [0.0] * 39
    found = difference(image, "auc", given)
    assert (found["low"], found["high"]) == (None, None)


@pytest.mark.story
def test_of_a_large_holdout_a_sample_is_resampled(image: Image) -> None:
    given = pair(120_000)
    found = difference(image, "brier", given)
    assert found["rows"] == 100_000
    assert found["low"] < found["value"] < found["high"] < 0
    assert found["seconds"] < 60


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "mlogloss"])
def test_classes(image: Image, metric: str) -> None:
    chance = random.Random(3)
    truth = [float(chance.randrange(3)) for _ in range(600)]
    scores = [[_shares(chance, int(label), sure) for label in truth] for sure in (3.0, 1.0)]
    found = difference(image, metric, {"truth": truth, "challenger": scores[0], "champion": scores[1]})
    assert found["low"] < found["value"] < found["high"]
    assert (found["low"] > 0) == (metric != "mlogloss")


def _shares(chance: random.Random, label: int, sure: float) -> list[float]:
    parts = [chance.random() + sure * (n == label) * chance.random() for n in range(3)]
    return [part / sum(parts) for part in parts]


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_numbers(image: Image, metric: str) -> None:
    """Around a million, where sums of squares in a hurry lose all digits."""
    chance = random.Random(3)
    truth = [1e6 + chance.gauss(0, 10) for _ in range(600)]
    scores = [[value + chance.gauss(0, error) for value in truth] for error in (2, 6)]
    found = difference(image, metric, {"truth": truth, "challenger": scores[0], "champion": scores[1]})
    assert found["low"] < found["value"] < found["high"]
    assert (found["low"] > 0) == (metric == "r2")
    expected = {"r2": 1 - 2**2 / 10**2, "rmse": 2, "mae": 2 * math.sqrt(2 / math.pi)}
    assert found["challenger"] == pytest.approx(expected[metric], rel=0.1)
