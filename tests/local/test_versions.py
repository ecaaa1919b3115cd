"""What the command line says will serve after a rejection, against what then does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leeway.errors import Missing
from leeway_cli import registry, scoring
from leeway_cli.target import Target, connect
from localaws import LocalAWS, inprocess
from tests.local.registered import MINUTE, Registered

pytestmark = pytest.mark.local


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    registered = Registered(aws=aws)
    registered.begin()
    return registered


@pytest.fixture
def target(model: Registered) -> Iterator[Target]:
    with inprocess.as_function("person"):
        yield connect("leeway")


def after(target: Target, version: int) -> int | None:
    return registry.next_desired(target, "churn", without=version)


def test_asking_where_nothing_serves_says_so(model: Registered, target: Target) -> None:
    request = scoring.Request(media=scoring.CSV, bodies=["1\n"])
    with pytest.raises(Missing, match="nothing serves churn yet; what is waited for: leeway status churn"):
        scoring.ask(target, "churn", request)
    with pytest.raises(Missing, match="there is no model chrn in "):
        scoring.ask(target, "chrn", request)


def test_without_any_other_approved_version_none_is_next(model: Registered, target: Target) -> None:
    model.serve(model.register("one"))
    model.register("two", champion="one")

    assert after(target, 1) is None
    assert after(target, 2) == 1


def test_the_version_before_is_next_and_serves_once_the_last_is_rejected(model: Registered, target: Target) -> None:
    one, two = model.register("one"), model.register("two", champion="one")
    model.serve(one)
    model.serve(two)
    assert after(target, 2) == 1

    model.decide(two, "Rejected")
    model.aws.advance(2 * MINUTE)
    assert model.answer() == "one"


def test_a_decision_that_nobody_has_seen_yet_counts(model: Registered, target: Target) -> None:
    for name, champion in (("one", ""), ("two", "one"), ("three", "two")):
        model.serve(model.register(name, champion))
    model.aws.drop_events("aws.sagemaker")
    model.decide(registry.version(target, "churn", 2).arn, "Rejected")
    assert after(target, 3) == 1

    model.decide(registry.version(target, "churn", 1).arn, "Rejected")
    assert after(target, 3) is None
    model.decide(model.register("four", champion="three"))
    assert after(target, 3) == 4
