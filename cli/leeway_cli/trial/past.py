"""The newest experiment of a model over time, running or over, from what the stack keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leeway import keys
from leeway.errors import LeewayError, Missing
from leeway.experiment.assignment import Assignment
from leeway.experiment.evidence import Cohort, Evidence
from leeway.experiment.guardrails import Guards, Minute
from leeway.journal import Entry
from leeway.rollout import records
from leeway.rollout.challenge.standing import minute
from leeway_cli import contest, people, timeline
from leeway_cli.target import Target

DAY = timedelta(days=1)
GUARDED = 7 * DAY  # of an experiment, its last, whose minutes are read from CloudWatch
ENDS = (
    "ChallengerPromoted", "ChallengerRolledBack", "ChampionKept", "ChallengerRejected", "ChallengerFailed",
    "ChallengerReplaced", "ExperimentAborted",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One cohort, and the evidence with it and all before."""

    begin: datetime
    end: datetime
    cohort: Cohort
    up: float
    down: float


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """The evidence of each guardrail up to a minute."""

    at: datetime
    errors: float
    latency: float
    tails: float


@dataclass(frozen=True, kw_only=True)
class Past:
    """`until` is its end, or now where it is running; `unread` says why there are no guardrails, "" where there are."""

    model: str
    champion: int
    challenger: int
    begin: datetime
    until: datetime
    decision: str
    epochs: Sequence[Assignment]
    counted: Sequence[Counted]
    guarded: Sequence[Guarded]
    unread: str
    story: Sequence[Entry]


def look_back(target: Target, model: str) -> Past:
    """Read it; raises Missing where no version was ever tried against another."""
    people.model(target, model)
    tried = [one for one in records.assignments(target.app.table, model) if one.challenger is not None and one.share]
    if not tried:
        raise Missing(f"no version of {model} has been in an experiment; leeway rollout {model} says how it stands")
    newest = tried[-1].experiment
    epochs = [one for one in tried if one.experiment == newest]
    first = epochs[0]
    assert first.challenger is not None  # so it was chosen
    story = [one for one in timeline.entries(target.app.table, model) if one.detail.get("experiment") == newest]
    ended = next((one for one in story if one.what in ENDS), None)
    until = epochs[-1].end or target.now()
    guarded, unread = _guarded(target, epochs, until)
    return Past(
        model=model,
        champion=first.champion.version,
        challenger=first.challenger.version,
        begin=first.begin,
        until=until,
        decision=ended.why if ended else contest.look(target, model).waits,
        epochs=epochs,
        counted=list(_counted(target, model, newest)),
        guarded=guarded,
        unread=unread,
        story=story,
    )


def _counted(target: Target, model: str, experiment: str) -> Iterator[Counted]:
    """Cohort after cohort, as the rollout has counted them."""
    evidence = Evidence.none()
    for item in target.app.table.query(keys.model_pk(model), f"{keys.COHORT}{experiment}#"):
        cohort = Cohort(**{name: int(item[name]) for name in Cohort.__dataclass_fields__})
        evidence = evidence.add(cohort)
        begin = keys.unstamp(item["sk"].rsplit("#", 1)[1])
        yield Counted(begin=begin, end=keys.unstamp(item["end"]), cohort=cohort, up=evidence.up(), down=evidence.down())


def _guarded(target: Target, epochs: Sequence[Assignment], until: datetime) -> tuple[list[Guarded], str]:
    """Minute after minute of all epochs, from CloudWatch, which keeps them for 15 days."""
    guards, found = Guards(), []
    try:
        for at, pair in _minutes(target, epochs, max(epochs[0].begin, until - GUARDED), until):
            guards = guards.add(*pair)
            found.append(
                Guarded(at=at, errors=guards.errors(), latency=guards.means.evidence(), tails=guards.tails.evidence())
            )
    except LeewayError as error:
        return [], str(error)
    return found, ""


def _minutes(
    target: Target, epochs: Sequence[Assignment], begin: datetime, until: datetime
) -> Iterator[tuple[datetime, tuple[Minute, Minute]]]:
    arms = epochs[0].champion, epochs[0].challenger
    assert arms[1] is not None  # of epochs with one
    places = (arms[0].endpoint, arms[0].slot), (arms[1].endpoint, arms[1].slot)
    while begin < until:
        end = min(begin + DAY, until)
        champion, challenger = target.app.metrics.of_both(*places, begin, end)
        for at in sorted({*champion, *challenger}):
            if any(one.begin <= at < (one.end or until) for one in epochs):
                yield at, (minute(champion.get(at, {})), minute(challenger.get(at, {})))
        begin = end
