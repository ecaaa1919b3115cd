"""The gate: whether a challenger may be registered. Its reason has value, sign and threshold."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from leeway.spec import Gate
from steps.metrics import HIGHER_IS_BETTER


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What `gate.json` says. `comparable` is false where there is a champion that could not be scored."""

    passed: int
    reason: str
    metric: str
    value: float
    min: float | None
    margin: float
    champion_value: float | None
    comparable: bool

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return asdict(self)


def decide(gate: Gate, value: float, champion: float | None, why_not: str | None) -> Verdict:
    """`why_not` says why an existing champion could not be scored; without one, and without a value, there is none.

    A model that cannot be compared may pass its bar: registering is no promotion, and the reason tells who approves.
    """
    checks = [_bar(gate, value)]
    if champion is not None and not math.isnan(value):
        checks.append(_beats(gate, value, champion))
    passed = all(good for good, _ in checks)
    wrong = [text for good, text in checks if not good]
    reason = "; ".join(wrong or [text for _, text in checks if text]) or f"{gate.metric} {value:.4f}, and no bar is set"
    if why_not:
        reason += f"; not comparable with the champion: {why_not}"
    elif champion is None:
        reason += "; there is no champion to beat"
    return Verdict(
        passed=int(passed),
        reason=reason,
        metric=gate.metric,
        value=value,
        min=gate.min,
        margin=gate.margin,
        champion_value=champion,
        comparable=why_not is None,
    )


def _bar(gate: Gate, value: float) -> tuple[bool, str]:
    if math.isnan(value):
        return False, f"{gate.metric} does not exist on this holdout"
    if gate.min is None:
        return True, ""
    return _compare(gate.metric, value, gate.min, f"the bar {gate.min:g}")


def _beats(gate: Gate, value: float, champion: float) -> tuple[bool, str]:
    if math.isnan(champion):
        return False, f"the champion's {gate.metric} does not exist on this holdout"
    sign = 1.0 if HIGHER_IS_BETTER[gate.metric] else -1.0
    words = f"the champion's {champion:.4f}"
    if gate.margin:
        words += f" {'+' if sign > 0 else '-'} {gate.margin:g}"
    return _compare(gate.metric, value, champion + sign * gate.margin, words)


def _compare(metric: str, value: float, threshold: float, words: str) -> tuple[bool, str]:
    good = value >= threshold if HIGHER_IS_BETTER[metric] else value <= threshold
    signs = ("≥", "<") if HIGHER_IS_BETTER[metric] else ("≤", ">")
    return good, f"{metric} {value:.4f} {signs[not good]} {words}"
