"""training.algorithm: what SageMaker's own algorithm cannot do is refused, with what to do."""

from __future__ import annotations

import pytest

from tests.unit.spec.texts import SHORTEST, only

pytestmark = pytest.mark.unit
BUILTIN = SHORTEST + '[training]\nalgorithm = "builtin"\n'


def of(problem: str, text: str = BUILTIN) -> str:
    return text.replace("[data]", f'problem = "{problem}"\n[data]')


def test_the_script_trains_unless_the_specification_says_otherwise(judged) -> None:
    assert judged(SHORTEST).spec.training.algorithm == "script"
    assert judged(BUILTIN).spec.training.algorithm == "builtin"
    assert 'training.algorithm = "xgb": is not allowed; allowed: "script" or "builtin"' in only(
        judged(BUILTIN.replace("builtin", "xgb"))
    )


def test_it_does_not_go_on_from_its_checkpoints(judged) -> None:
    assert "training.spot = true: needs checkpoints, and the built-in algorithm does not go on from its own" in only(
        judged(BUILTIN + "spot = true\n")
    )


def test_it_must_be_told_the_classes(judged) -> None:
    assert "data.classes: is missing: the built-in algorithm is told their number" in only(judged(of("multiclass")))
    named = of("multiclass").replace("[data]", '[data]\nclasses = ["a", "b", "c"]')
    assert judged(named).spec.data.classes == ("a", "b", "c")
    metrics = named + '[training.hyperparameters]\neval_metric = "auc,merror"\n'
    assert "auc is not measured of classes by the built-in algorithm" in only(judged(metrics))
    tuned = (
        '[training.tuning]\nobjective = "validation:auc"\n[training.tuning.ranges]\neta = { min = 0.1, max = 0.2 }\n'
    )
    measured = '[training.hyperparameters]\neval_metric = "mlogloss"\n'
    assert any("is not measured of classes" in line for line in judged(named + measured + tuned).lines())


def test_it_takes_no_negative_base_score(judged) -> None:
    text = of("regression") + "[training.hyperparameters]\nbase_score = -2\n"
    assert "the built-in algorithm takes a number from 0" in only(judged(text))


def test_its_exact_method_may_have_categories_which_are_numbers_to_it(judged) -> None:
    exact = '[training.hyperparameters]\ntree_method = "exact"\n'
    text = BUILTIN.replace("tenure =", 'plan = "category"\ntenure =') + exact
    assert judged(text).spec.training.hyperparameters["tree_method"] == "exact"
    assert 'takes no columns of type "category"' in only(judged(text.replace("builtin", "script")))
