"""Expected quality is what the rates say, pair by pair."""

import math

import numpy as np
import pytest

from leeway.drift.expected import expected

pytestmark = pytest.mark.unit


def test_it_is_what_a_long_draw_of_labels_gives() -> None:
    chance = np.random.default_rng(3)
    bins, rates, called = [400, 300, 200, 100], [0.1, 0.3, 0.6, 0.9], [0.0, 0.0, 1.0, 1.0]
    places = np.repeat(np.arange(4), [100 * count for count in bins])
    labels = chance.random(len(places)) < np.array(rates)[places]
    found = expected(bins, rates, called)
    assert found.accuracy == pytest.approx(((places >= 2) == labels).mean(), abs=0.01)
    hits, misses = np.bincount(places[labels], minlength=4), np.bincount(places[~labels], minlength=4)
    won = sum(hits[i] * (misses[:i].sum() + misses[i] / 2) for i in range(4))
    assert found.auc == pytest.approx(won / hits.sum() / misses.sum(), abs=0.01)
    assert found.rate == pytest.approx(labels.mean(), abs=0.01)


def test_of_nothing_it_is_unknown() -> None:
    nothing = expected([0, 0], [0.1, 0.9], [0.0, 1.0])
    assert nothing.rows == 0
    assert all(map(math.isnan, (nothing.accuracy, nothing.auc, nothing.rate)))
    assert math.isnan(expected([5, 5], [1.0, 1.0], [1.0, 1.0]).auc)
