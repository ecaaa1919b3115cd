"""`statistics.json`: what the real analyzer wrote is written again of the same rows; what is not exact is near."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from leeway.drift.detector import Counts
from leeway.drift.distances import numeric
from leeway.drift.reference import Feature, Reference, reference
from leeway.drift.windows import Window, of_rows
from leeway.modelmonitor.statistics import BUCKETS, numbers, of_baseline, short, sketch, statistics

pytestmark = pytest.mark.unit
# aws/sagemaker-python-sdk (Apache-2.0) at 35484d21a8, tests/data/pipeline/quality_check_step/data_quality: the output
# of the analyzer's own container. Its sketch holds all 100 values of each column, in the order in which they came.
# Columns of which some value is so rare that it is none of 31 quantiles.
MANY = ("_c3", "_c4", "_c5")
REAL = json.loads((Path(__file__).parent / "statistics.real-container.json").read_text())


def of_column(values: list[float], points: int = 31) -> dict[str, Any]:
    """A column as `training/steps/distribution.py` describes it."""
    column = np.array(values, dtype=np.float32)
    quantiles = np.quantile(column, np.linspace(0, 1, points)).astype(np.float32)
    return {
        "type": "float", "count": len(values), "missing": 0, "mean": float(np.mean(values)),
        "std": float(np.std(values)), "min": min(values), "max": max(values), "quantiles": quantiles.tolist(),
        "cumulative": [float((column <= quantile).mean()) for quantile in quantiles],
    }  # fmt: skip


def made() -> tuple[Reference, dict[str, Any], list[list[float]]]:
    columns = [of["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"][0] for of in REAL["features"]]
    names = [feature["name"] for feature in REAL["features"]]
    document = {"rows": 100, "features": {n: of_column(c) for n, c in zip(names, columns, strict=True)}}
    return reference(document, None, names), document, columns


def flat(found: Any) -> Any:
    """With the values of a sketch in their order, for theirs is that in which they came."""
    if isinstance(found, dict):
        return {name: [sorted(level) for level in one] if name == "data" else flat(one) for name, one in found.items()}
    return [flat(one) for one in found] if isinstance(found, list) else found


def close(found: Any, expected: Any, where: str = "") -> None:
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for name, one in expected.items():
            close(found[name], one, f"{where}/{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, one in enumerate(expected):
            close(found[number], one, f"{where}/{number}")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), where
    else:
        assert found == expected, where


def determined(found: dict[str, Any]) -> dict[str, Any]:
    """Without the distribution of the columns that have values between their quantiles."""
    features = [one | {"numerical_statistics": dict(one["numerical_statistics"])} for one in found["features"]]
    for one in features:
        if one["name"] in MANY:
            del one["numerical_statistics"]["distribution"]
    return found | {"features": features}


def test_the_analyzers_own_output_is_written_again_from_its_rows() -> None:
    versus, _, columns = made()
    rows = [((*values,), 0.5) for values in zip(*columns, strict=True)]
    found = statistics(versus, of_rows(versus, rows))
    close(determined(flat(found)), determined(flat(REAL)))
    for name in MANY:
        ours, real = (next(one for one in of["features"] if one["name"] == name) for of in (found, REAL))
        assert numeric(numbers(ours), numbers(real)) < 2 / 30, "no farther than two quantiles are apart"


def test_and_from_the_baseline_of_the_training_alone() -> None:
    versus, document, _ = made()
    close(determined(flat(statistics(versus, of_baseline(versus, document)))), determined(flat(REAL)))


def test_texts_are_counted_and_those_without_a_name_are_one() -> None:
    plan = Feature(name="plan", type="category", texts=("month", "year"), shares=(0.5, 0.4, 0.1, 0.0))
    counts = {"plan": Counts(rows=10, events=(2, 5, 1, 2))}
    found = statistics(Reference(features=(plan,)), Window(records=10, rows=10, counts=counts))
    assert found["features"] == [
        {
            "name": "plan",
            "inferred_type": "String",
            "string_statistics": {
                "common": {"num_present": 8, "num_missing": 2},
                "distinct_count": 3.0,
                "distribution": {
                    "categorical": {"buckets": [{"value": "year", "count": 5}, {"value": "month", "count": 2}]}
                },
            },
        }
    ]


def test_a_column_without_a_value_has_no_numbers() -> None:
    tenure = Feature(name="tenure", type="int", edges=(1.0,), shares=(1.0, 0.0))
    window = Window(records=1, rows=3, counts={"tenure": Counts(rows=3, events=(0, 3))})
    (found,) = statistics(Reference(features=(tenure,)), window)["features"]
    assert found["numerical_statistics"] == {"common": {"num_present": 0, "num_missing": 3}}


@pytest.mark.parametrize("seed", range(8))
def test_between_the_quantiles_it_is_near_and_at_them_it_is_exact(seed: int) -> None:
    chance = np.random.default_rng(seed)
    trained, seen = chance.gamma(2.0, 10.0, 5000), chance.gamma(2.5, 12.0, 3000)
    versus = reference({"rows": 5000, "features": {"x": of_column(trained.tolist())}}, None, ["x"])
    (found,) = statistics(versus, of_rows(versus, [((value,), 0.5) for value in seen.tolist()]))["features"]
    told = found["numerical_statistics"]
    assert told["mean"] == pytest.approx(seen.mean(), rel=1e-12)
    assert told["std_dev"] == pytest.approx(seen.std(), rel=1e-9)
    buckets = told["distribution"]["kll"]["buckets"]
    exact, _ = np.histogram(seen, bins=BUCKETS, range=(seen.min(), seen.max()))
    assert sum(bucket["count"] for bucket in buckets) == 3000
    values, weights = zip(*numbers(found), strict=True)
    off = np.abs(np.cumsum([bucket["count"] for bucket in buckets]) - np.cumsum(exact))
    assert off.max() <= max(weights), "no more than lie between two quantiles"
    for edge in map(short, versus.features[0].edges):
        upto = sum(weight for value, weight in zip(values, weights, strict=True) if value <= edge)
        assert upto == (seen.astype(np.float32) <= np.float32(edge)).sum()


def test_a_sketch_stands_for_every_value_it_was_made_of() -> None:
    few, many = [(1.0, 3), (2.0, 1)], [(1.0, 70_001), (2.0, 5), (9.0, 1 << 20)]
    assert sketch(few) == [[1.0, 1.0, 1.0, 2.0]]
    levels = sketch(many)
    counted: Counter[float] = Counter()
    for level, values in enumerate(levels):
        counted.update(dict.fromkeys(values, 2**level))
    assert counted == dict(many)
    assert sum(map(len, levels)) < 2048


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_the_distance_of_two_files_is_that_of_scipy_where_they_hold_every_value(seed: int) -> None:
    """200 tables, whose columns have few values: nothing is lost by writing and reading."""
    for step in range(20):
        chance = np.random.default_rng(seed + step)
        trained, seen = (chance.integers(0, 12, int(chance.integers(50, 900))).astype(float) for _ in range(2))
        column = of_column(trained.tolist()) | {"quantiles": list(range(12))}
        column["cumulative"] = [float((trained <= value).mean()) for value in range(12)]
        document = {"rows": len(trained), "features": {"x": column | {"min": 0.0, "max": 11.0}}}
        versus = reference(document, None, ["x"])
        windows = [of_baseline(versus, document), of_rows(versus, [((value,), 0.0) for value in seen.tolist()])]
        one, two = (numbers(statistics(versus, window)["features"][0]) for window in windows)
        expected = stats.ks_2samp(trained, seen, method="asymp").statistic
        assert numeric(one, two) == pytest.approx(expected, abs=1e-9)
