"""What was made and serves no more: the last two stay beside what is in force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.rollout.decisions import Wait
from leeway.rollout.leftovers import KEPT, Made, Retire, leftover, noted
from leeway.rollout.plan import plan
from tests.unit.rollout.values import assigned, endpoint, known, observed, serving

pytestmark = pytest.mark.unit
A, B, C, D = (Made(config=name, models=(f"m{name}", "shared")) for name in "abcd")


def test_the_last_two_stay() -> None:
    assert leftover([A, B, C], "c", C.models) is None
    assert leftover([A, B, C, D], "d", D.models) == Retire(config="a", models=("ma",), left=(B, C, D))


def test_what_is_in_force_stays_however_old_it_is() -> None:
    found = leftover([A, B, C, D], "a", A.models)
    assert found == Retire(config="b", models=("mb",), left=(A, C, D))


def test_what_is_asked_for_again_is_the_newest() -> None:
    assert noted([A, B, C], A) == (B, C, A)


@given(st.lists(st.sampled_from("abcdefg"), max_size=12), st.sampled_from("abcdefg"))
def test_no_model_goes_that_another_configuration_has(asked: list[str], force: str) -> None:
    made: tuple[Made, ...] = ()
    for name in asked:
        made = noted(made, Made(config=name, models=(name, "x" if name < "d" else "y")))
    while (found := leftover(made, force, (force,))) is not None:
        assert found.config != force
        assert not set(found.models) & {force, *(model for one in found.left for model in one.models)}
        made = found.left
    assert len([one for one in made if one.config != force]) <= KEPT


def test_it_goes_once_everything_else_is_as_it_should_be() -> None:
    there = {"endpoint": endpoint(1), "serving": serving(1), "made": (A, B, C)}
    one = known(1, 10, served=True)
    assert isinstance(plan(observed(one, **there, assignment=assigned(1))), Retire)
    assert not isinstance(plan(observed(one, **there)), Retire | Wait)
