"""Model Monitor's schedule of a model, as `leeway apply` makes, changes and takes it away, and `leeway remove` too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from leeway.errors import Missing, Rejected
from leeway.modelmonitor import follow
from leeway.modelmonitor.schedule import version_of
from leeway.rollout.records import slots
from leeway.spec import MODEL_MONITOR, ModelSpec
from leeway_cli import console
from leeway_cli.changes import DELETE, Change
from leeway_cli.target import Target

SCHEDULE = "monitoring schedule"


def changes(target: Target, spec: ModelSpec) -> Iterator[Change]:
    """What differs; before a version serves there is no endpoint to watch, and the monitor makes the schedule then."""
    if spec.monitoring.engine != MODEL_MONITOR:
        yield from _gone(target, spec)
        return
    try:
        step = follow.due(target.app, spec, slots(target.app.table, spec.model.name))
    except Rejected as error:
        # Its version has no baseline, or somebody has stopped it: no reason to apply nothing else.
        console.note(str(error))
        return
    if step is not None:
        yield Change(verb=step.verb, what=SCHEDULE, name=step.want.name, detail=step.says)


def _gone(target: Target, spec: ModelSpec) -> Iterator[Change]:
    name = target.settings.resource(spec.model.name)
    if target.app.monitoring.schedule(name) is not None:
        yield Change(verb=DELETE, what=SCHEDULE, name=name, detail=f"{name}: Leeway's own monitor takes its place")


def carry_out(target: Target, spec: ModelSpec, change: Change) -> None:
    """Make one of these changes; raises Rejected with the way back where AWS takes no new customers."""
    if change.verb == DELETE:
        delete(target, change.name)
        return
    if step := follow.due(target.app, spec, slots(target.app.table, spec.model.name)):
        follow.carry_out(target.app, step)


def delete(target: Target, name: str) -> None:
    """The schedule, then the job definitions of Leeway's for its endpoint; what is gone meanwhile is as well."""
    with suppress(Missing):
        target.app.monitoring.delete(name)
    for definition in target.app.monitoring.definitions(name):
        if version_of(definition, name) is not None:
            target.app.monitoring.undefine(definition)
