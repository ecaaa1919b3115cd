"""`constraints.json`: suggested as the analyzer does, read as a person has edited it, or refused with the reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from leeway.drift.detector import Counts
from leeway.drift.reference import Feature, Reference
from leeway.drift.windows import Window
from leeway.modelmonitor import constraints
from leeway.modelmonitor.checks import distance, violated
from leeway.modelmonitor.constraints import Constraints, suggested

pytestmark = pytest.mark.unit
REAL = json.loads((Path(__file__).parent / "constraints.real-container.json").read_text())
TENURE = Feature(name="tenure", type="int", edges=(0.0, 10.0, 20.0), shares=(0.1, 0.5, 1.0, 0.0))
PLAN = Feature(name="plan", type="category", texts=("month", "year"), shares=(0.5, 0.4, 0.0, 0.1))
REFERENCE = Reference(features=(PLAN, TENURE), rows=1000)
LIKE = Window(
    records=1000,
    rows=1000,
    counts={
        "plan": Counts(rows=1000, events=(500, 400, 0, 100)),
        "tenure": Counts(rows=1000, events=(100, 500, 1000, 0)),
    },
)


def window(plan: tuple[int, ...] = (500, 400, 0, 100), tenure: tuple[int, ...] = (100, 500, 1000, 0)) -> Window:
    return Window(
        rows=1000, counts={"plan": Counts(rows=1000, events=plan), "tenure": Counts(rows=1000, events=tenure)}
    )


def edited(**changes: Any) -> Constraints:
    """The suggested ones, with other keys in the monitoring's configuration."""
    document = suggested(REFERENCE).to_json()
    distribution = changes.pop("distribution", {})
    document["monitoring_config"] |= changes
    document["monitoring_config"]["distribution_constraints"] |= distribution
    return constraints.read(document)


def checks(found: Window, limits: Constraints) -> list[tuple[str, str]]:
    return [(one.feature, one.check) for one in violated(REFERENCE, found, limits)]


def test_what_the_baseline_suggests_is_what_the_analyzer_does() -> None:
    features = tuple(
        Feature(name=one["name"], type="float", edges=(0.0, 1.0), shares=(0.5, 1.0, 0.0)) for one in REAL["features"]
    )
    found = suggested(Reference(features=features, rows=100)).to_json()
    extra = {"categorical_comparison_threshold": 0.1, "categorical_drift_method": "LInfinity"}
    expected = copy.deepcopy(REAL)
    expected["monitoring_config"]["distribution_constraints"] |= extra
    assert found == expected


def test_what_the_analyzer_wrote_is_read() -> None:
    found = constraints.read(REAL)
    assert [one.name for one in found.features] == ["_c0", "_c1", "_c2", "_c3", "_c4", "_c5"]
    assert (found.config.threshold, found.config.method) == (0.1, "Robust")
    assert constraints.read(suggested(REFERENCE).to_json()) == suggested(REFERENCE)
    plan, tenure = suggested(REFERENCE).features
    assert (plan.domains, plan.completeness) == (("month", "year"), 0.9)
    assert (tenure.non_negative, tenure.completeness) == (True, 1.0)


def test_data_like_the_baseline_violate_nothing() -> None:
    assert violated(REFERENCE, window(), suggested(REFERENCE)) == []
    assert violated(REFERENCE, Window(), suggested(REFERENCE)) == []


def test_each_check_is_raised_by_what_it_is_for() -> None:
    limits = suggested(REFERENCE)
    assert checks(window(plan=(450, 350, 0, 200)), limits) == [("plan", "completeness_check")]
    assert checks(window(plan=(490, 390, 20, 100)), limits) == [("plan", "categorical_values_check")]
    assert checks(window(plan=(800, 100, 0, 100)), limits) == [("plan", "baseline_drift_check")]
    assert checks(window(tenure=(100, 800, 1000, 0)), limits) == [("tenure", "baseline_drift_check")]
    (told,) = violated(REFERENCE, window(plan=(450, 350, 0, 200)), limits)
    assert told.description == "Value: 0.8 does not meet the constraint requirement! "


def test_robust_takes_chance_off_and_simple_does_not() -> None:
    some = window(tenure=(100, 620, 1000, 0))  # 0.12, of which chance makes 0.08
    assert checks(some, edited()) == []
    assert checks(some, edited(distribution={"comparison_method": "Simple"})) == [("tenure", "baseline_drift_check")]
    loose = {"comparison_method": "Simple", "comparison_threshold": 0.2}
    assert checks(some, edited(distribution=loose)) == []


