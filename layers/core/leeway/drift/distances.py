"""Distances between two samples of one feature, as Deequ has them, on which SageMaker Model Monitor is built.

A sample of numbers is a list of (value, weight) in rising order of its values, each once; one of texts are counts.
Source: awslabs/deequ `analyzers/Distance.scala`; Model Monitor's constraints, `comparison_method`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, lgamma, log, nan, sqrt

Numbers = Sequence[tuple[float, float]]
ROBUST = 1.8  # the factor of the two-sample Kolmogorov-Smirnov bound at about 0.3 percent
FEW, MANY_FEW, FEWEST_OF_TWO = 5.0, 0.2, 10.0  # expected counts of a chi-squared test


def numeric(one: Numbers, two: Numbers) -> float:
    """The largest distance of the two distribution functions, 0 to 1 (Kolmogorov-Smirnov); NaN of an empty sample."""
    if not one or not two:
        return nan
    totals = sum(weight for _, weight in one), sum(weight for _, weight in two)
    return max(abs(left / totals[0] - right / totals[1]) for left, right in _cumulated(one, two))


def _cumulated(one: Numbers, two: Numbers) -> Iterator[tuple[float, float]]:
    """What each sample has up to each value of either."""
    places, sums, samples = [0, 0], [0.0, 0.0], (one, two)
    while places[0] < len(one) or places[1] < len(two):
        value = min(sample[place][0] for sample, place in zip(samples, places, strict=True) if place < len(sample))
        for n, sample in enumerate(samples):
            if places[n] < len(sample) and sample[places[n]][0] == value:
                sums[n] += sample[places[n]][1]
                places[n] += 1
        yield sums[0], sums[1]


def categorical(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    """The largest difference of a category's shares, 0 to 1; NaN of an empty sample."""
    totals = sum(one.values()), sum(two.values())
    if not all(totals):
        return nan
    return max(abs(one.get(text, 0) / totals[0] - two.get(text, 0) / totals[1]) for text in {*one, *two})


def robust(distance: float, one: float, two: float) -> float:
    """What is left of a distance of samples of so many rows once chance is taken off."""
    return max(0.0, distance - ROBUST * sqrt((one + two) / (one * two)))


def chi_squared(sample: Mapping[str, float], baseline: Mapping[str, float]) -> float:
    """The p-value of the sample's counts where the baseline's shares are the truth: small is drift.

    Categories that are too rare for the test are put together; NaN where fewer than two are left.
    """
    rows, total = sum(sample.values()), sum(baseline.values())
    if not rows or not total:
        return nan
    expected = {text: baseline.get(text, 0) * rows / total for text in {*sample, *baseline}}
    cells = _grouped([(sample.get(text, 0), expected[text]) for text in sorted(expected)])
    if len(cells) < 2:
        return nan
    statistic = sum((found - wanted) ** 2 / wanted for found, wanted in cells)
    return upper_gamma((len(cells) - 1) / 2, statistic / 2)


def _grouped(cells: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The rule of thumb of 20 percent and 5; of two categories, 10."""
    while len(cells) > 1 and _too_few([wanted for _, wanted in cells]):
        (found, wanted), (more, most), *rest = sorted(cells, key=lambda cell: cell[1])
        cells = [(found + more, wanted + most), *rest]
    return cells


def _too_few(expected: Sequence[float]) -> bool:
    if len(expected) == 2:
        return min(expected) < FEWEST_OF_TWO
    few = sum(wanted < FEW for wanted in expected)
    return few > MANY_FEW * len(expected) or min(expected) < 1


def upper_gamma(shape: float, value: float) -> float:
    """The regularised upper incomplete gamma function, by series or continued fraction (Numerical Recipes 6.2)."""
    if value <= 0:
        return 1.0
    front = exp(shape * log(value) - value - lgamma(shape))
    if value < shape + 1:
        term = total = 1 / shape
        n = shape
        while abs(term) > abs(total) * 1e-16:
            n += 1
            term *= value / n
            total += term
        return 1 - front * total
    return front * _fraction(shape, value)


def _fraction(shape: float, value: float) -> float:
    """Lentz's method."""
    tiny = 1e-300
    b = value + 1 - shape
    c, d = 1 / tiny, 1 / b
    found = d
    for n in range(1, 10_000):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return found
