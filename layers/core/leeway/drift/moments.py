"""Mean, spread and bounds of numbers, as states that merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Of `count` numbers, at least one; `spread` is the sum of their squared distances from the mean."""

    count: int
    mean: float
    spread: float
    low: float
    high: float

    @property
    def std(self) -> float:
        """The standard deviation of these numbers, not of what they are a sample of."""
        return sqrt(self.spread / self.count)

    def merge(self, other: Moments) -> Moments:
        """Of the numbers of both (Chan, Golub and LeVeque)."""
        count, step = self.count + other.count, other.mean - self.mean
        return Moments(
            count=count,
            mean=self.mean + step * other.count / count,
            spread=self.spread + other.spread + step * step * self.count * other.count / count,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
        )

    def to_json(self) -> list[float]:
        """As it lies in S3."""
        return [self.count, self.mean, self.spread, self.low, self.high]

    @classmethod
    def from_json(cls, values: Sequence[float]) -> Moments:
        """Of what `to_json` gave."""
        count, mean, spread, low, high = values
        return cls(count=int(count), mean=mean, spread=spread, low=low, high=high)


def moments(values: Iterable[float]) -> Moments | None:
    """None of no numbers."""
    found = [float(value) for value in values]
    if not found:
        return None
    mean = sum(found) / len(found)
    spread = sum((value - mean) ** 2 for value in found)
    return Moments(count=len(found), mean=mean, spread=spread, low=min(found), high=max(found))
