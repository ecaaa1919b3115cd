"""Reads what a retraining plan needs, with as few calls as it can: what only a start needs is read by `stock`."""

from __future__ import annotations

import json
from dataclasses import replace

from leeway import keys
from leeway.alarms.plan import names
from leeway.arrivals import records as arrivals
from leeway.arrivals.records import Arrival
from leeway.aws.alarms import Alarm as CloudWatchAlarm
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.errors import LeewayError, Missing
from leeway.models import Model
from leeway.retraining import records
from leeway.retraining.decisions import Alarm, Observed, Stock
from leeway.retraining.manifest import File, make
from leeway.retraining.run import Run
from leeway.retraining.verdict import GONE, Progress, Report, report
from leeway.spec import ModelSpec


def observe(app: App, pointer: Model, spec: ModelSpec, item: Item) -> Observed:
    """The model as it is now; where a run is active, that alone."""
    run = records.active(app.table, pointer.name, item["active_run"]) if "active_run" in item else None
    progress = progress_of(app, run) if run is not None and run.execution else None
    seen = Observed(
        applied_at=pointer.applied_at,
        definition=pointer.definition_sha256,
        paused=pointer.paused,
        skipped_at=keys.unstamp(item["skipped_at"]) if "skipped_at" in item else None,
        told=item.get("told", ""),
        run=run,
        progress=progress,
    )
    if run is not None:
        return seen
    return replace(
        _with_alarms(app, spec, seen) if spec.retraining.on_drift else seen,
        pending=arrivals.pending(app.table, pointer.name),
        requests=records.requests(app.table, pointer.name),
        recent=records.recent(app.table, pointer.name, spec.retraining.daily_cap),
    )


def _with_alarms(app: App, spec: ModelSpec, seen: Observed) -> Observed:
    """The model's alarms that stand. Where they cannot be read, all that does not hang on them goes on."""
    model = spec.model.name
    watched = names(app.settings.own_alarm(model), app.settings.resource(model), spec)
    try:
        found = [one for one in app.alarms.look(watched) if one.state == "ALARM"]
        alarms = [Alarm(name=one.name, since=one.since, silenced=_silenced(app, one)) for one in found]
    except LeewayError as error:
        return replace(seen, alarms_unread=str(error))
    return replace(seen, alarms=alarms)


def _silenced(app: App, alarm: CloudWatchAlarm) -> str:
    """Who does not want it to act: somebody who turned its actions off, a suppressing alarm, or a mute rule."""
    if not alarm.enabled:
        return "kept from acting, for its actions are disabled"
    if alarm.suppressed_by:
        return f"suppressed by {alarm.suppressed_by}"
    rule = app.alarms.muted_by(alarm.name)
    return f"muted by the rule {rule.rpartition(':')[2]}" if rule else ""


def progress_of(app: App, run: Run) -> Progress:
    """The execution of a run and, once it has ended, what its steps wrote."""
    try:
        execution = app.sagemaker.execution(run.execution)
    except Missing as error:
        return Progress(status=GONE, reason=str(error))
    seen = Progress(status=execution.status, reason=execution.reason)
    if seen.under_way:
        return seen
    steps = app.sagemaker.steps(run.execution)
    return Progress(
        status=execution.status,
        reason=execution.reason,
        failed_step=steps.failed,
        package=steps.package,
        ready=_report(app, f"{run.folder}/prepare/prepare.json", "ready"),
        gate=_report(app, f"{run.folder}/evaluate/gate.json", "passed"),
    )


def _report(app: App, key: str, flag: str) -> Report:
    """A step's report; one that is not JSON is as one that is not there, and decides nothing."""
    try:
        return report(json.loads(app.objects.get(app.settings.artifacts_bucket, key)), flag)
    except (Missing, ValueError, RecursionError):
        return Report()


def stock(app: App, spec: ModelSpec, seen: Observed) -> Observed:
    """Add what a start needs.

    The accepted files are read before the pending ones are read again: what comes in between is in neither, or pending
    alone, and so is left for the next run.
    """
    switched_off = app.kill_switch.is_on()
    if switched_off or seen.run is not None:
        return replace(seen, stock=Stock(kill_switch=switched_off))
    model = spec.model.name
    files = [file_of(arrival) for arrival in arrivals.accepted(app.table, model)]
    pending = arrivals.pending(app.table, model)
    manifest = make(model, files, [p.id for p in pending], spec.data.window)
    return replace(seen, pending=pending, stock=Stock(kill_switch=False, manifest=manifest))


def file_of(arrival: Arrival) -> File:
    """What a manifest says of an arrival."""
    return File(
        id=arrival.id,
        name=arrival.name,
        rows=arrival.rows,
        size=arrival.size,
        accepted_at=arrival.accepted_at,
        dropped=arrival.dropped,
        event_from=arrival.event_from,
        event_to=arrival.event_to,
    )


def champion(app: App, model: str) -> str:
    """S3 URI of the model that serves, by the rollout's item, or of the placeholder where none does.

    Raises Rejected where the package that serves is gone from the registry: a gate without its champion is no gate.
    """
    item = app.table.get(keys.model_pk(model), keys.ROLLOUT) or {}
    if not item.get("serving_package"):
        return app.settings.no_champion
    return app.sagemaker.package(item["serving_package"]).model_data
