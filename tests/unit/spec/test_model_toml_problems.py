"""model.toml by problem: what each brings, and what it refuses of the others."""

from __future__ import annotations

import pytest

from tests.unit.spec.texts import GOOD, SHORTEST, only

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("problem", "objective", "metric", "bar"),
    [
        pytest.param("binary", "binary:logistic", "auc", 0.5, id="binary"),
        pytest.param("multiclass", "multi:softprob", "accuracy", None, id="multiclass"),
        pytest.param("regression", "reg:squarederror", "rmse", None, id="regression"),
    ],
)
def test_a_problem_brings_its_objective_and_its_metric(
    judged, problem: str, objective: str, metric: str, bar: float | None
) -> None:
    spec = judged(SHORTEST.replace("[data]", f'problem = "{problem}"\n[data]')).spec
    assert spec.model.problem == problem
    assert spec.training.hyperparameters["objective"] == objective
    assert (spec.gate.metric, spec.gate.min) == (metric, bar)


OF_NO_PROBLEM = {
    "objective": ("multiclass", "objective", '"reg:squarederror"', 'allowed: "multi:softprob"; problem = "multiclass"'),
    "no default": ("regression", "objective", '"binary:logistic"', '"reg:pseudohubererror"; problem = "regression"'),
    "to watch": ("regression", "eval_metric", '"auc"', "one or more of rmse, mae, mape"),
    "classes": ("multiclass", "num_class", "3", "is set by the training script, from the classes that the data hold"),
    "positives": ("multiclass", "scale_pos_weight", "2", 'is for problem = "binary", not "multiclass"'),
}


@pytest.mark.parametrize(("problem", "name", "value", "says"), OF_NO_PROBLEM.values(), ids=OF_NO_PROBLEM)
def test_a_hyperparameter_of_another_problem_is_refused(judged, problem: str, name: str, value: str, says: str) -> None:
    text = SHORTEST.replace("[data]", f'problem = "{problem}"\n[data]')
    assert says in only(judged(f"{text}[training.hyperparameters]\n{name} = {value}\n"))


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        pytest.param(
            'metric = "auc"', 'is not for problem = "regression"; allowed: "rmse", "mae" or "r2"', id="metric"
        ),
        pytest.param('metric = "r2"\nmin = 1', "outside the range of r2", id="r2"),
        pytest.param("max_calibration_error = 0.1", 'problem = "regression" has none; leave it out', id="calibration"),
        pytest.param("slice_min = 3", "gate.slice_min = 3: does nothing without gate.slices", id="slices"),
        pytest.param("min = -1", "outside the range of rmse; allowed: from 0", id="default"),
    ],
)
def test_a_gate_of_another_problem_is_refused(judged, gate: str, says: str) -> None:
    assert says in only(judged(SHORTEST.replace("[data]", 'problem = "regression"\n[data]') + f"[gate]\n{gate}\n"))


def test_bars_may_be_as_large_as_what_is_measured(judged) -> None:
    text = SHORTEST.replace("[data]", 'problem = "regression"\n[data]')
    assert judged(text + "[gate]\nmin = 2500.5\n").spec.gate.min == 2500.5
    assert judged(text + '[gate]\nmetric = "r2"\nmin = -0.5\n').spec.gate.min == -0.5
    numbers = "[training.hyperparameters]\nbase_score = -12.5\n"
    assert judged(text + numbers).spec.training.hyperparameters["base_score"] == -12.5


def test_classes_of_a_multiclass_label_may_be_declared(judged) -> None:
    text = SHORTEST.replace("[data]", 'problem = "multiclass"\n[data]\nclasses = ["none", 1, "more"]')
    assert judged(text).spec.data.classes == ("none", "1", "more")
    assert "names a class twice" in only(judged(text.replace('"more"', '"1"')))
    assert "a list of two texts or more" in only(judged(text.replace('["none", 1, "more"]', '["none"]')))
    assert 'data.classes = ["none", 1, "more"]: is for problem = "multiclass", not "regression"' in only(
        judged(text.replace('"multiclass"', '"regression"'))
    )


def test_numbers_have_no_classes_to_balance(judged) -> None:
    text = SHORTEST.replace("[data]", 'problem = "regression"\n[data]') + "[training]\nbalance = true\n"
    assert 'is for classes; problem = "regression" has none' in only(judged(text))


def test_a_positive_class_is_for_a_binary_label(judged) -> None:
    text = GOOD.replace('"binary"', '"multiclass"')
    assert 'data.positive = "Yes": is for problem = "binary", not "multiclass"' in only(judged(text))
