"""Drift as a trigger: which alarm asks for a training, what holds it back, and what people are told of that.

An alarm tells of its change and then is silent, for as long as it lasts. So nothing hangs on its event: at each look
it is asked whether the alarm still stands, and whether a training has succeeded since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from leeway.retraining.decisions import Alarm, Decision, Due, Observed, Tell, Wait
from leeway.retraining.run import BROKEN, DRIFT, MANUAL, SUCCEEDED, VERDICTS, Run
from leeway.retraining.words import count, moment, span
from leeway.spec import ModelSpec

DAY = timedelta(hours=24)
LOOK_AGAIN = timedelta(minutes=10)  # at alarms that could not be read
SHORTEST = timedelta(minutes=5)  # from a broken training to the next, where the cooldown is shorter


def asking(seen: Observed) -> Alarm | None:
    """The alarm that has waited longest: it stands, acts, and no training has succeeded since it was raised."""
    succeeded = [run.ended for run in seen.recent if run.status == SUCCEEDED and run.ended is not None]
    last = max(succeeded, default=None)
    open_ = [one for one in seen.alarms if not one.silenced and (last is None or last < one.since)]
    return min(open_, key=lambda one: (one.since, one.name), default=None)


def option(seen: Observed, now: datetime) -> Due | Wait | None:
    """What the alarms ask for. Those that cannot be read are no absence of drift, and no reason to start either."""
    if seen.alarms_unread:
        why = f"whether an alarm stands is not known: {seen.alarms_unread}"
        return Wait(code="alarms-unread", why=why, until=now + LOOK_AGAIN)
    if alarm := asking(seen):
        return Due(trigger=DRIFT, why=sentence(alarm))
    if not seen.alarms:
        return None
    first = min(seen.alarms, key=lambda one: (not one.silenced, one.since, one.name))
    if first.silenced:
        why = f"{sentence(first)}, is {first.silenced} and starts nothing"
        return Wait(code="alarm-silenced", why=why, silent=True)
    return Wait(code="alarm-answered", why=f"{sentence(first)}, and a training has succeeded since", silent=True)


def sentence(alarm: Alarm) -> str:
    """What stands in every reason, so that it can be read alone."""
    return f"alarm {alarm.name} stands since {moment(alarm.since)}"


def held(due: Due, spec: ModelSpec, seen: Observed, now: datetime) -> Wait | None:
    """What holds a training by drift: what it could learn, the daily cap, and the cooldown."""
    rows = sum(one.rows for one in seen.pending)
    if nothing_new(seen):
        why = "nothing is new since the last training, and the same data give the same model"
        return Wait(code="nothing-new", why=f"{due.why}, but {why}; new data start one")
    if rows < spec.retraining.min_labels:
        why = f"{count(rows, 'new row')} of the {spec.retraining.min_labels:,} that min_labels asks for"
        return Wait(code="too-few-labels", why=f"{due.why}, but there are {why}")
    return _cap(due, spec, seen, now) or _cooldown(due, spec, seen, now)


def nothing_new(seen: Observed) -> bool:
    """Whether a training now would be one that there was: no data since, and the same definition."""
    done = sorted((run for run in seen.recent if run.status in VERDICTS), key=lambda run: run.sort_key)
    return not seen.pending and bool(done) and done[-1].definition == seen.definition


def _cap(due: Due, spec: ModelSpec, seen: Observed, now: datetime) -> Wait | None:
    """As for the other triggers; but here a broken training counts too, for nobody gives up after the third."""
    cap = spec.retraining.daily_cap
    counts = [run for run in seen.recent if run.trigger == DRIFT or run.status != BROKEN]
    days = [run.created for run in counts if run.trigger != MANUAL and run.created > now - DAY]
    begun = sorted(days, reverse=True)
    if len(begun) < cap:
        return None
    until = begun[cap - 1] + DAY if cap else None
    why = f"{count(len(begun), 'training')} in the last 24 h, and daily_cap is {cap}"
    more = f"; starts at {moment(until)} if it still stands" if until else ""
    return Wait(code="daily-cap", why=f"{due.why}, but there were {why}{more}", until=until)


def _cooldown(due: Due, spec: ModelSpec, seen: Observed, now: datetime) -> Wait | None:
    """From the beginning of the last training, whatever became of it."""
    last = max(seen.recent, key=lambda run: run.created, default=None)
    if last is None:
        return None
    until = rested(last, spec.retraining.cooldown)
    if now >= until:
        return None
    why = f"a cooldown of {span(spec.retraining.cooldown)} since the last training"
    said = f"{due.why}; {why} runs until {moment(until)}, and it starts then if the alarm still stands"
    return Wait(code="cooldown", why=said, until=until)


def rested(last: Run, cooldown: timedelta) -> datetime:
    """When an alarm may start a training after this one."""
    return last.created + (max(cooldown, SHORTEST) if last.status == BROKEN else cooldown)


def told(decision: Decision, seen: Observed) -> Decision:
    """What keeps a training from an alarm, told to people once for each reason, and silent from then on."""
    alarm = asking(seen)
    if alarm is None or not isinstance(decision, Wait):
        return decision
    key = f"{decision.code} {alarm.name} {alarm.since.isoformat()}"
    if key == seen.told:
        return replace(decision, silent=True)
    why = decision.why if alarm.name in decision.why else f"{sentence(alarm)}; {decision.why}"
    return Tell(key=key, code=decision.code, why=why)
