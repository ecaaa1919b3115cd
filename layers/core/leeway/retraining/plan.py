"""Decides when a training starts and when a run is over: pure, one decision at a time, each with its reason.

An active run is followed, and nothing starts beside it. Otherwise the first trigger that is due and not held starts a
run. What only a start needs is asked for by `Look`, and read then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leeway.retraining import drift
from leeway.retraining.decisions import (
    CloseRun,
    Decision,
    Due,
    Look,
    Observed,
    SendStart,
    Skip,
    Start,
    Wait,
)
from leeway.retraining.manifest import Manifest
from leeway.retraining.run import DATA, DRIFT, SCHEDULE, Run
from leeway.retraining.triggers import held, options
from leeway.retraining.verdict import judge
from leeway.retraining.words import count, moment
from leeway.spec import ModelSpec

LOOK_AT_RUN = timedelta(minutes=5)
LOOK_AT_SWITCH = timedelta(minutes=5)  # nothing tells when it is turned off again


def plan(spec: ModelSpec, seen: Observed, now: datetime) -> Decision:
    """The one next step for one model."""
    if seen.run is not None:
        return _follow(seen.run, seen, now)
    return drift.told(_next(spec, seen, now), seen)


def _next(spec: ModelSpec, seen: Observed, now: datetime) -> Decision:
    ranked = options(spec, seen, now)
    found = [held(option, spec, seen, now) for option in ranked]
    due = next((option for option in found if isinstance(option, Due)), None)
    if due is not None:
        return _begin(due, spec, seen, now)
    holds = [wait for option, wait in zip(ranked, found, strict=True) if option is not wait]
    return _rest(holds, [option for option in found if isinstance(option, Wait)]) or _idle(seen)


def _rest(holds: Sequence[Due | Wait], waits: Sequence[Wait]) -> Wait | None:
    """Until the earliest of all waits; the reason is the first hold's, for that is what keeps something back."""
    if not waits:
        return None
    earliest = min(waits, key=lambda wait: (wait.until is None, wait.until))
    said = next((hold for hold in holds if isinstance(hold, Wait)), earliest)
    return replace(said, until=earliest.until)


def _idle(seen: Observed) -> Wait:
    if seen.paused:
        return Wait(code="paused", why="the model is paused: nothing starts but by hand; leeway resume ends it")
    return Wait(code="idle", why="no new data, nothing due", silent=True)


def _follow(run: Run, seen: Observed, now: datetime) -> Decision:
    if not run.execution:
        if seen.stock is None:
            return Look()
        return _switched_off(now) if seen.stock.kill_switch else SendStart(run=run)
    if seen.progress is None or seen.progress.under_way:
        why = f"the training of {moment(run.created)} is under way"
        return Wait(code="training", why=why, until=now + LOOK_AT_RUN, silent=True)
    return CloseRun(run=run, verdict=judge(seen.progress))


def _begin(due: Due, spec: ModelSpec, seen: Observed, now: datetime) -> Decision:
    """What becomes of a trigger that nothing holds, by the stock."""
    if due.trigger == SCHEDULE and drift.nothing_new(seen):
        return Skip(code="nothing-new", why=f"{due.why}, but nothing is new since the last training")
    if seen.stock is None:
        return Look()
    if seen.stock.manifest is None:  # as where the kill switch is on
        return _switched_off(now)
    return _start(due, spec, seen, seen.stock.manifest)


def _start(due: Due, spec: ModelSpec, seen: Observed, manifest: Manifest) -> Decision:
    requests = tuple(sorted(request.sort_key for request in seen.requests))
    amount = f"{count(len(manifest.train), 'file')}, {count(manifest.rows, 'row')}"
    if not manifest.train:
        return _short(due, "no-data", "there is no accepted data to train on", requests)
    if due.trigger in {DATA, SCHEDULE, DRIFT} and manifest.rows < spec.data.min_rows:
        return _short(due, "too-few-rows", f"{amount} in the window, and min_rows is {spec.data.min_rows:,}", ())
    new = f", {len(manifest.considered):,} new" if len(manifest.considered) != len(manifest.train) else ""
    why = f"{amount}{new}, {due.why}: training starts (trigger: {due.trigger})"
    people = tuple(sorted({request.identity for request in seen.requests if request.identity}))
    return Start(trigger=due.trigger, why=why, manifest=manifest, requests=requests, asked_by=people)


def _short(due: Due, code: str, why: str, requests: tuple[str, ...]) -> Decision:
    """Data and alarms wait for more; what a person, the rollout or the schedule asked for is over and said."""
    if due.trigger == DATA:
        return Wait(code=code, why=why)
    if due.trigger == DRIFT:
        return Wait(code=code, why=f"{due.why}, but {why}")
    return Skip(code=code, why=f"{due.why}, but {why}", requests=requests)


def _switched_off(now: datetime) -> Wait:
    why = "the kill switch is on: nothing starts before it is turned off"
    return Wait(code="kill-switch", why=why, until=now + LOOK_AT_SWITCH)
