"""Past hours counted anew by the stack's own monitor, some by each call, and judged here in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from leeway.aws.clients import hasty
from leeway.aws.translate import translated
from leeway.drift import plan
from leeway.drift.records import Report
from leeway.drift.timeline import Timeline
from leeway.drift.windows import Window
from leeway.errors import Rejected, Unavailable
from leeway_cli import console, layout
from leeway_cli.drift import look
from leeway_cli.drift.look import Look
from leeway_cli.target import Target

MOST = 12  # hours in a call: their counts fit into an answer
QUICK = timedelta(seconds=20)
LONGEST = 330  # seconds: the function's own limit, and some
ATTEMPTS = 3


def recount(target: Target, model: str, version: int, begin: datetime | None, end: datetime | None) -> Look:
    """As `look`, of hours that need have no report. The evidence begins at nothing with the first hour."""
    chosen = look.chosen_slots(target, model, version)
    first, last = look.span(chosen, begin, end, target.now())
    versus, delta = look.compared(target, model, chosen[-1])
    number = chosen[-1].version
    hours = [
        hour
        for hour in (first + n * plan.HOUR for n in range(int((last - first) / plan.HOUR)))
        if any(plan.served(slot, hour) for slot in chosen)
    ]
    found = Look(
        model=model, version=number, begin=first, end=last, hours=[], reference=versus, delta=delta
    )  # fmt: skip
    return replace(found, hours=list(_judged(found, list(_counted(target, model, number, hours)))))


def _judged(found: Look, counted: Sequence[tuple[datetime, Window]]) -> Iterator[Report]:
    timeline = Timeline.begin(found.reference)
    for hour, window in counted:
        timeline, status = timeline.after(hour, window, found.reference, delta=found.delta)
        yield Report(hour=hour, version=found.version, window=window, status=status)


def _counted(target: Target, model: str, version: int, hours: Sequence[datetime]) -> Iterator[tuple[datetime, Window]]:
    """Few hours at a time, and more once that was quick: no call comes near the function's limit."""
    caller = hasty("lambda", LONGEST, ATTEMPTS)
    name, done, batch = f"{target.settings.stack}-monitor", 0, 1
    while done < len(hours):
        asked, began = hours[done : done + batch], target.now()
        windows = _asked(caller, name, model, version, asked)
        yield from zip(asked, windows, strict=True)
        done += len(asked)
        batch = min(batch * 2, MOST) if target.now() - began < QUICK else max(batch // 2, 1)
        console.note(f"{done:,} of {layout.counted(len(hours), 'hour')} counted")


def _asked(caller: Any, name: str, model: str, version: int, hours: Sequence[datetime]) -> list[Window]:
    asked = {"count": {"model": model, "version": version, "hours": [hour.isoformat() for hour in hours]}}
    with translated(f"Lambda Invoke {name}"):
        answer = caller.invoke(FunctionName=name, Payload=json.dumps(asked).encode())
        said = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        why = said.get("errorMessage", said)
        raise Unavailable(f"{name} failed on {hours[0]:%Y-%m-%d %H:%M}: {why}; see its log in CloudWatch")
    if not isinstance(said, dict) or "refused" in said:
        why = said["refused"] if said else "the stack's monitor is older than this command: deploy it again"
        raise Rejected(f"{hours[0]:%Y-%m-%d %H:%M} cannot be counted: {why}")
    return [Window.from_json(one) for one in said["windows"]]
