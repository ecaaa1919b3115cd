"""The gate: whether a challenger may be registered. Its reason has value, sign and threshold."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from leeway.spec import Gate
from steps.interval import Difference
from steps.metrics import HIGHER_IS_BETTER
from steps.slices import Slices

PASSED, REFUSED = "passed", "refused"
NOT_COMPARABLE, TOO_LITTLE_DATA = "not comparable", "too little data"
FEWEST = 10  # rows of each class of a binary holdout, under which no metric says anything
NO_SLICES = Slices()
Check = tuple[bool, str]  # whether it is good, and the sentence


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the gate is told.

    `why_not` says why an existing champion could not be scored; without it, and without a `champion` value, there is
    none. `rarest` is the number of rows of a binary label's rarer class. `calibration_error`, `mean_score` and
    `base_rate` are None where the problem has none.
    """

    value: float
    rows: int
    rarest: int | None = None
    champion: float | None = None
    why_not: str | None = None
    difference: Difference | None = None
    calibration_error: float | None = None
    mean_score: float | None = None
    base_rate: float | None = None
    slices: Slices = NO_SLICES


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What `gate.json` says. `comparable` is false where there is a champion that could not be scored.

    A model that cannot be compared may pass its bar: registering is no promotion, and outcome and reason tell who
    approves.
    """

    passed: int
    outcome: str
    reason: str
    metric: str
    value: float
    min: float | None
    margin: float
    champion_value: float | None
    comparable: bool
    difference: dict[str, Any] | None
    calibration_error: float | None
    slices: list[dict[str, Any]]
    holdout_rows: int

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return asdict(self)


def decide(gate: Gate, found: Evidence) -> Verdict:
    """The verdict: every check must be good, and of a holdout that is too small none is."""
    verdict = Verdict(
        passed=0,
        outcome=TOO_LITTLE_DATA,
        reason=_too_little(gate, found) or "",
        metric=gate.metric,
        value=found.value,
        min=gate.min,
        margin=gate.margin,
        champion_value=found.champion,
        comparable=found.why_not is None,
        difference=asdict(found.difference) if found.difference else None,
        calibration_error=found.calibration_error,
        slices=found.slices.to_json(),
        holdout_rows=found.rows,
    )
    return verdict if verdict.reason else _judged(gate, found, verdict)


def _judged(gate: Gate, found: Evidence, verdict: Verdict) -> Verdict:
    checks = [*_bar(gate, found), *_beats(gate, found), *_calibrated(gate, found), *_even(gate, found)]
    wrong = [text for good, text in checks if not good]
    reason = "; ".join(wrong or [text for _, text in checks])
    if found.why_not:
        reason += f"; not comparable with the champion: {found.why_not}"
    elif found.champion is None:
        reason += "; there is no champion to beat"
    outcome = REFUSED if wrong else NOT_COMPARABLE if found.why_not else PASSED
    return replace(verdict, passed=int(not wrong), outcome=outcome, reason=reason)


def _too_little(gate: Gate, found: Evidence) -> str | None:
    if found.rows < gate.min_holdout:
        return f"too little data: the holdout has {found.rows} rows, and gate.min_holdout is {gate.min_holdout}"
    if found.rarest is not None and found.rarest < FEWEST:
        return f"too little data: the holdout has {found.rarest} rows of its rarer class; at least {FEWEST} are needed"
    return None


def _bar(gate: Gate, found: Evidence) -> Iterator[Check]:
    if math.isnan(found.value):
        yield False, f"{gate.metric} does not exist on this holdout"
    elif gate.min is not None:
        yield _compare(gate.metric, found.value, gate.min, f"the bar {gate.min:g}")
    elif found.champion is None:
        yield True, f"{gate.metric} {found.value:.4f}, and no bar is set"


def _beats(gate: Gate, found: Evidence) -> Iterator[Check]:
    champion = found.champion
    if champion is None or math.isnan(found.value):
        return
    if math.isnan(champion):
        yield False, f"the champion's {gate.metric} does not exist on this holdout"
        return
    sign = 1.0 if HIGHER_IS_BETTER[gate.metric] else -1.0
    words = f"the champion's {champion:.4f}"
    if gate.margin:
        words += f" {'+' if sign > 0 else '-'} {gate.margin:g}"
    good, text = _compare(gate.metric, found.value, champion + sign * gate.margin, words)
    yield good, f"{text} ({found.difference.text()})" if found.difference else text


def _calibrated(gate: Gate, found: Evidence) -> Iterator[Check]:
    error, limit = found.calibration_error, gate.max_calibration_error
    if limit is None:
        return
    if error is None or math.isnan(error):
        yield False, "the expected calibration error does not exist on this holdout"
        return
    words = f"expected calibration error {error:.4f} {'≤' if error <= limit else '>'} the limit {limit:g}"
    if found.mean_score is not None and found.base_rate is not None:
        words += f" (mean score {found.mean_score:.4f}, base rate {found.base_rate:.4f})"
    yield error <= limit, words


def _even(gate: Gate, found: Evidence) -> Iterator[Check]:
    """The worst group of each slice; without slice_min they are reported, and bind nothing."""
    slices = found.slices
    if slices.lacking:
        yield False, f"the data lack the columns of gate.slices: {', '.join(slices.lacking)}"
    if not gate.slices or gate.slice_min is None or slices.lacking:
        return
    ignored = slices.ignored_text(gate.slice_min_rows)
    if not slices.groups:
        yield False, f"no slice is large enough to be judged; {ignored}"
        return
    worst = slices.groups[0]
    good, text = _compare(gate.metric, worst.value or 0.0, gate.slice_min, f"the bar {gate.slice_min:g} of slices")
    yield good, f"worst slice {worst.text()} ({worst.rows} rows): {text}" + (f"; {ignored}" if ignored else "")


def _compare(metric: str, value: float, threshold: float, words: str) -> Check:
    good = value >= threshold if HIGHER_IS_BETTER[metric] else value <= threshold
    signs = ("≥", "<") if HIGHER_IS_BETTER[metric] else ("≤", ">")
    return good, f"{metric} {value:.4f} {signs[not good]} {words}"
