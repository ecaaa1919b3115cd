"""From data points to a state: M of N, and what missing points count as.

Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", with its two tables.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
MISSING, BREACHING, NOT_BREACHING = "missing", "breaching", "notBreaching"  # and "ignore", which keeps the state
# More points than are judged: where some are missing, older ones take their places.
EXTRA = 2
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`to_alarm` breaching points of the last `periods` make an alarm."""

    periods: int
    to_alarm: int
    comparison: str
    threshold: float
    missing: str = MISSING

    def breaches(self, value: float) -> bool:
        """Whether a point is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


def state_of(rule: Rule, points: Sequence[float | None], before: str) -> str:
    """The state after points of the evaluation range, `periods + EXTRA` of them, the oldest first; None is missing."""
    breaching = [None if point is None else rule.breaches(point) for point in points]
    real = [one for one in breaching if one is not None]
    if len(real) >= rule.periods:
        return _counted(sum(real[-rule.periods :]), rule)
    if rule.missing == BREACHING:
        return _counted(sum(real) + rule.periods - len(real), rule)
    if rule.missing == NOT_BREACHING:
        return _counted(sum(real), rule)
    if not real:
        return INSUFFICIENT_DATA if rule.missing == MISSING else before
    if sum(real) >= rule.to_alarm:
        return ALARM
    if not all(real):
        return OK
    return _premature(rule, breaching, before)


def _counted(breaching: int, rule: Rule) -> str:
    return ALARM if breaching >= rule.to_alarm else OK


def _premature(rule: Rule, breaching: Sequence[bool | None], before: str) -> str:
    """Too few points, all of them breaching: an alarm where the oldest has waited for as many as are needed."""
    age = len(breaching) - breaching.index(True)
    return ALARM if rule.missing == MISSING and age >= rule.to_alarm else before
