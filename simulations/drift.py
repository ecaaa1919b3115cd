"""How soon the alarm of the monitor sees drift, and how often it alarms where there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leeway.drift.detector import ALPHA, Counts, Detector

FEATURES = 10
BASELINE = 100_000  # rows
WEEK = 168  # hourly windows
QUANTILES = 31


def edges(chance: np.random.Generator) -> tuple[list[NDArray[np.float64]], dict[str, list[float]]]:
    """Quantiles of a baseline of normal features, and the share of it at or below each."""
    found, shares = [], {}
    for n in range(FEATURES):
        values = np.sort(chance.normal(size=BASELINE))
        quantiles = np.quantile(values, np.linspace(0, 1, QUANTILES))
        found.append(quantiles)
        shares[f"v{n}"] = (np.searchsorted(values, quantiles, side="right") / BASELINE).tolist()
    return found, shares


def windows_to_alarm(rows: int, windows: int, seed: int, shift: float = 0.0) -> int | None:
    """The number of the window, from 1 on, with which the alarm comes; `shift` moves one feature by so many sd."""
    chance = np.random.default_rng(seed)
    quantiles, shares = edges(chance)
    detector = Detector.fresh(shares)
    for window in range(1, windows + 1):
        counts = {}
        for n, cuts in enumerate(quantiles):
            values = np.sort(chance.normal(loc=shift if n == 0 else 0.0, size=rows))
            events = np.searchsorted(values, cuts, side="right").tolist()
            counts[f"v{n}"] = Counts(rows=rows, events=tuple(events))
        detector = detector.look(window, counts, shares)
        if detector.evidence >= 1 / ALPHA:
            return window
    return None
