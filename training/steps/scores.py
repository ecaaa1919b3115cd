"""What the model's scores of the holdout looked like, and what they were worth: the monitor compares with it.

Of a binary model a score of the holdout says, by an isotonic table, how often it came true. From that the quality of
later scores can be expected before any label has come (CBPE), as long as only the inputs have drifted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leeway.spec import BINARY, REGRESSION

BINS = 50
OFF = (0.25, 0.5, 0.75, 0.9)


def baseline(problem: str, values: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
    """`edges` of the bins, with the share of rows at or below each, and of a binary model the `rates` of each bin.

    `values` are the scores, of classes a row of probabilities each; a bin holds what is above the edge before it, up to
    its own. The last bin has no edge. Of a regression, `errors` say how far off the answers were.
    """
    scores = np.asarray(values.max(axis=1) if values.ndim > 1 else values, dtype=np.float32)
    scores, kept = scores[~np.isnan(scores)], ~np.isnan(scores)
    if not len(scores):
        return {"edges": [], "cumulative": [], "rows": 0}
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))
    found: dict[str, Any] = {
        "rows": len(scores),
        "edges": [float(str(edge)) for edge in edges],
        "cumulative": [float((scores <= edge).mean()) for edge in edges],
    }
    if problem == BINARY:
        bins = np.searchsorted(edges, scores, side="left")
        found["rates"] = _isotonic(bins, truth[kept], weights[kept], len(edges) + 1)
    if problem == REGRESSION:
        found["errors"] = _errors(np.abs(scores.astype(np.float64) - truth[kept]))
    return found


def _errors(off: np.ndarray) -> dict[str, list[float]]:
    """By how much the answers were off: quantiles, with the share of rows that were off by no more."""
    edges = np.unique(np.quantile(off, OFF, method="inverted_cdf"))
    return {"edges": edges.tolist(), "cumulative": [float((off <= edge).mean()) for edge in edges]}


def _isotonic(bins: np.ndarray, truth: np.ndarray, weights: np.ndarray, number: int) -> list[float]:
    """The rates of the bins that never fall and are nearest to the observed ones: pool adjacent violators.

    A bin without weight has the rate of the one before it.
    """
    totals = np.bincount(bins, weights, minlength=number)
    hits = np.bincount(bins, weights * truth, minlength=number)
    blocks: list[tuple[float, float, int]] = []  # hits, weight, bins
    for one in zip(hits.tolist(), totals.tolist(), [1] * number):  # noqa: B905  of one length
        blocks.append(one)
        while len(blocks) > 1 and _rate(blocks[-2]) >= _rate(blocks[-1]):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [_rate(block) for block in blocks for _ in range(block[2])]


def _rate(block: tuple[float, float, int]) -> float:
    return block[0] / block[1] if block[1] else 0.0
