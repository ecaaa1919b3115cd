"""What follows from the evidence, at each look: roll back, hold, promote, give the challenger more, or go on.

Harm counts first, and what cannot be computed promotes nothing. Each decision is a sentence with value and bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from leeway.experiment import guardrails, ratio
from leeway.experiment.evidence import DOWN, Evidence
from leeway.experiment.guardrails import Guards
from leeway.experiment.ratio import Epoch

BAR = 40.0  # of evidence, up and down: alpha 0.025 each
CYCLE = timedelta(hours=24)  # of the day, which a promotion must have seen whole

Verdict = Literal["roll-back", "hold", "promote", "step", "go-on", "keep"]


@dataclass(frozen=True, kw_only=True)
class Course:
    """How an experiment is to go: `stages` are the challenger's shares in percent, rising.

    A stage is left after `bake`, with at least `exposure` units on the challenger.
    Where `margin` is given, a challenger whose log odds ratio is above -margin is good enough at the horizon.
    """

    stages: tuple[int, ...]
    horizon: timedelta
    bake: timedelta = timedelta(hours=1)
    exposure: int = 100
    cycle: timedelta = CYCLE
    margin: float | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known at a look.

    `exposed` counts the units that the challenger had in this stage. `missing` says what could not be read or computed.
    """

    now: datetime
    started: datetime
    staged: datetime
    stage: int
    exposed: int
    evidence: Evidence
    epochs: Sequence[Epoch] = ()
    guards: Guards = field(default_factory=Guards)
    missing: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict, its code, and why."""

    verdict: Verdict
    code: str
    why: str


def judge(course: Course, standing: Standing) -> Finding:
    """The one verdict of this look."""
    return (
        _harm(standing)
        or _unknown(course, standing)
        or _mismatch(course, standing)
        or _better(course, standing)
        or _horizon(course, standing)
        or _step(course, standing)
        or _go_on(course, standing)
    )


def harm(guards: Guards) -> Finding | None:
    """What the guardrails say against a challenger."""
    bar = 1 / guardrails.ALPHA
    checks = (
        ("errors", guards.errors(), f"5xx answers are over {guardrails.TOLERATED_ODDS} times"),
        ("latency", guards.means.evidence(), f"mean latency is over {guardrails.TOLERATED_LATENCY} times"),
        (
            "latency-p99",
            guards.tails.evidence(),
            f"p99 latency is over {guardrails.TOLERATED_LATENCY} times",
        ),
    )
    for code, found, what in checks:
        if found >= bar:
            why = f"the challenger's {what} the champion's: evidence {_number(found)} against a bar of {bar:.0f}"
            return Finding(verdict="roll-back", code=code, why=why)
    return None


def _harm(standing: Standing) -> Finding | None:
    if found := harm(standing.guards):
        return found
    down = standing.evidence.down()
    if down >= BAR:
        why = f"the challenger is worse: evidence {_number(down)} against a bar of {BAR:.0f}"
        return Finding(verdict="roll-back", code="worse", why=why)
    return None


def _unknown(course: Course, standing: Standing) -> Finding | None:
    """Nothing is promoted on it; at the horizon it is over all the same."""
    if not standing.missing:
        return None
    reasons = "; ".join(standing.missing)
    return _over(course, standing, reasons) or Finding(
        verdict="hold", code="unknown", why=f"nothing is decided: {reasons}"
    )


def _over(course: Course, standing: Standing, reasons: str) -> Finding | None:
    """The champion stays at the horizon, for these reasons."""
    if standing.now - standing.started < course.horizon:
        return None
    why = f"the horizon of {_hours(course.horizon)} has passed, and the champion stays: {reasons}"
    return Finding(verdict="keep", code="horizon", why=why)


def _mismatch(course: Course, standing: Standing) -> Finding | None:
    found, bar = ratio.mismatch(standing.epochs), 1 / ratio.ALPHA
    if found < bar:
        return None
    last = standing.epochs[-1]
    shares = "/".join(f"{count / max(sum(last.units), 1):.1%}" for count in last.units)
    wanted = "/".join(f"{weight:.1%}" for weight in last.weights)
    why = f"units do not come as the weights say ({shares} for {wanted}): evidence {_number(found)} against {bar:,.0f}"
    why = f"{why}; no result of it can be trusted"
    return _over(course, standing, why) or Finding(verdict="hold", code="sample-ratio-mismatch", why=why)


def _better(course: Course, standing: Standing) -> Finding | None:
    up, elapsed = standing.evidence.up(), standing.now - standing.started
    if up < BAR:
        return None
    evidence = f"the challenger is better: evidence {_number(up)} against a bar of {BAR:.0f}"
    if elapsed < course.cycle:
        why = f"{evidence}; it is promoted once a whole cycle of {_hours(course.cycle)} has been seen"
        return Finding(verdict="go-on", code="cycle", why=why)
    return Finding(verdict="promote", code="better", why=evidence)


def _horizon(course: Course, standing: Standing) -> Finding | None:
    if standing.now - standing.started < course.horizon:
        return None
    up = standing.evidence.up()
    passed = f"the horizon of {_hours(course.horizon)} has passed"
    if course.margin is not None:
        bound = bound_of(course.margin)
        good = standing.evidence.up(over=bound)
        words = f"evidence {_number(good)} that it is not worse than log odds {bound:.3g}, against a bar of {BAR:.0f}"
        if good >= BAR:
            return Finding(verdict="promote", code="not-worse", why=f"{passed}: {words}")
        return Finding(verdict="keep", code="horizon", why=f"{passed}, and the champion stays: {words}")
    why = f"{passed}, and the champion stays: evidence {_number(up)} for the challenger, against a bar of {BAR:.0f}"
    return Finding(verdict="keep", code="horizon", why=why)


def _step(course: Course, standing: Standing) -> Finding | None:
    if standing.stage + 1 >= len(course.stages):
        return None
    baked = standing.now - standing.staged
    if baked < course.bake or standing.exposed < course.exposure:
        return None
    share, following = course.stages[standing.stage], course.stages[standing.stage + 1]
    why = (
        f"{share} % has gone well for {_hours(baked)} and {standing.exposed:,} units: the challenger gets {following} %"
    )
    return Finding(verdict="step", code="stage", why=why)


def _go_on(course: Course, standing: Standing) -> Finding:
    up, down = standing.evidence.up(), standing.evidence.down()
    why = f"undecided: evidence {_number(up)} for and {_number(down)} against the challenger, bar {BAR:.0f}"
    if standing.stage + 1 < len(course.stages):
        waits = (
            f"{standing.exposed:,} of {course.exposure:,} units on the challenger at {course.stages[standing.stage]} %"
        )
        why = f"{why}; {waits}"
    return Finding(verdict="go-on", code="undecided", why=why)


def bound_of(margin: float) -> float:
    """The point of the grid that a margin of non-inferiority comes to, never a wider one."""
    if margin < -DOWN[0]:
        raise ValueError(f"a margin is at least {-DOWN[0]}")
    bound: float = min(odds for odds in DOWN if odds >= -margin)
    return bound


def _number(value: float) -> str:
    if value > 1e6:
        return "over a million"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:.3g} h"
