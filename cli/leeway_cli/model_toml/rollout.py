"""[rollout]: its keys, and what SageMaker or the rule that decides an experiment has no room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field

from leeway.spec import BINARY, MULTICLASS, REGRESSION
from leeway_cli.model_toml.kinds import DURATION, YEAR, Duration, seconds
from leeway_cli.model_toml.problems import Problem
from leeway_cli.model_toml.section import Section
from leeway_cli.model_toml.serving import SERVERLESS

Document = Mapping[str, Any]
AB, CANARY, SHADOW = "ab", "canary", "shadow"
HOUR = 3600  # seconds: the longest that SageMaker waits in a deployment
NO_GUARDRAILS = "ml.inf1."
# What each strategy listens to; all at once has neither stages nor a horizon. The monitor measures quality by labels
# when the outcome window is over, whichever it is.
KEYS = {
    "all_at_once": {"outcome_window"},
    AB: {
        "stages", "reward", "unit", "outcome_window", "margin", "cycle", "horizon", "bake", "min_exposure", "holdback",
        "during",
    },
    CANARY: {"outcome_window", "bake", "canary", "canary_wait", "max_errors", "max_latency"},
    SHADOW: {
        "stages", "reward", "unit", "outcome_window", "margin", "cycle", "horizon", "bake", "min_exposure", "holdback",
        "during",
        "shadow_for", "shadow_requests", "max_difference", "then",
    },
}  # fmt: skip


class Rollout(Section):
    """[rollout]."""

    strategy: Literal["all_at_once", "ab", "canary", "shadow"] = Field(
        default="all_at_once", description='"all_at_once", "ab", "canary" or "shadow"'
    )
    stages: list[Annotated[int, Field(ge=1, le=99)]] = Field(
        default=[],
        min_length=1,
        max_length=20,
        description="a list of whole percents from 1 to 99, each above the last",
    )
    reward: Literal["correct", "outcome"] = Field(
        default="correct", description='"correct" (the prediction came true) or "outcome" (the label is a success)'
    )
    unit: Literal["request", "unit_id"] = Field(
        default="request", description='"request" or "unit_id": what gets a version, and counts once'
    )
    outcome_window: Duration = Field(default=0, ge=3600, le=90 * 86400, description=f"{DURATION}, from 1h to 90d")
    margin: float | None = Field(
        default=None, ge=0.02, le=3, description="a number from 0.02 to 3: a log odds ratio that is no loss"
    )
    cycle: Duration = Field(default=0, ge=3600, le=7 * 86400, description=f"{DURATION}, from 1h to 7d")
    horizon: Duration = Field(default=0, ge=86400, le=YEAR, description=f"{DURATION}, from 1d to 366d")
    bake: Duration = Field(default=0, ge=0, le=30 * 86400, description=f"{DURATION}, up to 30d")
    min_exposure: int = Field(default=0, ge=1, le=10**9, description="a whole number, at least 1: requests")
    holdback: int = Field(default=0, ge=1, le=50, description="a whole number from 1 to 50: percent")
    during: Literal["queue", "replace", "ignore"] = Field(
        default="queue", description='"queue", "replace" or "ignore": a version that is approved in mid-experiment'
    )
    canary: int = Field(default=0, ge=1, le=50, description="a whole number from 1 to 50: percent of the traffic")
    canary_wait: Duration = Field(default=0, ge=180, le=HOUR, description=f"{DURATION}, from 3m to 1h")
    max_errors: float = Field(
        default=0,
        ge=0.01,
        le=50,
        description="a number from 0.01 to 50: percent of a minute's requests that fail (5xx)",
    )
    max_latency: int = Field(
        default=0, ge=1, le=60_000, description="a whole number from 1 to 60000: milliseconds, the mean of a minute"
    )
    shadow_for: Duration = Field(default=0, ge=HOUR, le=30 * 86400, description=f"{DURATION}, from 1h to 30d")
    shadow_requests: int = Field(default=0, ge=1, le=10**9, description="a whole number, at least 1: copies")
    max_difference: float | None = Field(
        default=None, gt=0, description="a number over 0: how far scores of the same requests may lie apart on average"
    )
    then: Literal["ab", "report"] = Field(default="ab", description='"ab" or "report": what follows the shadow')


def rollout_keys_fit_the_strategy(document: Document) -> Iterator[Problem]:
    """A key that does nothing is refused."""
    rollout = _table(document, "rollout")
    taken = KEYS.get(str(rollout.get("strategy", "all_at_once")), set(Rollout.model_fields))
    for key in Rollout.model_fields:
        if key != "strategy" and key in rollout and key not in taken:
            listed = " or ".join(f'"{name}"' for name, keys in KEYS.items() if key in keys)
            alone = "" if " or " in listed else " alone"
            yield Problem(key=f"rollout.{key}", value=rollout[key], says=f"is for strategy = {listed}{alone}")


def stages_rise(document: Document) -> Iterator[Problem]:
    """A challenger that has done well gets more, never less."""
    stages = _table(document, "rollout").get("stages")
    if not isinstance(stages, list) or not all(isinstance(stage, int) for stage in stages):
        return  # said already
    if any(after <= before for before, after in pairwise(stages)):
        yield Problem(key="rollout.stages", value=stages, says="must rise: each percent is above the one before it")


def canaries_can_be_deployed(document: Document) -> Iterator[Problem]:
    """What SageMaker's deployment guardrails exclude, and how long they wait at most."""
    rollout, serving = _table(document, "rollout"), _table(document, "serving")
    if rollout.get("strategy") != CANARY:
        return
    yield from _hosts(serving, CANARY, lacks="has no deployment guardrails", instead="all_at_once")
    try:
        bake = seconds(rollout.get("bake", "1h"))
    except ValueError:
        return  # said already, with the value
    if bake > HOUR:
        says = "is longer than SageMaker keeps the old instances of a canary, which is 1h at most"
        yield Problem(key="rollout.bake", value=rollout["bake"], says=says)


