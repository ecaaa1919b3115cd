"""Distances are those of scipy and numpy, and Deequ's rules around them hold."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from leeway.drift.distances import categorical, chi_squared, numeric, robust, upper_gamma

pytestmark = pytest.mark.unit


def weighed(values: np.ndarray) -> list[tuple[float, float]]:
    return [(float(value), float(count)) for value, count in zip(*np.unique(values, return_counts=True), strict=True)]


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_numeric_is_the_kolmogorov_smirnov_statistic(seed: int) -> None:
    for step in range(20):
        chance = np.random.default_rng(seed + step)
        one = np.round(chance.normal(size=chance.integers(1, 300)), int(chance.integers(0, 4)))
        two = np.round(chance.normal(chance.normal(), 1.5, size=chance.integers(1, 300)), int(chance.integers(0, 4)))
        expected = stats.ks_2samp(one, two, method="asymp").statistic
        assert numeric(weighed(one), weighed(two)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_categorical_is_the_largest_difference_of_shares(seed: int) -> None:
    for step in range(20):
        chance = np.random.default_rng(seed + step)
        one, two = (chance.choice(list("abcdefgh"[:n]), size=200) for n in chance.integers(2, 9, size=2))
        shares = [{text: float((sample == text).mean()) for text in "abcdefgh"} for sample in (one, two)]
        expected = max(abs(shares[0][text] - shares[1][text]) for text in "abcdefgh")
        assert categorical(Counter(one.tolist()), Counter(two.tolist())) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_chi_squared_is_scipys(seed: int) -> None:
    """Of counts that need no grouping."""
    for step in range(20):
        chance = np.random.default_rng(seed + step)
        kinds = int(chance.integers(3, 9))
        baseline, sample = chance.integers(500, 900, size=kinds), chance.integers(50, 90, size=kinds)
        expected = stats.chisquare(sample, baseline * sample.sum() / baseline.sum()).pvalue
        names = [f"k{n}" for n in range(kinds)]
        found = chi_squared(
            dict(zip(names, sample.tolist(), strict=True)), dict(zip(names, baseline.tolist(), strict=True))
        )
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.5, 40.0])
@pytest.mark.parametrize("value", [0.0, 1e-3, 0.7, 3.0, 45.0, 300.0])
def test_upper_gamma_is_scipys(shape: float, value: float) -> None:
    assert upper_gamma(shape, value) == pytest.approx(float(stats.chi2.sf(2 * value, 2 * shape)), abs=1e-12)


def test_rare_categories_are_put_together() -> None:
    baseline = {"a": 600.0, "b": 395.0, "c": 3.0, "d": 2.0}
    sample = {"a": 60.0, "b": 39.0, "c": 1.0, "d": 0.0}
    grouped = chi_squared({"a": 60.0, "b": 39.0, "rest": 1.0}, {"a": 600.0, "b": 395.0, "rest": 5.0})
    assert chi_squared(sample, baseline) == grouped
    assert math.isnan(chi_squared({"a": 5.0, "b": 1.0}, {"a": 5.0, "b": 1.0}))


def test_an_unseen_category_is_drift() -> None:
    assert categorical({"a": 1.0}, {"b": 1.0}) == 1.0
    assert chi_squared({"a": 50.0, "new": 50.0}, {"a": 60.0, "b": 40.0}) < 0.05


def test_an_empty_sample_has_no_distance() -> None:
    assert math.isnan(numeric([], [(1.0, 1.0)]))
    assert math.isnan(categorical({}, {"a": 1.0}))
    assert math.isnan(chi_squared({}, {"a": 1.0}))


def test_robust_takes_chance_off() -> None:
    """The sizes of the reference: 0.255 at 100 rows each, 0.080 at 1,000 each, 0.057 at 1,000 against 100,000."""
    for one, two, size in ((100, 100, 0.255), (1000, 1000, 0.080), (1000, 100_000, 0.057), (10_000, 10_000, 0.025)):
        assert 0.5 - robust(0.5, one, two) == pytest.approx(size, abs=5e-4)
    assert robust(0.05, 100, 100) == 0.0
