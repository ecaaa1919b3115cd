"""What sets off a training, and what holds it back: pure rules, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from leeway.arrivals.pending import Pending
from leeway.retraining import drift
from leeway.retraining.decisions import Due, Observed, Wait
from leeway.retraining.run import BROKEN, DATA, DRIFT, MANUAL, REEVALUATE, SCHEDULE, VERDICTS, Request, Run
from leeway.retraining.schedule import following
from leeway.retraining.words import count, moment, span
from leeway.spec import ModelSpec

ATTEMPTS = 3
PAUSES = (timedelta(seconds=60), timedelta(seconds=300))  # before the second and the third attempt
DAY = timedelta(hours=24)


def options(spec: ModelSpec, seen: Observed, now: datetime) -> list[Due | Wait]:
    """Each trigger that is due or has a time to wait for, by rank; a paused model starts by hand alone."""
    found: list[Due | Wait] = []
    for trigger, said in ((MANUAL, "started by hand"), (REEVALUATE, "the champion has changed")):
        wishes = [request for request in seen.requests if request.trigger == trigger]
        if wishes and not (seen.paused and trigger != MANUAL):
            first = min(wishes, key=lambda request: (request.at, request.sort_key))
            found.append(Due(trigger=trigger, why=first.reason or said))
    if seen.paused:
        return found
    if (asked := drift.option(seen, now)) is not None:
        found.append(asked)
    if seen.pending:
        found.append(_data(spec, seen.pending, now))
    if spec.retraining.schedule is not None:
        found += _schedule(spec.retraining.schedule, seen, now)
    return found


def _data(spec: ModelSpec, pending: Sequence[Pending], now: datetime) -> Due | Wait:
    oldest, newest = (pick(p.accepted_at for p in pending) for pick in (min, max))
    quiet, longest = newest + spec.data.quiet_period, oldest + spec.data.max_wait
    if now >= quiet:
        return Due(trigger=DATA, why=f"quiet for {span(now - newest)}")
    if now >= longest:
        return Due(trigger=DATA, why=f"the oldest has waited {span(now - oldest)}")
    until = min(quiet, longest)
    why = f"{_amount(pending)} pending; starts at {moment(until)} if no other comes, at the latest at {moment(longest)}"
    return Wait(code="quiet-period", why=why, until=until)


def _schedule(schedule: str, seen: Observed, now: datetime) -> list[Due | Wait]:
    """Due once for all its times since the last run that came to a verdict; missed times are not made up for."""
    runs = [run.created for run in seen.recent if run.status in VERDICTS]
    after = max([seen.applied_at, *runs, *([seen.skipped_at] if seen.skipped_at else [])])
    slot = following(schedule, after, seen.applied_at)
    if slot is None:
        return []
    if slot <= now:
        return [Due(trigger=SCHEDULE, why=f"due since {moment(slot)}")]
    return [Wait(code="scheduled", why=f"no new data; next by schedule at {moment(slot)}", until=slot, silent=True)]


def held(option: Due | Wait, spec: ModelSpec, seen: Observed, now: datetime) -> Due | Wait:
    """The option, or the wait that holds it; what a person starts is held by broken runs alone.

    Drift is not held by broken runs for good: its alarm stands on, and it is asked again after each cooldown.
    """
    if isinstance(option, Wait):
        return option
    if option.trigger == DRIFT:
        return drift.held(option, spec, seen, now) or option
    wait = _broken(seen, now)
    if wait is None and option.trigger != MANUAL:
        wait = _cap(spec, seen, now)
    if wait is None and option.trigger == SCHEDULE:
        wait = _cooldown(spec, seen, now)
    return option if wait is None else wait


def _broken(seen: Observed, now: datetime) -> Wait | None:
    runs = broken(seen.recent, seen.requests, seen.applied_at)
    if not runs:
        return None
    last = runs[0]
    if len(runs) >= ATTEMPTS:
        why = f"{ATTEMPTS} runs in a row broke, the last: {last.why}; start by hand or apply a new specification"
        return Wait(code="three-broken", why=why)
    until = (last.ended or last.created) + PAUSES[len(runs) - 1]
    why = f"attempt {len(runs) + 1} of {ATTEMPTS} at {moment(until)}; the last broke: {last.why}"
    return Wait(code="retry", why=why, until=until, silent=True) if now < until else None


def broken(recent: Iterable[Run], requests: Iterable[Request], applied_at: datetime) -> list[Run]:
    """The latest runs that broke in a row, newest first, since a person last asked or applied a specification."""
    since = max([applied_at, *(request.at for request in requests if request.trigger == MANUAL)])
    ended = sorted((run for run in recent if run.ended is not None), key=lambda run: run.sort_key, reverse=True)
    return [run for run in takewhile(lambda run: run.status == BROKEN, ended) if run.created >= since]


def prospect(recent: Sequence[Run], requests: Iterable[Request], applied_at: datetime, cooldown: timedelta) -> str:
    """What comes after the newest of these runs, the first, which broke."""
    if recent[0].trigger == DRIFT:
        return f"again from {moment(drift.rested(recent[0], cooldown))} on, if the alarm still stands"
    number = len(broken(recent, requests, applied_at))
    if number >= ATTEMPTS:
        return f"{ATTEMPTS} in a row broke: nothing more starts but by hand or with a new specification"
    pause = f" in {span(PAUSES[number - 1])}" if number else " at once"
    return f"attempt {number + 1} of {ATTEMPTS}{pause}"


def _counted(runs: Iterable[Run]) -> list[datetime]:
    """When the runs began that bind others, newest first: a broken one has its own limit."""
    return sorted((run.created for run in runs if run.status != BROKEN), reverse=True)


def _cap(spec: ModelSpec, seen: Observed, now: datetime) -> Wait | None:
    cap = spec.retraining.daily_cap
    begun = [at for at in _counted(run for run in seen.recent if run.trigger != MANUAL) if at > now - DAY]
    if len(begun) < cap:
        return None
    until = begun[cap - 1] + DAY if cap else None
    why = f"{count(len(begun), 'training')} in the last 24 h, and daily_cap is {cap}"
    return Wait(code="daily-cap", why=why + (f"; next from {moment(until)}" if until else ""), until=until)


def _cooldown(spec: ModelSpec, seen: Observed, now: datetime) -> Wait | None:
    last = next(iter(_counted(seen.recent)), None)
    if last is None or now >= last + spec.retraining.cooldown:
        return None
    until = last + spec.retraining.cooldown
    why = f"due by schedule; a cooldown of {span(spec.retraining.cooldown)} runs until {moment(until)}"
    return Wait(code="cooldown", why=why, until=until)


def _amount(pending: Sequence[Pending]) -> str:
    return f"{count(len(pending), 'file')}, {count(sum(p.rows for p in pending), 'row')}"
