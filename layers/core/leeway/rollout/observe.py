"""What `rollout` reads before it plans: what is known of the versions, the registry's word, the endpoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from leeway import keys
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.errors import Missing
from leeway.journal import Entry
from leeway.rollout import eyes, records
from leeway.rollout.approvals import Approvals
from leeway.rollout.canary import plan as canary
from leeway.rollout.challenge import apart
from leeway.rollout.challenge.plan import contested, goal
from leeway.rollout.observed import Endpoint, Observed, Stock
from leeway.rollout.order import APPROVED, Seen, choose
from leeway.rollout.scaling import act as scaling
from leeway.rollout.target import Blueprint
from leeway.spec import ModelSpec


def observe(app: App, spec: ModelSpec, item: Item, now: datetime) -> tuple[Observed, tuple[Entry, ...]]:
    """What is, or first what was learnt of the versions that matter: then the plan is made of another reading.

    At the looks of an experiment, one in some minutes, the registry is not asked: its events come, the tick's scan
    finds those that got lost, and `verified` asks before the challenger gets more.
    """
    model, serving, experiment = spec.model.name, records.serving(item), records.experiment(item)
    packages, alone = _approved(app, spec, item)
    choice = choose(packages, serving.version if serving else None)
    endpoint = app.settings.resource(model)
    seen = Observed(
        model=model,
        now=now,
        rules=spec.rollout,
        blueprint=_blueprint(app, spec),
        choice=choice,
        packages=packages,
        target=None,
        endpoint=_endpoint(app, endpoint),
        serving=serving,
        asked=records.asked(item),
        reevaluated=item.get("reevaluated", ""),
        experiment=experiment,
        assignment=records.assignment(item),
        wish=records.wish(item),
        made=records.made(item),
        watched=item.get("watched", ""),
        rung=item.get("rung", ""),
        looked=keys.unstamp(item["looked"]) if "looked" in item else None,
        alone=alone,
    )
    wanted = goal(seen)
    seen = replace(seen, raised=records.raised(item))
    if apart.is_apart(seen) or seen.raised is not None:
        seen = replace(seen, beside=_endpoint(app, seen.blueprint.beside))
    seen = replace(seen, target=wanted, grown=records.grown(item))
    seen = replace(seen, scaled=scaling.look(app, seen, item))
    return seen, () if "looked" in item else verified(app, seen)


def _approved(app: App, spec: ModelSpec, item: Item) -> tuple[tuple[Seen, ...], str]:
    """The versions with the approvals that count, and what another person has to approve."""
    model, serving, experiment = spec.model.name, records.serving(item), records.experiment(item)
    packages = tuple(records.packages(app.table, model))
    if not spec.approval.four_eyes:
        return packages, ""
    tried = {experiment.champion.version, experiment.challenger.version} if experiment else set()
    now = {found.version for found in (serving, records.asked(item)) if found}
    served = serving.version if serving else None
    return eyes.counted(packages, eyes.asked_by(app.table, model), served, tried | now)


def verified(app: App, seen: Observed) -> tuple[Entry, ...]:
    """What is learnt by asking the registry for the versions that a decision rests on."""
    serving, desired, experiment = seen.serving, seen.choice.desired, seen.experiment
    pair = {experiment.champion.version, experiment.challenger.version} if experiment else set()
    versions = {desired.version if desired else 0, serving.version if serving else 0} | pair
    return _verify(app, seen.model, seen.now, seen.packages, versions)


def _verify(app: App, model: str, now: datetime, packages: tuple[Seen, ...], versions: set[int]) -> tuple[Entry, ...]:
    """The registry's own word on the versions that a decision rests on: events of theirs may be late or forged."""
    work = Approvals(app=app, now=now, actor="rollout")
    for seen in packages:
        if seen.version in versions:
            try:
                truth = app.sagemaker.package(seen.arn)
            except Missing:
                continue  # deleted from the registry; what serves goes on serving
            if (truth.status == APPROVED) != (seen.status == APPROVED):
                work.learn(model, truth, None)
    return tuple(work.entries)


def _blueprint(app: App, spec: ModelSpec) -> Blueprint:
    return Blueprint(
        endpoint=app.settings.resource(spec.model.name),
        serving=spec.serving,
        role=app.settings.serving_role_arn,
        capture=app.settings.artifact("capture"),
    )


def _endpoint(app: App, name: str) -> Endpoint | None:
    try:
        found = app.sagemaker.endpoint(name)
    except Missing:
        return None
    changed = keys.stamp(found.modified)
    return Endpoint(
        name=name,
        status=found.status,
        config=found.config,
        changed=changed,
        reason=found.reason,
        serverless=found.serverless,
        weights=found.weights,
        counts=found.counts,
    )


def _rings(app: App, config: str) -> dict[str, str]:
    return {alarm.name: alarm.reason for alarm in app.alarms.look(canary.names(config)) if alarm.state == "ALARM"}


def stock(app: App, seen: Observed, *, paused: bool) -> Observed:
    """What only a change needs."""
    wanted, challenger = seen.target, contested(seen)
    assert wanted is not None  # a change has a target
    halted = "the kill switch is on" if app.kill_switch.is_on() else "the model is paused" if paused else ""
    package = app.sagemaker.package(challenger.arn if challenger else wanted.package)
    serving = app.sagemaker.package(seen.serving.package).model_data if seen.serving else ""
    own = apart.wanted(seen)
    models = (*wanted.model_names, *(own.model_names if own else ()))
    found = Stock(
        halted=halted,
        missing=frozenset(name for name in models if not app.sagemaker.has_model(name)),
        config_exists=app.sagemaker.has_config(wanted.config_name),
        apart_exists=own is None or app.sagemaker.has_config(own.config_name),
        champion=(package.metadata or {}).get("champion", ""),
        serving_champion=serving,
        rings=_rings(app, seen.watched) if seen.watched else {},
    )
    return replace(seen, stock=found)
