"""The alarm over time: what it sees, what it leaves alone, and how it adds up."""

import math

import numpy as np
import pytest

from leeway.drift.detector import ALPHA, Counts, Detector
from simulations.drift import windows_to_alarm

pytestmark = pytest.mark.unit

SHARES = {"tenure": [0.25, 0.5, 0.75, 1.0], "paperless": [0.6, 0.4]}
ALIKE = {"tenure": Counts(rows=400, events=(100, 200, 300, 400)), "paperless": Counts(rows=400, events=(240, 160))}


def after(windows: list[dict[str, Counts]], delta: float = 0.05) -> Detector:
    detector = Detector.fresh(SHARES)
    for number, counts in enumerate(windows, 1):
        detector = detector.look(number, counts, SHARES, delta)
    return detector


def test_where_nothing_changes_evidence_stays_at_one_or_below() -> None:
    assert Detector.fresh(SHARES).evidence == 1.0
    assert after([ALIKE] * 50).evidence <= 1.0


def test_what_changes_is_the_culprit_and_since_when_is_known() -> None:
    shifted = ALIKE | {"paperless": Counts(rows=400, events=(100, 300))}
    detector = after([ALIKE] * 5 + [shifted] * 3)
    assert detector.evidence >= 1 / ALPHA
    assert detector.culprits() == ["paperless", "tenure"]
    assert detector.tracks["paperless"].began == 6
    assert detector.tracks["tenure"].evidence <= 1.0


def test_what_is_tolerated_is_no_drift() -> None:
    moved = ALIKE | {"paperless": Counts(rows=400, events=(256, 144))}  # 4 points
    assert after([moved] * 200).evidence < 10
    assert after([moved] * 200, delta=0.02).evidence >= 1 / ALPHA


def test_an_alarm_ends_soon_after_the_drift_has() -> None:
    shifted = ALIKE | {"paperless": Counts(rows=400, events=(100, 300))}
    assert after([shifted] * 500).evidence >= 1 / ALPHA
    assert after([shifted] * 500 + [ALIKE] * 5).evidence < 1 / ALPHA


def test_a_value_that_the_baseline_never_had_is_seen() -> None:
    """Above its largest edge, where the baseline's share is one."""
    beyond = ALIKE | {"tenure": Counts(rows=400, events=(100, 200, 300, 300))}
    assert after([beyond] * 2).culprits()[0] == "tenure"
    assert after([beyond] * 2).evidence >= 1 / ALPHA


def test_a_feature_without_rows_says_nothing() -> None:
    before = after([ALIKE])
    empty = {"tenure": Counts(rows=0, events=(0, 0, 0, 0))}
    assert before.look(2, empty, SHARES) == before
    assert Detector.fresh({}).evidence == 0.0


def test_counts_merge() -> None:
    one, two = Counts(rows=3, events=(1, 2)), Counts(rows=4, events=(0, 4))
    assert one.merge(two) == Counts(rows=7, events=(1, 6))


def test_the_ratio_is_worth_one_on_average_at_the_bound() -> None:
    """Over all counts that a window of six rows can have, where the share is the largest one that is tolerated."""
    shares, bound = {"x": [0.4]}, 0.45
    start = Detector.fresh(shares)
    worth = [
        math.comb(6, hits) * bound**hits * (1 - bound) ** (6 - hits)
        * math.exp(start.look(1, {"x": Counts(rows=6, events=(hits,))}, shares).tracks["x"].logs[bet])
        for hits in range(7) for bet in (2,)
    ]  # fmt: skip
    assert sum(worth) == pytest.approx(1.0)


def test_the_simulated_figures() -> None:
    assert [windows_to_alarm(500, 40, seed) for seed in range(2)] == [None, None]
    assert np.median([windows_to_alarm(1000, 12, seed, shift=0.25) or 99 for seed in range(7)]) <= 3
    assert np.median([windows_to_alarm(1000, 3, seed, shift=0.5) or 99 for seed in range(5)]) == 1
