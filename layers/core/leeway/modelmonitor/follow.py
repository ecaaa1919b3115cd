"""Brings Model Monitor's schedule to what the version that serves needs. Idempotent: looked at first, named by content.

`leeway apply` does it, and the monitor at each look, so that the schedule follows a promotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leeway.bootstrap import App
from leeway.drift.hours import Hours
from leeway.errors import Rejected, Unavailable
from leeway.modelmonitor.keep import Files
from leeway.modelmonitor.schedule import Wanted, version_of, wanted
from leeway.rollout.observed import Slot
from leeway.spec import ModelSpec

CREATE, UPDATE = "create", "update"
CLOSED = (
    "AWS takes no new customers for Model Monitor since July 2026; where this account is one,"
    ' set monitoring.engine = "leeway" and apply again: Leeway\'s own monitor needs nothing of it'
)
CHANGING, STOPPED = "Pending", "Stopped"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change that is due, `create` or `update`; `before` is the job definition that it leaves."""

    verb: str
    want: Wanted
    before: str = ""

    @property
    def says(self) -> str:
        """In words."""
        of = f"each hour, against the baseline of version {self.want.version} (job definition"
        return f"{self.want.name}: {of} {self.want.definition_name})"


def due(app: App, spec: ModelSpec, served: list[Slot]) -> Step | None:
    """What is to be changed, None for nothing: nothing serves, all is as it is to be, or it is changing just now.

    Raises Rejected where the version has no baseline, a person's constraints are wrong, or somebody has stopped it.
    """
    slot = next((one for one in reversed(served) if one.end is None and not one.trial), None)
    if slot is None:
        return None
    want = _wanted(app, spec, slot)
    there = app.monitoring.schedule(want.name)
    if there is None:
        return Step(verb=CREATE, want=want)
    if there.status == STOPPED:
        raise Rejected(
            f"the monitoring schedule {want.name} is stopped; aws sagemaker start-monitoring-schedule"
            f" --monitoring-schedule-name {want.name} starts it again"
        )
    if there.status == CHANGING or dict(there.config) == want.config:
        return None
    return Step(verb=UPDATE, want=want, before=there.definition)


def _wanted(app: App, spec: ModelSpec, slot: Slot) -> Wanted:
    settings, model = app.settings, spec.model.name
    versus, baseline = Hours(app=app, model=model).compared(spec, slot)
    files = Files(
        objects=app.objects, inbox=settings.inbox_bucket, artifacts=settings.artifacts_bucket, model=model,
        version=slot.version,
    )  # fmt: skip
    limits = files.limits(versus)
    if limits.refused:
        raise Rejected(limits.refused)
    return wanted(settings, spec, slot.version, versus, baseline, limits.constraints)


def carry_out(app: App, step: Step) -> None:
    """Files, then the definition, then the schedule that names it; what it named before goes last."""
    want, bucket = step.want, app.settings.artifacts_bucket
    for key, body in want.files.items():
        app.objects.put(bucket, key, body, "text/x-python" if key.endswith(".py") else "application/json")
    with _explained():
        if not app.monitoring.has_definition(want.definition_name):
            app.monitoring.define(want.definition)
        app.monitoring.put(want.name, want.config, create=step.verb == CREATE)
    if step.before != want.definition_name and version_of(step.before, want.name) is not None:
        app.monitoring.undefine(step.before)


@contextmanager
def _explained() -> Iterator[None]:
    """By which code AWS refuses new customers is not documented, so whatever is refused says what may be the reason."""
    try:
        yield
    except (Rejected, Unavailable) as error:
        if type(error) not in (Rejected, Unavailable):
            raise
        raise type(error)(f"{error}. {CLOSED}") from error
