"""What follows from a challenger in the shadow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leeway import keys
from leeway.experiment.guardrails import Guards, Minute
from leeway.outcomes.alike import Alike
from leeway.rollout.challenge import shadow
from leeway.rollout.challenge.experiment import REVERTED, RUNNING, SHADOW, Experiment, Judge, Turn
from leeway.rollout.challenge.plan import after, contested
from leeway.rollout.challenge.shadow import Seen, due
from leeway.rollout.decisions import Ask
from leeway.rollout.plan import plan
from leeway.rollout.target import Contender
from leeway.spec import Rollout
from tests.unit.rollout.values import (
    BEFORE,
    NOW,
    STOCK,
    arn,
    assigned,
    blueprint,
    endpoint,
    known,
    observed,
    serving,
)

pytestmark = pytest.mark.unit
HOUR = timedelta(hours=1)
RULES = Rollout(
    strategy="shadow", shadow_for=2 * HOUR, shadow_requests=100, max_difference=0.1, horizon=timedelta(days=2)
)
A, B = Contender(version=1, package=arn(1)), Contender(version=2, package=arn(2), slot="b")
ONE, TWO = known(1, 10, served=True), known(2, 20)
BEGUN = Experiment.begin("churn", A, TWO, RULES)
SINCE = keys.unstamp(BEFORE)
GOOD = Seen(alike=Alike(pairs=50, total=2.5, most=0.2), until=SINCE + 2 * HOUR)


def judged(**found: Any) -> tuple[str, str, str]:
    values: dict[str, Any] = {"guards": Guards(), "copies": 100, "seen": GOOD, "started": SINCE}
    rules = found.pop("rules", RULES)
    finding = shadow.judge(rules, **{**values, "now": SINCE + 3 * HOUR, **found})
    return finding.verdict, finding.code, finding.why


def test_it_begins_in_the_shadow_and_the_endpoint_mirrors() -> None:
    assert (BEGUN.state, BEGUN.share, BEGUN.compares, BEGUN.leader) == (SHADOW, 0, False, A)
    target = blueprint().shadowed(A, B)
    [one], [two] = target.config["ProductionVariants"], target.config["ShadowProductionVariants"]
    assert (one["VariantName"], two["VariantName"]) == ("a", "b")
    assert one["InitialVariantWeight"] == two["InitialVariantWeight"] == 1.0
    assert target.shares == {"a": 100}
    assert target.config_name != blueprint().duel(A, B, first=10, share=10).config_name

    serves: dict[str, Any] = {"endpoint": endpoint(1), "serving": serving(1), "rules": RULES}
    assert contested(observed(ONE, TWO, **serves)) == TWO
    asks = plan(observed(ONE, TWO, **serves, experiment=BEGUN, stock=STOCK))
    assert isinstance(asks, Ask)
    assert (asks.target, asks.asked.leader) == (target, 1)
    there = replace(endpoint(1), config=target.config_name)
    now = replace(serving(1), config=target.config_name)
    runs = replace(BEGUN, started=SINCE, staged=SINCE)
    up = observed(ONE, TWO, endpoint=there, serving=now, rules=RULES, experiment=runs, assignment=assigned(1))
    assert plan(up) == Judge(experiment=runs)


UNBOUND = replace(RULES, max_difference=None)
SLOW = Guards.of([(Minute(requests=50, latency=10.0), Minute(requests=50, latency=20.0))] * 30)


@pytest.mark.parametrize(
    ("found", "verdict", "says"),
    [
        pytest.param({"now": SINCE + HOUR}, "go-on", "for 1 h of 2 h, 100 of 100 copies", id="too-early"),
        pytest.param({"copies": 99}, "go-on", "99 of 100 copies", id="too-few"),
        pytest.param({"copies": 9, "now": SINCE + 48 * HOUR}, "keep", "the horizon of 2 days has passed", id="horizon"),
        pytest.param({"seen": replace(GOOD, until=SINCE)}, "go-on", "still to come", id="captures-late"),
        pytest.param({"seen": replace(GOOD, alike=Alike())}, "hold", "by an inference id", id="nothing-compares"),
        pytest.param(
            {"seen": replace(GOOD, alike=Alike(pairs=10, total=1.5, most=0.4))}, "keep",
            "the scores of 10 requests differ by 0.15 on average, 0.4 at most, and max_difference is 0.1", id="apart",
        ),
        pytest.param({"guards": SLOW, "copies": 0}, "roll-back", "mean latency is over 1.1 times", id="slow"),
        pytest.param({}, "promote", "the scores of 50 requests differ by 0.05 on average", id="good"),
        pytest.param({"seen": Seen(), "rules": UNBOUND}, "promote", "bar 100", id="no-bound"),
    ],
)  # fmt: skip
def test_the_verdict_of_a_look(found: dict[str, Any], verdict: str, says: str) -> None:
    got = judged(**found)
    assert got[0] == verdict
    assert says in got[2]


def test_each_hour_is_compared_once_when_its_captures_have_come() -> None:
    first = SINCE + timedelta(minutes=20)
    assert due(Seen(), first, SINCE + HOUR) == []
    assert due(Seen(), first, SINCE + HOUR + timedelta(minutes=10)) == [(first, SINCE + HOUR)]
    assert due(Seen(until=SINCE + HOUR), first, SINCE + timedelta(hours=1, minutes=50)) == []
    assert len(due(Seen(), first, SINCE + 30 * HOUR)) == shadow.MOST


def test_what_is_kept_comes_back() -> None:
    assert Seen.from_item(GOOD.to_item()) == GOOD
    assert Seen.from_item(None) == Seen()


@pytest.mark.parametrize(
    ("then", "state", "what"), [("ab", RUNNING, "ShadowEnded"), ("report", REVERTED, "ShadowReported")]
)
def test_what_comes_then(then: str, state: str, what: str) -> None:
    begun = replace(BEGUN, started=SINCE, staged=SINCE)
    rules = replace(RULES, then=then)
    seen = observed(ONE, TWO, endpoint=endpoint(1), serving=serving(1), rules=rules, experiment=begun)
    finding = shadow.judge(rules, guards=Guards(), copies=100, seen=GOOD, started=SINCE, now=NOW + 3 * HOUR)
    turned = after(seen, begun, finding)
    assert isinstance(turned, Turn)
    assert turned.after
    assert (turned.what, turned.after.state, turned.after.stage) == (what, state, 0)
    assert (turned.lost is None) == (then == "ab")
    assert "differ by 0.05" in turned.why
