"""A challenger in the shadow of its champion: copies of the requests, answers to nobody. What follows from them; pure.

Errors and latency are held against the champion's by the guardrails of an experiment, scores by the same requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from leeway import keys
from leeway.drift.plan import ARRIVAL, HOUR, floor
from leeway.experiment import guardrails
from leeway.experiment.guardrails import Guards
from leeway.experiment.rule import Finding, harm
from leeway.outcomes.alike import Alike
from leeway.spec import Rollout

MOST = 4  # hours that one look compares, within the time of a function


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was compared, up to `until`."""

    alike: Alike = field(default_factory=Alike)
    until: datetime | None = None

    def to_item(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {**asdict(self.alike), "until": keys.stamp(self.until) if self.until else None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any] | None) -> Seen:
        """Of what `to_item` gave, or of nothing; numbers of the table are no floats."""
        if item is None:
            return cls()
        alike = Alike(pairs=int(item["pairs"]), total=float(item["total"]), most=float(item["most"]))
        return cls(alike=alike, until=keys.unstamp(item["until"]) if item["until"] else None)

    def after(self, end: datetime, found: Alike) -> Seen:
        """With an hour more."""
        return replace(self, alike=self.alike.merge(found), until=end)


def due(seen: Seen, started: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """The hours, or the first one's part, whose captures have come and that were not compared."""
    begin, found = seen.until or started, list[tuple[datetime, datetime]]()
    while (end := floor(begin) + HOUR) <= now - ARRIVAL and len(found) < MOST:
        found.append((begin, end))
        begin = end
    return found


def judge(rules: Rollout, *, guards: Guards, copies: int, seen: Seen, started: datetime, now: datetime) -> Finding:
    """The verdict of a look: roll back, hold, keep the champion, promote to what comes next, or go on."""
    if harmed := harm(guards):
        return harmed
    elapsed, alike = now - started, seen.alike
    counted = f"{copies:,} of {rules.shadow_requests:,} copies of requests"
    if elapsed < rules.shadow_for or copies < rules.shadow_requests:
        if elapsed >= rules.horizon:
            why = f"the horizon of {_days(rules.horizon)} has passed, and the champion stays: {counted}"
            return Finding(verdict="keep", code="horizon", why=why)
        waits = f"in the shadow for {_days(elapsed)} of {_days(rules.shadow_for)}, {counted}"
        return Finding(verdict="go-on", code="shadow", why=f"{waits}; {_apart(alike)}")
    if rules.max_difference is not None:
        if seen.until is None or seen.until < started + min(rules.shadow_for, elapsed) - HOUR:
            return Finding(verdict="go-on", code="shadow", why="the captures of its last hour are still to come")
        if not alike.pairs:
            why = "nothing is decided: no request of both versions can be told by an inference id, so no score compares"
            return Finding(verdict="hold", code="unknown", why=why)
        if alike.mean > rules.max_difference:
            why = f"{_apart(alike)}, and max_difference is {rules.max_difference:g}"
            return Finding(verdict="keep", code="difference", why=why)
    bar = 1 / guardrails.ALPHA
    figures = f"evidence of errors {guards.errors():.2g} and of latency {guards.means.evidence():.2g}, bar {bar:.0f}"
    return Finding(verdict="promote", code="shadow", why=f"{counted}; {figures}; {_apart(alike)}")


def _apart(alike: Alike) -> str:
    if not alike.pairs:
        return "no scores were compared yet"
    return f"the scores of {alike.pairs:,} requests differ by {alike.mean:.3g} on average, {alike.most:.3g} at most"


def _days(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:.3g} h"
