"""An experiment as `leeway rollout` shows it: stage, weights, exposure, evidence against its bar, what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys, models
from leeway.errors import Missing
from leeway.experiment import guardrails, rule
from leeway.rollout import records
from leeway.rollout.challenge.experiment import PROMOTED, RUNNING, SHADOW, Experiment
from leeway.rollout.challenge.standing import Tally
from leeway.rollout.observed import Asked, Serving
from leeway.rollout.target import WHOLE
from leeway.spec import Rollout
from leeway_cli import console, layout, people
from leeway_cli.moments import ago, clock
from leeway_cli.target import Target


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What is known; `weights` are percents by slot, none where there is no endpoint.

    They are those that the endpoint has; where each version has an endpoint of its own, those that `predict` goes by.
    """

    model: str
    rules: Rollout
    serving: Serving | None
    experiment: Experiment | None
    tally: Tally
    status: str
    weights: Mapping[str, float]
    waits: str
    until: datetime | None
    asked: Asked | None = None
    progress: str = ""

    @property
    def canary(self) -> Asked | None:
        """The version that comes by a canary, None where none is on its way."""
        return self.asked if self.asked is not None and self.asked.canary else None


def look(target: Target, name: str) -> Contest:
    """Read it; nothing is changed."""
    model = people.model(target, name)
    item = target.app.table.get(keys.model_pk(name), keys.ROLLOUT) or {}
    spec = models.specification(target.app.objects, target.settings.artifacts_bucket, model)
    try:
        endpoint = target.app.sagemaker.endpoint(target.settings.resource(name))
        status, weights, progress = endpoint.status, dict(endpoint.weights), endpoint.progress
    except Missing:
        status, weights, progress = "", {}, ""
    assigned = records.assignment(item)
    if assigned is not None and assigned.challenger and assigned.challenger.endpoint != assigned.champion.endpoint:
        weights = {assigned.champion.slot: WHOLE - assigned.share, assigned.challenger.slot: assigned.share}
    total = sum(weights.values())
    return Contest(
        model=name,
        rules=spec.rollout,
        serving=records.serving(item),
        experiment=records.experiment(item),
        tally=Tally.from_item(item.get("tally")),
        status=status,
        weights={slot: 100 * weight / total for slot, weight in weights.items()} if total else {},
        waits=item.get("waiting", ""),
        until=keys.unstamp(item["waiting_until"]) if "waiting_until" in item else None,
        asked=records.asked(item),
        progress=progress,
    )


def evidence(tally: Tally) -> dict[str, tuple[float, float]]:
    """Each kind of evidence with its bar."""
    guards, bar = tally.guards, 1 / guardrails.ALPHA
    return {
        "better": (tally.evidence.up(), rule.BAR),
        "worse": (tally.evidence.down(), rule.BAR),
        "5xx": (guards.errors(), bar),
        "mean latency": (guards.means.evidence(), bar),
        "p99 latency": (guards.tails.evidence(), bar),
    }


def as_json(found: Contest) -> dict[str, Any]:
    """For programs; times in ISO 8601, UTC."""
    experiment = found.experiment
    return {
        "model": found.model,
        "strategy": found.rules.strategy,
        "serving": found.serving.version if found.serving else None,
        "endpoint": found.status or None,
        "weights": dict(found.weights),
        "experiment": _experiment(found, experiment) if experiment else None,
        "canary": {"version": found.canary.version, "progress": found.progress} if found.canary else None,
        "waiting": {"why": found.waits, "until": keys.stamp(found.until) if found.until else None},
    }


def _experiment(found: Contest, experiment: Experiment) -> dict[str, Any]:
    kept = experiment.to_item()
    return {
        **{name: kept[name] for name in ("id", "state", "champion", "challenger", "stages", "started", "staged")},
        "stage": experiment.stage + 1,
        "share": experiment.share,
        "requests": found.tally.exposed,
        "evidence": {name: {"value": value, "bar": bar} for name, (value, bar) in evidence(found.tally).items()},
    }


def lines(found: Contest, now: datetime) -> Iterator[str]:
    """The same for people."""
    yield console.paint(found.model, "bold")
    experiment = found.experiment
    if experiment is None:
        serving = f"version {found.serving.version} serves alone" if found.serving else "nothing serves yet"
        yield from layout.field("experiment", f'none; {serving} (strategy "{found.rules.strategy}")')
    else:
        yield from layout.field("experiment", _versions(experiment, now))
        yield from layout.field("stage", _stage(found, experiment))
    if found.canary:
        yield from layout.field("canary", _canary(found, found.canary))
    shares = ", ".join(f"{slot} {share:g} %" for slot, share in found.weights.items()) or "none"
    yield from layout.field("weights", f"{shares} (endpoint {found.status or 'not there'})")
    if experiment is not None and (experiment.compares or experiment.state == SHADOW):
        told = [f"{name} {_number(value)} of {bar:g}" for name, (value, bar) in evidence(found.tally).items()]
        yield from layout.field("evidence", ", ".join(told[:2]))
        yield from layout.field("guardrails", ", ".join(told[2:]))
    if found.waits:
        until = f" (looks again {ago(found.until, now)})" if found.until and found.until > now else ""
        yield from layout.field("waits", found.waits + until)


def _canary(found: Contest, comes: Asked) -> str:
    rules = found.rules
    place = f" in place of version {found.serving.version}" if found.serving else ""
    wait = rules.canary_wait.total_seconds() / 60
    how = f"{rules.canary} % of the traffic for {wait:g} minutes, then all of it"
    return f"version {comes.version} comes{place}: {how}{f' ({found.progress})' if found.progress else ''}"


def _versions(experiment: Experiment, now: datetime) -> str:
    pair = f"version {experiment.challenger.version} (slot {experiment.challenger.slot}) beside version "
    begun = f", begun {ago(experiment.started, now)}" if experiment.started else ", being brought up"
    return f"{pair}{experiment.champion.version} (slot {experiment.champion.slot}){begun}"


def _stage(found: Contest, experiment: Experiment) -> str:
    if experiment.state == SHADOW:
        since = f" since {clock(experiment.started)}" if experiment.started else ""
        return f"in the shadow{since}, {found.tally.exposed:,} of {found.rules.shadow_requests:,} copies of requests"
    if experiment.state != RUNNING:
        words = "promoted, the old champion stays for a while" if experiment.state == PROMOTED else "taken back"
        return f"{words}: {experiment.share} % of the traffic"
    since = f" since {clock(experiment.staged)}" if experiment.staged else ""
    exposed = f"{found.tally.exposed:,} of {found.rules.min_exposure:,} requests"
    place = f"{experiment.stage + 1} of {len(experiment.stages)}"
    return f"{place}, {experiment.share} % of the traffic{since}, {exposed}"


def _number(value: float) -> str:
    if value > 1e6:
        return "over a million"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
