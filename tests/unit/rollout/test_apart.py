"""What a plan makes of a challenger on an endpoint of its own: when it comes, when it is asked, when it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leeway import keys
from leeway.experiment.assignment import Arm
from leeway.rollout.challenge.apart import Lower, Raise
from leeway.rollout.challenge.experiment import PROMOTED, REVERTED, Assign, Experiment, Judge, Turn
from leeway.rollout.decisions import Decision, Hold, Look, MakeConfig, MakeModel, Settle, Wait
from leeway.rollout.observed import Endpoint, Raised, Serving
from leeway.rollout.order import REJECTED, Seen
from leeway.rollout.plan import plan
from leeway.rollout.target import Contender
from leeway.rollout.update import ATTEMPTS
from leeway.spec import Rollout
from leeway.spec import Serving as Kind
from tests.unit.rollout.values import BEFORE, ENDPOINT, STOCK, arn, assigned, blueprint, known, observed

pytestmark = pytest.mark.unit
OWN = f"{ENDPOINT}-challenger"
PLANS = blueprint(serving=Kind(mode="serverless"))
A, B = Contender(version=1, package=arn(1)), Contender(version=2, package=arn(2), slot="b")
ONE, TWO = known(1, 10, served=True), known(2, 20)
SINCE = keys.unstamp(BEFORE)
BEGUN = Experiment(id="churn-2-1-x", champion=A, challenger=B, stages=(10, 50))
RUNS = replace(BEGUN, started=SINCE, staged=SINCE)
RAISED = Raised(config=PLANS.apart(B).config_name)
OWNS = replace(RAISED, up=True)
ARM = Arm(version=2, endpoint=OWN, slot="b")
BOTH = assigned(1, experiment=RUNS.id, epoch=2, challenger=ARM, share=10)


def there(name: str = ENDPOINT, one: Contender = A, status: str = "InService", config: str = "") -> Endpoint:
    wanted = config or PLANS.solo(one).config_name
    return Endpoint(
        name=name, status=status, config=wanted, changed=BEFORE, serverless=True, weights=((one.slot, 1.0),),
        reason="it does not load" if status == "Failed" else "",
    )  # fmt: skip


def serves(one: Contender) -> Serving:
    config = PLANS.solo(one).config_name
    return Serving(version=one.version, package=one.package, slot=one.slot, config=config)


def decide(*packages: Seen, **found: Any) -> Decision:
    values: dict[str, Any] = {
        "rules": Rollout(strategy="ab", stages=(10, 50)), "blueprint": PLANS, "endpoint": there(), "serving": serves(A),
        "assignment": assigned(1), "experiment": RUNS,
    }  # fmt: skip
    return plan(observed(*(packages or (ONE, TWO)), **{**values, **found}))


def test_it_is_made_step_by_step_and_recorded_before_it_is_asked_for() -> None:
    begun: dict[str, Any] = {"experiment": BEGUN}
    target = PLANS.apart(B)
    assert (target.endpoint, target.config) == (OWN, PLANS.solo(B).config)
    assert decide(**begun) == Look()
    missing = replace(STOCK, missing=frozenset(target.model_names), apart_exists=False)
    assert decide(**begun, stock=missing) == MakeModel(target=target, request=target.models[0])
    assert decide(**begun, stock=replace(STOCK, apart_exists=False)) == MakeConfig(target=target)
    raised = decide(**begun, stock=STOCK)
    assert raised == Raise(target=target, attempts=0, why=raised.why)  # type: ignore[union-attr]  it is a Raise
    halted = decide(**begun, stock=replace(STOCK, halted="the kill switch is on"))
    assert isinstance(halted, Hold)
    assert halted.why == "version 2 is to be brought up beside version 1, but the kill switch is on"


def test_nobody_is_sent_there_before_it_is_up() -> None:
    coming: dict[str, Any] = {"experiment": BEGUN, "raised": RAISED}
    waits = Wait(code="in-progress", why=f"the endpoint {OWN} is Creating", soon=True)
    assert decide(**coming, beside=there(OWN, B, "Creating")) == waits
    first = decide(**coming, beside=there(OWN, B), assignment=assigned(1, end=SINCE))
    assert isinstance(first, Assign)
    assert (first.assignment.challenger, first.assignment.share) == (ARM, 10)
    settled = decide(**coming, beside=there(OWN, B), assignment=BOTH)
    assert isinstance(settled, Settle)
    assert (settled.what, settled.beside, settled.beside_at) == ("ChallengerInService", B, OWN)
    assert decide(raised=OWNS, beside=there(OWN, B), assignment=BOTH) == Judge(experiment=RUNS)


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(None, id="deleted"),
        pytest.param(there(OWN, B, "Deleting"), id="being-deleted"),
        pytest.param(there(OWN, B, config="by-hand"), id="another-configuration"),
    ],
)
def test_what_somebody_did_to_it_sends_all_to_the_champion_first(beside: Endpoint | None) -> None:
    found: dict[str, Any] = {"raised": OWNS, "beside": beside}
    closed = decide(**found, assignment=BOTH)
    assert isinstance(closed, Assign)
    assert closed.assignment.end is not None
    alone = decide(**found, assignment=closed.assignment)
    assert isinstance(alone, Assign)
    assert (alone.assignment.champion.endpoint, alone.assignment.challenger) == (ENDPOINT, None)
    after = decide(**found, assignment=alone.assignment, stock=STOCK)
    assert isinstance(after, Raise | Wait | Lower)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param({"beside": there(OWN, B, "Failed"), "raised": RAISED}, "up: it does not load", id="failed"),
        pytest.param(
            {"raised": replace(RAISED, attempts=ATTEMPTS, error="no quota")}, "refused version 2 3 times: no quota",
            id="refused",
        ),
    ],
)  # fmt: skip
def test_one_that_does_not_come_up_has_lost(found: dict[str, Any], says: str) -> None:
    turned = decide(**found, experiment=BEGUN)
    assert isinstance(turned, Turn)
    assert (turned.what, turned.lost) == ("ChallengerFailed", TWO)
    assert says in turned.why


def test_it_goes_once_nobody_is_sent_there() -> None:
    reverted = replace(RUNS, state=REVERTED, staged=None)
    found: dict[str, Any] = {"raised": OWNS, "beside": there(OWN, B), "stock": STOCK}
    lost = replace(TWO, lost_at=20)
    closed = decide(ONE, lost, **found, experiment=reverted, assignment=BOTH)
    assert isinstance(closed, Assign)
    over = decide(ONE, lost, **found, experiment=reverted, assignment=assigned(1, epoch=3))
    assert over == Turn(after=None, what="ExperimentEnded", why="version 1 has all of the traffic again")
    alone: dict[str, Any] = {"experiment": None, "assignment": assigned(1, epoch=3)}
    assert decide(ONE, lost, **found, **alone) == Lower(endpoint=OWN, gone=False)
    assert isinstance(decide(ONE, lost, **{**found, "beside": there(OWN, B, "Deleting")}, **alone), Wait)
    assert decide(ONE, lost, **{**found, "beside": None}, **alone) == Lower(endpoint=OWN, gone=True)


def test_a_promoted_one_answers_alone_and_takes_over_when_it_has_baked() -> None:
    promoted = replace(RUNS, state=PROMOTED)
    alone = assigned(2, experiment="churn-2", epoch=3, champion=ARM)
    found: dict[str, Any] = {"raised": OWNS, "beside": there(OWN, B), "experiment": promoted, "stock": STOCK}
    first = decide(**found, assignment=replace(BOTH, end=SINCE))
    assert isinstance(first, Assign)
    assert (first.assignment.champion, first.assignment.challenger) == (ARM, None)
    fresh = replace(promoted, staged=observed().now)
    waits = decide(**{**found, "experiment": fresh}, assignment=alone)
    assert isinstance(waits, Wait)
    assert waits.code == "bake"
    late = Rollout(strategy="ab", stages=(10, 50), bake=observed().now - SINCE)
    change = decide(**found, assignment=alone, rules=late)
    assert isinstance(change, Assign)  # an update belongs to no epoch
    over = decide(**{**found, "endpoint": there(one=B), "serving": serves(B)}, assignment=alone, rules=late)
    assert isinstance(over, Turn)
    assert over.after is None


def test_a_champion_that_is_rejected_goes_at_once() -> None:
    gone = known(1, status=REJECTED, served=True)
    turned = decide(gone, TWO, raised=OWNS, beside=there(OWN, B), assignment=BOTH)
    assert isinstance(turned, Turn)
    assert turned.after is None
