"""Approvals whose event or wake is late or lost, through the real template on the embedded AWS."""

from __future__ import annotations

import pytest

from leeway import keys
from leeway.wake import idle_look
from leeway.watch.act import TICK
from leeway.watch.plan import EVERY
from localaws import LocalAWS
from tests.local.onboarding import table
from tests.local.registered import MINUTE, Registered

pytestmark = pytest.mark.local


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    registered = Registered(aws=aws)
    registered.begin()
    return registered


def test_an_approval_whose_wake_cannot_be_sent_is_not_forgotten(model: Registered) -> None:
    """It comes again, and says nothing new then; the look of an idle model, which is just over, is an hour away."""
    model.aws.advance_to(idle_look(keys.ROLLOUT, "churn", model.aws.now()) + MINUTE)
    fault = model.aws.faults.add(caller="leeway-model-approval", operation="UpdateItem")
    model.decide(model.register("one"))
    model.aws.advance(MINUTE)
    assert fault.hits
    fault.times = 0
    model.aws.advance(30 * MINUTE)
    assert model.answer() == "one"
    assert model.dead() == 0


def test_an_approval_is_inferred_once_its_event_is_overdue_and_no_sooner(model: Registered) -> None:
    """Inferred is less: nobody has seen when. A scan is due after `EVERY`, and made by the tick after that."""
    model.aws.drop_events("aws.sagemaker")
    arn = model.register("one")
    model.aws.advance(2 * EVERY)
    scanned = keys.unstamp(table(model.aws).get(TICK, TICK)["packages_at"])
    model.aws.advance_to(scanned + EVERY - MINUTE / 2)
    model.decide(arn)
    model.aws.advance(1.5 * MINUTE)
    assert keys.unstamp(table(model.aws).get(TICK, TICK)["packages_at"]) > scanned
    assert model.journal("VersionApproved") == []
    model.aws.advance(EVERY + MINUTE)
    [entry] = model.journal("VersionApproved")
    assert "nobody saw when" in entry.why