def test_chi_squared_is_a_p_value_so_small_is_drift() -> None:
    squared = {"categorical_drift_method": "ChiSquared", "categorical_comparison_threshold": 0.01}
    assert checks(window(plan=(510, 390, 0, 100)), edited(distribution=squared)) == []
    assert checks(window(plan=(560, 340, 0, 100)), edited(distribution=squared)) == [("plan", "baseline_drift_check")]
    assert stats.chisquare([510, 390], [500, 400]).pvalue > 0.01 > stats.chisquare([560, 340], [500, 400]).pvalue


def test_what_a_person_has_edited_is_honoured() -> None:
    document = suggested(REFERENCE).to_json()
    plan, tenure = document["features"]
    plan |= {"completeness": 0.5, "string_constraints": {"domains": ["month"]}}
    assert checks(window(plan=(450, 350, 0, 200)), constraints.read(document)) == [("plan", "categorical_values_check")]
    document["monitoring_config"]["domain_content_threshold"] = 0.5
    assert checks(window(plan=(450, 350, 0, 200)), constraints.read(document)) == []
    tenure["monitoring_config_overrides"] = {"distribution_constraints": {"perform_comparison": "Disabled"}}
    assert checks(window(tenure=(900, 1000, 1000, 0)), constraints.read(document)) == []
    document["monitoring_config"]["evaluate_constraints"] = "Disabled"
    assert checks(window(plan=(0, 0, 900, 100)), constraints.read(document)) == []


def test_a_domain_that_is_not_counted_by_itself_is_not_judged() -> None:
    document = suggested(REFERENCE).to_json()
    document["features"][0]["string_constraints"] = {"domains": ["month", "year", "week"]}
    assert ("plan", "categorical_values_check") not in checks(
        window(plan=(450, 350, 100, 100)), constraints.read(document)
    )


def test_columns_that_are_missing_or_too_many() -> None:
    document = suggested(REFERENCE).to_json()
    document["features"][0]["name"] = "contract"
    assert checks(window(), constraints.read(document)) == [
        ("Missing columns", "missing_column_check"), ("Extra columns", "extra_column_check"),
    ]  # fmt: skip
    document = suggested(REFERENCE).to_json()
    document["features"][1]["inferred_type"] = "String"
    assert checks(window(), constraints.read(document)) == [("tenure", "data_type_check")]


@pytest.mark.parametrize(
    ("where", "value", "reason"),
    [
        ("features", None, "no list of features"),
        ("features/0/name", 7, "a feature has no name"),
        ("features/0/inferred_type", "Money", "inferred_type is 'Money'; it is one of Fractional, Integral"),
        ("features/0/completeness", 1.2, "completeness is 1.2; it is a number from 0 to 1"),
        ("features/0/completeness", "all", "completeness is 'all'"),
        ("features/1/num_constraints", {"min": 9, "max": 1}, "num_constraints has max, which is none of is_non_neg"),
        ("features/1/num_constraints", {"is_non_negative": "yes"}, "it is true or false"),
        ("features/0/string_constraints", {"domains": "month"}, "domains is no list of texts"),
        ("features/1/name", "plan", "it has plan twice"),
        ("monitoring_config", [], "monitoring_config is no object"),
        ("monitoring_config/evaluate_constraints", True, "it is one of Disabled, Enabled"),
        ("monitoring_config/domain_content_threshold", -1, "domain_content_threshold is -1"),
        ("monitoring_config/distribution_constraints", {"comparison_method": "KS"}, "it is one of Robust, Simple"),
        ("monitoring_config/distribution_constraints", {"treshold": 1}, "has treshold, which is none of"),
    ],
)
def test_a_broken_one_is_refused_with_what_may_stand_there(where: str, value: Any, reason: str) -> None:
    document: Any = suggested(REFERENCE).to_json()
    *path, last = where.split("/")
    inside = document
    for step in path:
        inside = inside[int(step)] if step.isdecimal() else inside[step]
    inside[last] = value
    with pytest.raises(ValueError, match=reason):
        constraints.read(document)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_the_distance_at_the_edges_is_scipys_where_they_hold_every_value(seed: int) -> None:
    for step in range(20):
        chance = np.random.default_rng(seed + step)
        trained, seen = (chance.integers(0, 9, int(chance.integers(40, 900))) for _ in range(2))
        edges = tuple(float(value) for value in range(9))
        shares = (*((trained <= edge).mean().item() for edge in edges), 0.0)
        feature = Feature(name="x", type="int", edges=edges, shares=shares)
        counts = Counts(rows=len(seen), events=(*(int((seen <= edge).sum()) for edge in edges), 0))
        expected = stats.ks_2samp(trained, seen, method="asymp").statistic
        assert distance(feature, counts, "Simple", len(trained)) == pytest.approx(expected, abs=1e-9)
        less = 1.8 * ((len(trained) + len(seen)) / (len(trained) * len(seen))) ** 0.5
        assert distance(feature, counts, "Robust", len(trained)) == pytest.approx(max(expected - less, 0.0), abs=1e-9)
