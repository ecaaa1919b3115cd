"""The distribution of a column of numbers: exact, in two passes over its blocks, in memory that does not grow with it.

A float32 is ordered as its bits are, once those of negative numbers are turned round. So the first pass counts the
numbers by their upper 16 bits, and the second those by their lower 16 bits that share the upper ones with a number of
a wanted rank: that is each such number, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

QUANTILES = 31
HALF = 1 << 16
SIGN = np.uint32(1 << 31)
Blocks = Callable[[], Iterator[np.ndarray]]


def distribution(blocks: Blocks) -> dict[str, Any]:
    """Mean, standard deviation, bounds and quantiles of float32 numbers, none of them missing, from 0 % to 100 %.

    `cumulative` is the share of all numbers that are at most each quantile: of a column of few values not its rank.
    """
    count, total, upper = 0, 0.0, np.zeros(HALF, dtype=np.int64)
    for block in blocks():
        count, total = count + len(block), total + float(block.sum(dtype=np.float64))
        upper += np.bincount(_bits(block) >> 16, minlength=HALF)
    if not count:
        return {"mean": None, "std": None, "min": None, "max": None, "quantiles": [], "cumulative": []}
    mean, places = total / count, np.linspace(0.0, 1.0, QUANTILES) * (count - 1)
    ranks = sorted({0, count - 1, *np.floor(places).astype(int).tolist(), *np.ceil(places).astype(int).tolist()})
    spread, found, at_most = _second_pass(blocks, mean, upper, ranks)
    quantiles = [_short(_between(found, place)) for place in places]
    return {
        "mean": mean,
        "std": float(np.sqrt(spread / count)),
        "min": _short(found[0]),
        "max": _short(found[count - 1]),
        "quantiles": quantiles,
        "cumulative": [
            at_most[_rank(found, quantile, place)] / count
            for quantile, place in zip(quantiles, places)  # noqa: B905  one is made of the other
        ],
    }


def _second_pass(
    blocks: Blocks, mean: float, upper: np.ndarray, ranks: Sequence[int]
) -> tuple[float, dict[int, np.float32], dict[int, int]]:
    """The sum of squared deviations; the number of each rank, and how many are at most that."""
    before = np.concatenate([[0], np.cumsum(upper)])
    halves = {rank: int(np.searchsorted(before, rank, side="right")) - 1 for rank in ranks}
    wanted = sorted(set(halves.values()))
    row = np.full(HALF, -1, dtype=np.int64)
    row[wanted] = np.arange(len(wanted))
    lower, spread = np.zeros((len(wanted), HALF), dtype=np.int64), 0.0
    for block in blocks():
        spread += float(((block.astype(np.float64) - mean) ** 2).sum())
        bits = _bits(block)
        rows = row[bits >> 16]
        kept = rows >= 0
        places = rows[kept] * HALF + (bits[kept] & (HALF - 1))
        lower += np.bincount(places, minlength=lower.size).reshape(lower.shape)
    np.cumsum(lower, axis=1, out=lower)
    found, at_most = {}, {}
    for rank, half in halves.items():
        counts = lower[row[half]]
        rest = int(np.searchsorted(counts, rank - before[half], side="right"))
        found[rank], at_most[rank] = _number(half, rest), int(before[half] + counts[rest])
    return spread, found, at_most


def _number(half: int, rest: int) -> np.float32:
    """The number of these bits."""
    bits = np.array([(half << 16) | rest], dtype=np.uint32)
    turned = np.where(bits & SIGN, bits ^ SIGN, ~bits)
    return np.float32(turned.view(np.float32)[0])


def _bits(block: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of the float32; minus zero is zero."""
    bits = (block + np.float32(0)).view(np.uint32)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def _rank(found: dict[int, np.float32], quantile: float, place: float) -> int:
    """Of the ranks around a place the one whose number is the last that is not above the quantile."""
    low, high = int(np.floor(place)), int(np.ceil(place))
    return high if np.float32(quantile) >= found[high] else low


def _between(found: dict[int, np.float32], place: float) -> float:
    """Linear between the two ranks."""
    low, high = found[int(np.floor(place))], found[int(np.ceil(place))]
    share = float(place - np.floor(place))
    return float(low) + (float(high) - float(low)) * share


def _short(value: float | np.floating[Any]) -> float:
    """The number that was written: 59.9, where float32 holds 59.900001525878906."""
    number: float = float(str(np.float32(value)))
    return number
