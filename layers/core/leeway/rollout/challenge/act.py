"""What `rollout` does in an experiment: turn its state, assign, weigh, and look at what the traffic says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from leeway import keys
from leeway.aws.table import Item, Value, Write
from leeway.errors import LeewayError, Rejected
from leeway.experiment.assignment import Arm
from leeway.experiment.rule import Finding, Standing, harm, judge
from leeway.journal import Detail, Entry
from leeway.reconcile import Done, Rest
from leeway.rollout import records
from leeway.rollout.challenge import plan, shadow
from leeway.rollout.challenge.apart import Lower, Raise
from leeway.rollout.challenge.cohorts import compared, fold
from leeway.rollout.challenge.experiment import RUNNING, SHADOW, Assign, Experiment, Turn, Weigh
from leeway.rollout.challenge.standing import Tally, course, pace, spans
from leeway.rollout.decisions import Hold, Settle, Wait
from leeway.rollout.flight import SOON, Flight
from leeway.rollout.observed import Grown, Observed, Raised
from leeway.rollout.target import OTHER_SLOT
from leeway.spec import ModelSpec


def carry_out(flight: Flight, decision: Turn | Assign | Weigh | Raise | Lower, item: Item) -> Rest | Done:
    """What a plan decided."""
    match decision:
        case Turn():
            return turn(flight, decision, item)
        case Assign():
            return _assign(flight, decision, item)
        case Weigh():
            return _weigh(flight, decision, item)
        case Raise():
            return _bring(flight, decision, item)
        case Lower():
            return _lower(flight, decision, item)


def turn(flight: Flight, decision: Turn, item: Item) -> Done:
    """The experiment in its new state, with the approval that it used up and the line of the journal, or none of it."""
    before, after = records.experiment(item), decision.after
    about = after or before
    assert about is not None  # one of the two is there
    detail: Detail = {
        "experiment": about.id,
        "version": about.challenger.version,
        "champion": about.champion.version,
        "share": after.share if after else None,
    }
    entry = flight.entry(decision.what, decision.why, detail)
    writes: list[Write] = [entry.write()]
    if decision.lost is not None:
        used = replace(decision.lost, lost_at=decision.lost.approved_at)
        writes.append(records.keep(flight.model, decision.lost, used))
    values: dict[str, Value] = {}
    remove: tuple[str, ...] = ("wish",) if "wish" in item else ()
    if after is None:
        flight.keep(item, values, *writes, remove=("experiment", "tally", "looked", "shadow", *remove))
        return Done(entries=(entry,))
    values["experiment"] = after.to_item()
    if before is None or before.id != after.id:
        values["tally"] = Tally().to_item()
    elif before.state == SHADOW != after.state:
        values["tally"], remove = Tally().to_item(), (*remove, "shadow")
    elif before.stage != after.stage:
        values["tally"] = replace(Tally.from_item(item.get("tally")), exposed=0).to_item()
    flight.keep(item, values, *writes, remove=remove)
    return Done(entries=(entry,))


def _assign(flight: Flight, decision: Assign, item: Item) -> Done:
    """Who gets which version, as `predict` reads it; the time of a stage begins with its first epoch."""
    assigned = decision.assignment
    values: dict[str, Value] = {"assignment": assigned.to_item()}
    experiment = records.experiment(item)
    begins = experiment is not None and (assigned.challenger is not None or experiment.state != RUNNING)
    if experiment is not None and begins and assigned.end is None:
        values |= {"experiment": experiment.assigned(flight.now).to_item(), "looked": keys.stamp(flight.now)}
    flight.keep(item, values, *records.assignment_writes(flight.model, assigned))
    return Done()


def _weigh(flight: Flight, decision: Weigh, item: Item) -> Rest | Done:
    """Absolute weights: where the answer is lost, the next look sees what came of it.

    Instances are noted before they are asked for: where they do not come, the weights are asked for without them.
    """
    grown = Grown(weights=decision.weights, counts=decision.counts, before=decision.before, at=keys.stamp(flight.now))
    if decision.undone and (undone := records.grown(item)) is not None:
        return _lacks(flight, decision, replace(undone, error="the endpoint was rolled back"), item)
    if decision.counts:
        flight.keep(item, {"grown": asdict(grown)})
        item = {**item, "version": int(item.get("version", 0)) + 1}
    try:
        flight.app.sagemaker.weigh(decision.endpoint, decision.weights, decision.counts)
    except Rejected as error:
        if decision.counts:
            return _lacks(flight, decision, replace(grown, error=str(error)[:500]), item)
        why = f"{decision.why}, but SageMaker refuses: {error}; trying again"
        return Rest(until=flight.now + SOON, code="weights-refused", why=why, what="RolloutHeld")
    return Done()


def _lacks(flight: Flight, decision: Weigh, grown: Grown, item: Item) -> Done:
    """Said, and what is planned next are the weights alone: going back must not wait for instances."""
    [(slot, count)] = grown.counts.items()
    why = f"{decision.why}, but {count} instances of variant {slot} did not come with it ({grown.error})"
    entry = flight.entry("InstancesLacking", f"{why}: scaling adds them", {"endpoint": decision.endpoint, "slot": slot})
    flight.keep(item, {"grown": asdict(grown)}, entry.write())
    return Done(entries=(entry,))


def _bring(flight: Flight, decision: Raise, item: Item) -> Rest | Done:
    """Recorded before it is asked for, so that no endpoint is forgotten."""
    raised = Raised(config=decision.target.config_name, attempts=decision.attempts)
    entries: tuple[Entry, ...] = ()
    if "beside" not in item:
        about: Detail = {"version": decision.target.version, "endpoint": decision.target.endpoint}
        entries = (flight.entry("EndpointRequested", decision.why, about),)
        flight.keep(item, {"beside": asdict(raised)}, *(entry.write() for entry in entries))
        item = {**item, "version": int(item.get("version", 0)) + 1}
    try:
        flight.app.sagemaker.create_endpoint(decision.target.endpoint, decision.target.config_name)
    except Rejected as error:
        refused = replace(raised, attempts=raised.attempts + 1, error=str(error)[:500])
        flight.keep(item, {"beside": asdict(refused)})
        return Rest(until=flight.now + SOON, code="refused-once", why=f"{error}; trying again", what="RolloutHeld")
    return Done(entries=entries)


def _lower(flight: Flight, decision: Lower, item: Item) -> Done:
    """Deleted first, and forgotten once it is gone."""
    if not decision.gone:
        flight.app.sagemaker.delete_endpoint(decision.endpoint)
        return Done()
    serving = records.serving(item)
    settled = Settle(serving=serving, what="", why="") if serving else None
    ends = records.slot_writes(flight.app.table, flight.model, flight.endpoint, settled, flight.now) if settled else []
    flight.keep(item, {}, *ends, remove=("beside",))
    return Done()


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look found, and what it counted; `item` is the machine's as it then is."""

    finding: Finding
    tally: Tally
    item: Item