def _hosts(serving: Document, strategy: str, *, lacks: str, instead: str) -> Iterator[Problem]:
    """Neither serverless endpoints nor some types of instances take part in what SageMaker does to a deployment."""
    if serving.get("mode") == SERVERLESS:
        why = f'SageMaker {lacks} there; use strategy = "{instead}", or mode = "realtime"'
        yield Problem(key="rollout.strategy", value=strategy, says=f'is not for mode = "serverless": {why}')
    if str(serving.get("instance", "")).startswith(NO_GUARDRAILS):
        says = f'is a type for which SageMaker {lacks}; take another, or strategy = "all_at_once"'
        yield Problem(key="serving.instance", value=serving["instance"], says=says)


def shadows_can_be_cast(document: Document) -> Iterator[Problem]:
    """One production variant, and one shadow of it, with instances; scores that are numbers."""
    rollout, serving = _table(document, "rollout"), _table(document, "serving")
    if rollout.get("strategy") != SHADOW:
        return
    yield from _hosts(serving, SHADOW, lacks="mirrors no requests", instead="ab")
    if "max_instances" in serving:
        why = "Application Auto Scaling takes production variants alone, and a shadow gets as many requests as they do"
        says = (
            f'is not for scaled endpoints: {why}; set serving.instances without max_instances, or use strategy = "ab"'
        )
        yield Problem(key="rollout.strategy", value=SHADOW, says=says)
    if "max_difference" in rollout and _table(document, "model").get("problem", BINARY) == MULTICLASS:
        says = 'is not for problem = "multiclass": its answers are no single score; leave it out'
        yield Problem(key="rollout.max_difference", value=rollout["max_difference"], says=says)
    try:
        lasts, horizon = seconds(rollout.get("shadow_for", "1d")), seconds(rollout.get("horizon", "28d"))
    except ValueError:
        return  # said already, with the value
    if lasts >= horizon:
        key = "shadow_for" if "shadow_for" in rollout else "horizon"
        says = "leaves nothing to come: the shadow must be over before the horizon"
        yield Problem(key=f"rollout.{key}", value=rollout[key], says=says)


def outcomes_can_be_counted(document: Document) -> Iterator[Problem]:
    """A success is a yes or a no, and its label must have the time to come."""
    rollout, problem = _table(document, "rollout"), _table(document, "model").get("problem", BINARY)
    strategy = rollout.get("strategy")
    if strategy != AB and (strategy != SHADOW or rollout.get("then", AB) != AB):
        return
    if problem == REGRESSION:
        says = 'is not for problem = "regression": a number is never simply right; use strategy = "all_at_once"'
        yield Problem(key="rollout.strategy", value=strategy, says=says)
    elif rollout.get("reward") == "outcome" and problem != BINARY:
        says = f'is not for problem = "{problem}": only a binary label is a success by itself; use "correct"'
        yield Problem(key="rollout.reward", value="outcome", says=says)
    try:
        window, horizon = seconds(rollout.get("outcome_window", "7d")), seconds(rollout.get("horizon", "28d"))
        cycle = seconds(rollout.get("cycle", "24h"))
    except ValueError:
        return  # said already, with the value
    if horizon < window + cycle:
        key = "horizon" if "horizon" in rollout else "outcome_window"
        says = "leaves no time to decide: horizon must be at least outcome_window and cycle"
        yield Problem(key=f"rollout.{key}", value=rollout[key], says=says)


def _table(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}
