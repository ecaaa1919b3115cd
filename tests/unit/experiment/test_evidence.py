"""Evidence from cohorts: the sum behind it, how it adds up, and what it says."""

import math
from decimal import Decimal, getcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.experiment.evidence import DOWN, UP, Cohort, Evidence, grid_over
from leeway.experiment.hypergeometric import log_mean_exp

pytestmark = pytest.mark.unit
getcontext().prec = 50


def exact(tilt: float, total: int, successes: int, draws: int) -> float:
    """By whole numbers, term by term."""
    places = range(max(0, draws + successes - total), min(draws, successes) + 1)
    ways = (math.comb(successes, x) * math.comb(total - successes, draws - x) for x in places)
    terms = sum(Decimal(way) * (Decimal(tilt) * x).exp() for way, x in zip(ways, places, strict=True))
    return float((terms / math.comb(total, draws)).ln())


@st.composite
def cohorts(draw: st.DrawFn, most: int = 400) -> Cohort:
    champion, challenger = draw(st.integers(0, most)), draw(st.integers(0, most))
    return Cohort(
        champion=champion,
        champion_successes=draw(st.integers(0, champion)),
        challenger=challenger,
        challenger_successes=draw(st.integers(0, challenger)),
    )


@settings(max_examples=150, deadline=None)
@given(total=st.integers(2, 1500), data=st.data(), tilt=st.floats(-3, 2))
def test_the_sum_is_exact_to_nine_places(total: int, data: st.DataObject, tilt: float) -> None:
    successes, draws = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    assert log_mean_exp(tilt, total, successes, draws) == pytest.approx(exact(tilt, total, successes, draws), abs=1e-9)


def test_the_sum_is_right_for_millions() -> None:
    """Of a law as wide as this one, the normal law's own: mean and variance times tilt and half its square."""
    total, successes, draws, tilt = 2_000_000, 1_000_000, 1_000_000, 1e-4
    variance = total / 16
    assert log_mean_exp(tilt, total, successes, draws) == pytest.approx(
        tilt * 500_000 + tilt**2 * variance / 2, rel=1e-6
    )


def test_under_no_difference_evidence_is_worth_one_on_average() -> None:
    """Over all that can come of a cohort: the mean of the likelihood ratio is 1, which is what Ville's bound needs."""
    champion, challenger, successes = 30, 20, 12
    ways = {x: math.comb(successes, x) * math.comb(50 - successes, challenger - x) for x in range(successes + 1)}
    found = {x: Evidence.of([Cohort(
        champion=champion, champion_successes=successes - x, challenger=challenger, challenger_successes=x
    )]) for x in ways}  # fmt: skip
    for side in (Evidence.up, Evidence.down):
        mean = sum(way * side(found[x]) for x, way in ways.items()) / math.comb(50, challenger)
        assert mean == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(first=st.lists(cohorts(), max_size=4), second=st.lists(cohorts(), max_size=4))
def test_evidence_merges(first: list[Cohort], second: list[Cohort]) -> None:
    merged = Evidence.of(first).merge(Evidence.of(second))
    assert merged.sums == pytest.approx(Evidence.of(first + second).sums, abs=1e-9)
    assert Evidence.of(list(reversed(first + second))).sums == pytest.approx(merged.sums, abs=1e-9)


@pytest.mark.parametrize(
    "cohort",
    [
        pytest.param(Cohort(champion=0, champion_successes=0, challenger=9, challenger_successes=4), id="no champion"),
        pytest.param(
            Cohort(champion=9, champion_successes=4, challenger=0, challenger_successes=0), id="no challenger"
        ),
        pytest.param(Cohort(champion=9, champion_successes=0, challenger=9, challenger_successes=0), id="no success"),
        pytest.param(Cohort(champion=9, champion_successes=9, challenger=9, challenger_successes=9), id="no failure"),
    ],
)
def test_a_cohort_that_says_nothing_changes_nothing(cohort: Cohort) -> None:
    assert Evidence.of([cohort]) == Evidence.none()
    assert Evidence.none().up() == Evidence.none().down() == 1.0


def test_a_better_challenger_has_evidence_for_it_and_a_worse_one_against_it() -> None:
    better = Cohort(champion=5000, champion_successes=500, challenger=5000, challenger_successes=650)
    worse = Cohort(champion=5000, champion_successes=500, challenger=5000, challenger_successes=350)
    assert (Evidence.of([better]).up() > 1000, Evidence.of([better]).down() < 1) == (True, True)
    assert (Evidence.of([worse]).down() > 1000, Evidence.of([worse]).up() < 1) == (True, True)


def test_a_base_rate_that_moves_with_the_weights_is_no_evidence() -> None:
    """Pooled, the challenger would have 13.6 % against 6.4 %: all of it is the hour at which it had its traffic."""
    early = Cohort(champion=9000, champion_successes=450, challenger=1000, challenger_successes=50)
    late = Cohort(champion=1000, champion_successes=150, challenger=9000, challenger_successes=1350)
    found = Evidence.of([early, late])
    assert found.up() < 1
    assert found.down() < 1


def test_non_inferiority_is_asked_of_the_same_sums() -> None:
    alike = Evidence.of(
        [Cohort(champion=20_000, champion_successes=4000, challenger=20_000, challenger_successes=4000)]
    )
    assert alike.up() < 1
    assert alike.up(over=DOWN[4]) > 40
    with pytest.raises(ValueError, match="bound"):
        alike.up(over=-0.111)


def test_the_grid_is_the_one_of_the_rule() -> None:
    assert (len(UP), len(DOWN)) == (10, 12)
    assert (UP[0], UP[-1], DOWN[0], DOWN[1], DOWN[-1]) == pytest.approx((0.02, 1.0, -0.02, -0.05, -3.0))
    assert grid_over(0.4)[0] == 0.4 < min(grid_over(0.4)[1:])


def test_what_cannot_be_a_cohort_is_refused() -> None:
    with pytest.raises(ValueError, match="successes among its units"):
        Cohort(champion=3, champion_successes=4, challenger=1, challenger_successes=0)