def look(flight: Flight, spec: ModelSpec, seen: Observed, item: Item) -> Looked:
    """Count what is new, and judge; what cannot be read holds, with its reason."""
    experiment = seen.experiment
    assert experiment is not None  # the plan asks for the look
    tally, missing = Tally.from_item(item.get("tally")), []
    try:
        tally = _counted(flight, seen, tally)
    except LeewayError as error:
        missing.append(f"the metrics of {flight.endpoint} cannot be read ({error})")
    if experiment.state == SHADOW:
        return _mirrored(flight, spec, experiment, item, tally, missing)
    ended = ""
    if harm(tally.guards) is None:
        # What harms now must not wait for outcomes: where counting them ends a function, it does so at each try.
        tally, item, ended = fold(flight, spec, experiment, item, tally)
    missing += [reason for reason in (ended, tally.silence()) if reason]
    standing = Standing(
        now=flight.now,
        started=experiment.started or flight.now,
        staged=experiment.staged or flight.now,
        stage=experiment.stage,
        exposed=tally.exposed,
        evidence=tally.evidence,
        epochs=tally.epochs,
        guards=tally.guards,
        missing=missing,
    )
    return Looked(finding=judge(course(seen.rules, experiment.stages), standing), tally=tally, item=item)


def _mirrored(
    flight: Flight, spec: ModelSpec, experiment: Experiment, item: Item, tally: Tally, missing: list[str]
) -> Looked:
    """Of a challenger in the shadow: its copies, errors and latency by metrics, and its scores by captures."""
    started = experiment.started or flight.now
    try:
        seen = compared(flight, spec, experiment, shadow.Seen.from_item(item.get("shadow")), started)
    except LeewayError as error:
        seen = shadow.Seen.from_item(item.get("shadow"))
        missing.append(f"the captures of {flight.endpoint} cannot be compared ({error})")
    rules, now = spec.rollout, flight.now
    finding = shadow.judge(rules, guards=tally.guards, copies=tally.exposed, seen=seen, started=started, now=now)
    if missing and finding.verdict != "roll-back":
        finding = Finding(verdict="hold", code="unknown", why=f"nothing is decided: {'; '.join(missing)}")
    return Looked(finding=finding, tally=tally, item={**item, "shadow": seen.to_item()})


def _counted(flight: Flight, seen: Observed, tally: Tally) -> Tally:
    now = seen.assignment
    assert now is not None  # it is in force
    epochs = [now]
    if tally.counted is not None and tally.counted < now.begin:
        before = records.assignments(flight.app.table, flight.model)
        epochs = [one for one in before if one.experiment == now.experiment and one.epoch < now.epoch] + epochs
    for epoch, begin, end in spans(tally, epochs, flight.now):
        first, second = epoch.champion, epoch.challenger
        if second is None:  # it is in the shadow
            second = Arm(version=0, endpoint=first.endpoint, slot=OTHER_SLOT[first.slot])
        champion, challenger = ((arm.endpoint, arm.slot) for arm in (first, second))
        found = flight.app.metrics.of_both(champion, challenger, begin, end)
        tally = tally.add(*found, end, exposes=epoch.share == now.share)
    return tally


def settled(flight: Flight, seen: Observed, looked: Looked) -> Rest:
    """A look that changes nothing: what it counted is kept with the time of the next one."""
    experiment, finding = seen.experiment, looked.finding
    assert experiment is not None  # it was looked at
    until = flight.now + pace(experiment.staged or flight.now, flight.now)
    values: dict[str, Value] = {"tally": looked.tally.to_item(), "looked": keys.stamp(flight.now)}
    values |= {"shadow": looked.item["shadow"]} if experiment.state == SHADOW else {}
    code = f"experiment-{finding.code}"
    if finding.verdict == "hold":
        return replace(flight.rest(Hold(code=code, why=finding.why), **values), until=until)
    why = f"version {experiment.challenger.version} beside version {experiment.champion.version}: {finding.why}"
    return replace(flight.rest(Wait(code=code, why=why), **values), until=until)


def follow(seen: Observed, looked: Looked) -> Turn | None:
    """What the finding turns."""
    assert seen.experiment is not None  # it was looked at
    return plan.after(seen, seen.experiment, looked.finding)
