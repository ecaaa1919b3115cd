"""[training.tuning]: what SageMaker would refuse, or what could not be tried, is named before anything is made."""

from __future__ import annotations

import pytest

from leeway.spec import ModelSpec
from leeway.tuning import Range, Tuning
from tests.unit.spec.texts import SHORTEST, only

pytestmark = pytest.mark.unit
TUNED = """
[training.tuning]
max_trials = 8
parallel = 3
strategy = "random"
objective = "validation:logloss"
early_stop = true
[training.tuning.ranges]
eta = { min = 0.01, max = 0.3, scaling = "logarithmic" }
max_depth = { min = 2, max = 8 }
num_round = { min = 10, max = 90 }
"""


def test_what_is_said_arrives_in_the_spec(judged) -> None:
    spec = judged(SHORTEST + TUNED).spec
    ranges = (
        Range(name="eta", min=0.01, max=0.3, scaling="logarithmic"),
        Range(name="max_depth", min=2, max=8),
        Range(name="num_round", min=10, max=90),
    )
    assert spec.training.tuning == Tuning(
        max_trials=8, parallel=3, strategy="random", objective="validation:logloss", early_stop=True, ranges=ranges
    )
    assert spec.training.hyperparameters == {"objective": "binary:logistic"}  # num_round is tuned, and has no default
    assert ModelSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("problem", "objective"),
    [("binary", "validation:auc"), ("multiclass", "validation:mlogloss"), ("regression", "validation:rmse")],
)
def test_each_problem_has_an_objective(judged, problem: str, objective: str) -> None:
    text = SHORTEST.replace("[data]", f'problem = "{problem}"\n[data]')
    tuning = judged(text + "[training.tuning.ranges]\neta = { min = 0.1, max = 0.3 }\n").spec.training.tuning
    assert (tuning.objective, tuning.max_trials, tuning.parallel, tuning.strategy) == (objective, 20, 2, "bayesian")


MISTAKES = {
    "too many": ("max_trials = 8", "max_trials = 501", "a whole number from 2 to 500"),
    "too many at once": ("parallel = 3", "parallel = 11", "a whole number from 1 to 10"),
    "more at once than all": ("parallel = 3", "parallel = 9", "9 at a time are more than 8 trials"),
    "strategy": ('"random"', '"grid"', 'allowed: "bayesian" or "random"'),
    "key misspelt": ("early_stop", "early_stops", "unknown key; did you mean early_stop?"),
    "objective of others": ("validation:logloss", "validation:merror", 'is no objective for problem = "binary"'),
    "objective of the train part": ("validation:logloss", "train:auc", "is no objective"),
    "objective not measured": ("validation:logloss", "validation:error", "is not measured: name error in"),
    "not tunable": ("eta =", "max_bin =", "is not what SageMaker tunes of XGBoost; allowed: alpha"),
    "by another name": ("eta =", "learning_rate =", "did you mean eta?"),
    "empty": ("min = 0.01, max = 0.3", "min = 0.3, max = 0.3", "is empty: min 0.3 is not less than max 0.3"),
    "upside down": ("min = 2, max = 8", "min = 8, max = 2", "is empty"),
    "no end": ("min = 2, max = 8", "min = 2", "training.tuning.ranges.max_depth.max: is missing"),
    "end misspelt": ("min = 2, max = 8", "min = 2, max = 8, mix = 1", "ranges.max_depth.mix = 1: unknown key"),
    "outside": ("max = 0.3", "max = 1.5", "1.5 is not allowed; allowed: a number from 0 to 1"),
    "fraction of a depth": ("min = 2, max = 8", "min = 2, max = 8.5", "min and max must be whole numbers"),
    "no logarithm": ("min = 0.01", "min = 0", "logarithmic scaling needs min over 0"),
    "reverse": ("min = 2, max = 8", 'min = 2, max = 8, scaling = "reverse_logarithmic"', "is for fractions under 1"),
    "scaling": ('"logarithmic"', '"log"', "training.tuning.ranges.eta.scaling"),
}


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_one_sentence(judged, old: str, new: str, says: str) -> None:
    assert TUNED.count(old) == 1
    assert says in only(judged(SHORTEST + TUNED.replace(old, new)))


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        pytest.param("max_depth = 4", "is training.hyperparameters.max_depth too; leave one out", id="fixed"),
        pytest.param("learning_rate = 0.1", "is training.hyperparameters.learning_rate too", id="alias"),
        pytest.param('eval_metric = "auc"', "is not measured: name logloss in", id="metric"),
    ],
)
def test_what_is_tuned_is_not_fixed_as_well(judged, fixed: str, says: str) -> None:
    assert says in only(judged(f"{SHORTEST}[training.hyperparameters]\n{fixed}\n{TUNED}"))
