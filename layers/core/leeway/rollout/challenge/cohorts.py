"""Folds what has matured into the evidence: each slice of an epoch once, with the four integers that it leaves."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from leeway import keys
from leeway.aws.table import Item, Put
from leeway.counting import counted
from leeway.errors import LeewayError
from leeway.outcomes.act import MEMORY, captured, cohort
from leeway.outcomes.alike import compare
from leeway.outcomes.cohorts import CohortCounts
from leeway.outcomes.plan import Slice, slices
from leeway.rollout import records
from leeway.rollout.challenge.experiment import Experiment
from leeway.rollout.challenge.shadow import Seen, due
from leeway.rollout.challenge.standing import Tally, next_cohorts
from leeway.rollout.flight import Flight
from leeway.spec import ModelSpec

MANY = 4  # slices that one look counts, within the time of a function; the next look goes on


def fold(flight: Flight, spec: ModelSpec, experiment: Experiment, item: Item, tally: Tally) -> tuple[Tally, Item, str]:
    """What is ripe, counted and kept slice by slice; the item as it then is, and why it ended early, "" where not.

    A slice that was counted is kept with the tally in one transaction, so none counts twice, and none is lost.
    """
    if experiment.started is None or flight.now < (tally.ripe_at or experiment.started + spec.rollout.outcome_window):
        return tally, item, ""
    epochs = [one for one in records.assignments(flight.app.table, flight.model) if one.experiment == experiment.id]
    pieces = slices(epochs, tally.sliced, flight.now, spec.rollout.outcome_window)
    with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
        for piece in pieces[:MANY]:
            try:
                counts = cohort(flight.app, spec, piece, Path(folder))
            except LeewayError as error:
                return tally, item, f"the outcomes of {piece.begin:%Y-%m-%d %H:%M} cannot be counted ({error})"
            tally = tally.fold(piece, counts.cohort, counts.assigned, counts.labelled)
            flight.keep(item, {"tally": tally.to_item()}, _write(flight.model, piece, counts))
            item = {**item, "version": int(item.get("version", 0)) + 1}
    return (tally if len(pieces) > MANY else tally.rested(next_cohorts(flight.now))), item, ""


def compared(flight: Flight, spec: ModelSpec, experiment: Experiment, seen: Seen, started: datetime) -> Seen:
    """The scores of champion and shadow in the hours whose captures have come since the last look."""
    if spec.rollout.max_difference is None:
        return seen
    slots = (experiment.champion.slot, experiment.challenger.slot)
    with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
        for begin, end in due(seen, started, flight.now):
            first, second = (captured(flight.app, flight.endpoint, slot, begin, Path(folder)) for slot in slots)
            with counted(folder, MEMORY) as connection:
                seen = seen.after(end, compare(connection, (first, second), (begin, end)))
    return seen


def _write(model: str, piece: Slice, counts: CohortCounts) -> Put:
    name = f"{keys.COHORT}{piece.assignment.experiment}#{piece.assignment.epoch:08d}#{keys.stamp(piece.begin)}"
    values: Item = {
        "end": keys.stamp(piece.end),
        **asdict(counts.cohort),
        "assigned": list(counts.assigned),
        "labelled": list(counts.labelled),
        "unused": counts.unused,
    }
    return Put(item={"pk": keys.model_pk(model), "sk": name, **values}, new=True)
