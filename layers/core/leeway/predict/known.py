"""What a prediction has to know of its model, read anew every five seconds.

Five seconds late is safe: the rollout closes an assignment before it begins to change an endpoint, and an endpoint
takes longer than that to change: what served goes on until what comes is there. What is sent meanwhile names the epoch
that was closed, at a time after its end, and so is counted by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leeway import keys, models
from leeway.bootstrap import App
from leeway.errors import LeewayError, Refused, Rejected, Unavailable
from leeway.experiment.assignment import Assignment
from leeway.log import logger
from leeway.spec import ModelSpec

FRESH = timedelta(seconds=5)
SERVERLESS = "serverless"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A model at a moment; `captureless` are the endpoints among its arms' that capture nothing themselves.

    `sure` is False where SageMaker did not say which these are, and the specification did.
    """

    assignment: Assignment
    spec: ModelSpec
    captureless: frozenset[str]
    sure: bool
    at: datetime


_kept: dict[tuple[str, str], Known] = {}  # by table and model; only models that there are


def forget() -> None:
    """Read everything anew."""
    _kept.clear()


def known(app: App, model: str, now: datetime) -> Known:
    """As it was at most five seconds ago; raises Refused where nothing serves, Unavailable where nothing is known.

    Where the table does not answer, what was known before serves on, but between two epochs: its champion answers, and
    nobody counts.
    """
    key = (app.settings.table_name, model)
    before = _kept.get(key)
    if before is not None and timedelta() <= now - before.at < FRESH:
        return before
    try:
        found = _kept[key] = _read(app, model, now, before)
    except Unavailable as error:
        if before is None:
            raise
        logger().warning("assignment is not known anew", model=model, since=keys.stamp(before.at), reason=str(error))
        return replace(before, assignment=replace(before.assignment, end=before.assignment.end or now))
    return found


def _read(app: App, model: str, now: datetime, before: Known | None) -> Known:
    pointer = models.find(app.hasty.table, model)
    if pointer is None:
        raise Refused(404, "no-model", f"there is no model {model}; leeway status lists those that were applied")
    item = app.hasty.table.get(keys.model_pk(model), keys.ASSIGNMENT)
    if item is None:
        why = f"nothing serves {model} yet; approve a version, and see what is waited for by: leeway status {model}"
        raise Refused(409, "nothing-serves", why)
    assignment = Assignment.from_item(item)
    try:
        spec = models.specification(app.hasty.objects, app.settings.artifacts_bucket, pointer)
    except ValueError as error:
        raise Rejected(f"the specification cannot be read: {error}") from error
    if before is not None and before.sure and before.assignment.epoch == assignment.epoch:
        # An endpoint changes only between two epochs.
        return replace(before, assignment=assignment, spec=spec, at=now)
    captureless, sure = _captureless(app, assignment, spec)
    return Known(assignment=assignment, spec=spec, captureless=captureless, sure=sure, at=now)


def _captureless(app: App, assignment: Assignment, spec: ModelSpec) -> tuple[frozenset[str], bool]:
    """By what the endpoints are; where SageMaker does not say, by what the specification has them be."""
    arms = [assignment.champion, *([assignment.challenger] if assignment.challenger else [])]
    endpoints = {arm.endpoint for arm in arms}
    try:
        return frozenset(name for name in endpoints if app.hasty.sagemaker.endpoint(name).serverless), True
    except LeewayError:
        return frozenset(endpoints if spec.serving.mode == SERVERLESS else ()), False
