"""What the monitor found of one version between two moments: its reports in S3, and what it compared with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from leeway import keys, models
from leeway.drift import plan, records
from leeway.drift.jobs import KEPT
from leeway.drift.records import Report
from leeway.drift.reference import Reference, reference
from leeway.drift.timeline import Culprit
from leeway.drift.windows import Window
from leeway.errors import LeewayError, Missing, Rejected
from leeway.rollout.observed import Slot
from leeway.rollout.records import slots
from leeway.spec import Monitoring
from leeway_cli.exits import Usage
from leeway_cli.moments import clock
from leeway_cli.target import Target

WEEK = timedelta(days=7)
WORKERS = 10  # as many connections as a client keeps
KEY = re.compile(r".*/\d{4}/\d{2}/\d{2}/\d{2}\.json")


@dataclass(frozen=True, kw_only=True)
class Look:
    """The hours from `begin` to before `end` that have a report, by time."""

    model: str
    version: int
    begin: datetime
    end: datetime
    hours: Sequence[Report]
    reference: Reference
    delta: float
    counting: str = ""  # what a job counts just now, in words

    @property
    def known(self) -> Report | None:
        """The newest hour that has a verdict."""
        return next((one for one in reversed(self.hours) if one.status.verdict != "unknown"), None)

    @property
    def verdict(self) -> str:
        """Of the newest hour that has one."""
        return self.known.status.verdict if self.known else "unknown"

    @property
    def culprits(self) -> Sequence[Culprit]:
        """What spoke for drift then, the loudest first."""
        return self.known.status.culprits if self.known else ()

    @property
    def window(self) -> Window:
        """All hours together."""
        return reduce(Window.merge, (one.window for one in self.hours), Window())

    @property
    def silent(self) -> int:
        """Hours of which there is no report."""
        return int((self.end - self.begin) / plan.HOUR) - len(self.hours)


def look(target: Target, model: str, version: int, begin: datetime | None, end: datetime | None) -> Look:
    """Raises Missing where the version never served, or has no baseline any more."""
    chosen = chosen_slots(target, model, version)
    first, last = span(chosen, begin, end, target.now())
    versus, delta = compared(target, model, chosen[-1])
    return Look(
        model=model,
        version=chosen[-1].version,
        begin=first,
        end=last,
        hours=read(target, model, chosen[-1].version, first, last),
        reference=versus,
        delta=delta,
        counting=_counting(target, model, chosen[-1].version),
    )


def _counting(target: Target, model: str, version: int) -> str:
    item = target.app.table.get(keys.model_pk(model), keys.MONITOR) or {}
    found = item.get(KEPT)
    return str(item.get("waiting", "")) if found and found["version"] == version else ""


def chosen_slots(target: Target, model: str, version: int) -> list[Slot]:
    """When a version served, the earliest first; 0 is the one that serves. Raises Missing."""
    known = slots(target.app.table, model)
    if not known:
        raise Missing(f"no version of {model} has served yet, so nothing was looked at: leeway status {model}")
    serving = [slot for slot in known if not slot.trial] or known
    wanted = version or serving[-1].version
    found = [slot for slot in known if slot.version == wanted]
    if not found:
        there = ", ".join(str(number) for number in sorted({slot.version for slot in known}))
        raise Missing(f"version {version} of {model} has never served; these have: {there}")
    return found


def span(
    served: Sequence[Slot], begin: datetime | None, end: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Whole hours: what was asked for, else the last week in which the version served."""
    over = plan.floor(now - plan.ARRIVAL)
    until = served[-1].end
    last = end or (over if until is None else min(over, until + plan.HOUR))
    first = begin or max(last - WEEK, served[0].begin)
    if first >= last and (begin or end):
        raise Usage(f"the window ends ({clock(last)}) before it begins ({clock(first)})")
    first, last = plan.floor(first), plan.floor(last)
    return first, max(first, last)


def compared(target: Target, model: str, slot: Slot) -> tuple[Reference, float]:
    """The version's baseline, and how much the model tolerates; raises Missing or Rejected."""
    package = target.app.sagemaker.package(slot.package)
    baseline, evaluation = (_document(target, uri) for uri in (package.baseline, package.evaluation))
    if not baseline:
        raise Missing(f"the baseline of version {slot.version} of {model} is gone, or was never there")
    try:
        return reference(baseline, evaluation, list(baseline["features"])), _delta(target, model)
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"{package.baseline} is no baseline that this version of Leeway reads: {error!r}") from error


def _delta(target: Target, model: str) -> float:
    pointer = models.find(target.app.table, model)
    if pointer is None:
        return Monitoring().delta
    return models.specification(target.app.objects, target.settings.artifacts_bucket, pointer).monitoring.delta


def _document(target: Target, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return target.app.objects.get_json(bucket, key) if uri else None


def read(target: Target, model: str, version: int, begin: datetime, end: datetime) -> list[Report]:
    """The reports of these hours, many at a time."""
    objects, bucket = target.app.objects, target.settings.artifacts_bucket
    days = [begin + timedelta(days=number) for number in range((end.date() - begin.date()).days + 1)]
    prefixes = [records.report_key(model, version, day).rpartition("/")[0] + "/" for day in days]
    with ThreadPoolExecutor(WORKERS) as pool:
        listed = pool.map(lambda prefix: objects.listed(bucket, prefix), prefixes)
        keys = [key for found in listed for key, _ in found if KEY.fullmatch(key) and begin <= _hour(key) < end]
        return list(pool.map(lambda key: _report(target, key), keys))


def _hour(key: str) -> datetime:
    year, month, day, hour = map(int, key.removesuffix(".json").split("/")[-4:])
    return datetime(year, month, day, hour, tzinfo=UTC)


def _report(target: Target, key: str) -> Report:
    bucket = target.settings.artifacts_bucket
    try:
        return Report.from_json(json.loads(target.app.objects.get(bucket, key)))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, LeewayError):
            raise
        raise Rejected(f"s3://{bucket}/{key} is no report that this version of Leeway reads: {error!r}") from error


def as_json(found: Look, distances: Mapping[datetime, Mapping[str, float | None]]) -> dict[str, Any]:
    """For programs."""
    window = found.window
    return {
        "model": found.model,
        "version": found.version,
        "from": found.begin.isoformat(),
        "to": found.end.isoformat(),
        "verdict": found.verdict,
        "hour": found.known.hour.isoformat() if found.known else None,
        "evidence": found.known.status.evidence if found.known else None,
        "culprits": [
            {"feature": one.feature, "evidence": one.evidence, "since": one.since.isoformat(), "what": one.what}
            for one in found.culprits
        ],
        "records": window.records,
        "rows": window.rows,
        "unused": dict(window.unused),
        "hours_without_report": found.silent,
        "counting": found.counting or None,
        "hours": [
            {
                "hour": one.hour.isoformat(),
                "verdict": one.status.verdict,
                "evidence": one.status.evidence,
                "why": one.status.why,
                "rows": one.window.rows,
                "unused": dict(one.window.unused),
                "distances": dict(distances[one.hour]),
            }
            for one in found.hours
        ],
    }
