"""The moment generating function of the hypergeometric law, in time that does not grow with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, floor, lgamma, log, sqrt

NEGLIGIBLE = 40.0  # of a sum, terms so much smaller in their logarithm than the largest one
FINE = 1.5  # steps to a standard deviation: of a sum by such steps the error is about exp(-2 (pi * FINE)^2) = exp(-44)


def log_mean_exp(tilt: float, total: int, successes: int, draws: int) -> float:
    """ln E[exp(tilt X)], X the successes among `draws` of `total` units of which `successes` are.

    The terms of the sum are the tilted law (Fisher's noncentral hypergeometric) but for its norm: it is summed around
    its mode, and where it is wide, by steps of some units.
    """
    low, high = max(0, draws + successes - total), min(draws, successes)
    if low == high:
        return tilt * low
    fails = total - successes - draws
    constant = lgamma(successes + 1) + lgamma(total - successes + 1)

    def term(place: int) -> float:
        return (
            constant
            + tilt * place
            - lgamma(place + 1)
            - lgamma(successes - place + 1)
            - lgamma(draws - place + 1)
            - lgamma(fails + place + 1)
        )

    mode = min(max(_mode(tilt, total, successes, draws), low), high)
    step = max(1, floor(_deviation(mode, total, successes, draws) / FINE))
    peak = term(mode)
    terms = (
        1.0
        + _sum(range(mode + step, high + 1, step), term, peak)
        + _sum(range(mode - step, low - 1, -step), term, peak)
    )
    norm = lgamma(total + 1) - lgamma(draws + 1) - lgamma(total - draws + 1)
    return peak + log(step * terms) - norm


def _sum(places: range, term: Callable[[int], float], peak: float) -> float:
    found = 0.0
    for place in places:
        distance = term(place) - peak
        if distance < -NEGLIGIBLE:
            break
        found += exp(distance)
    return found


def _mode(tilt: float, total: int, successes: int, draws: int) -> int:
    """The last place that is at least as likely as the one before it; of the two forms of a root the exact one."""
    odds = exp(tilt)
    a = odds - 1
    b = (successes + draws + 2) * odds + total - successes - draws
    c = (successes + 1) * (draws + 1) * odds
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return floor(2 * c / (b + root) if b >= 0 else (b - root) / (2 * a))


def _deviation(mode: int, total: int, successes: int, draws: int) -> float:
    """Of the normal law that the tilted law is like around its mode."""
    cells = (mode, successes - mode, draws - mode, total - successes - draws + mode)
    return 1 / sqrt(sum(1 / (cell + 0.5) for cell in cells))
