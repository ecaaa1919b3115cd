"""A version that takes over by SageMaker's canary, through the real template on the embedded AWS in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS, Mode
from localaws.lifecycle import Lifecycle
from tests.cases import of_the_proof, of_the_stories
from tests.clock import BEGINS
from tests.local.contest import Contest
from tests.local.onboarding import table
from tests.local.person import Person
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
RULES: dict[str, Any] = {
    "strategy": "canary",
    "canary": 20,
    "canary_wait": 10 * MINUTE,
    "bake": 20 * MINUTE,
    "max_errors": 5.0,
}


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves; the next one comes by a canary."""
    lifecycle = Lifecycle(model_latency=0.02)
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=lifecycle, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws)
        begun.begin(**RULES)
        yield begun
        assert aws.denied == []
        assert begun.dead() == 0


def begun(contest: Contest, name: str = "two") -> str:
    """A version whose deployment is under way: its alarms have looked at it before."""
    arn = contest.challenge(name)
    contest.aws.advance(MINUTE)
    assert contest.endpoint()["EndpointStatus"] == "Updating"
    return arn


def alarms(contest: Contest) -> dict[str, dict[str, Any]]:
    """Those of canaries."""
    found = contest.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {one["AlarmName"]: one for one in found if "-canary-" in one["AlarmName"]}


def shares(contest: Contest, minutes: int = 2) -> Counter[str]:
    """Answers by the version that gave them; "" where it failed."""
    return Counter("" if one.status >= 400 else one.body.decode() for one in contest.traffic(minutes, a_minute=120))


def rolled_back(contest: Contest) -> str:
    """What is said of it, once version 1 serves alone again."""
    for _ in range(12):
        if contest.journal("ChallengerRolledBack"):
            break
        contest.traffic(2)
    contest.aws.advance(3 * MINUTE)
    assert contest.answer() == "one"
    assert contest.endpoint()["EndpointStatus"] == "InService"
    assert alarms(contest) == {}
    return contest.journal("ChallengerRolledBack")[-1].why


def test_a_canary_gets_its_share_and_then_all_and_its_alarms_go(contest: Contest, tmp_path: Path) -> None:
    """`canary` percent for `canary_wait`, then all for `bake`."""
    person = Person(aws=contest.aws, folder=tmp_path)
    begun(contest)
    why = contest.journal("UpdateRequested")[-1].why
    assert "by a canary: 20 % of the traffic for 10 minutes, then all of it" in why
    (alarm,) = alarms(contest).values()
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0.05, "notBreaching")
    assert {one["Name"] for one in alarm["Dimensions"]} == {"EndpointName", "VariantName", "EndpointConfigName"}
    assert person.json("rollout", "churn")["canary"]["version"] == 2
    assert "version 2 comes in place of version 1: 20 %" in person.says("rollout", "churn")
    assert "SageMaker alone" in person.type("promote", "churn", "--yes", code=3).stderr

    seen = shares(contest)
    assert 0.1 < seen["two"] / seen.total() < 0.3
    contest.aws.advance(9 * MINUTE)
    assert shares(contest).keys() == {"two"}
    assert contest.endpoint()["EndpointStatus"] == "Updating"
    contest.aws.advance(25 * MINUTE)
    assert [one.why for one in contest.journal("ChampionReplaced")] == ["version 2 serves in place of version 1"]
    assert alarms(contest) == {}
    assert not contest.journal("RolloutHeld")
    assert contest.calls("UpdateEndpoint") == 1
    assert contest.assignment.champion.version == 2

    one, two = table(contest.aws).query("model#churn", "slot#")
    asked = next(entry.at for entry in contest.journal("UpdateRequested"))
    assert one["to"][:16] == f"{asked:%Y-%m-%dT%H:%M}"  # from then on its captures are not its own alone
    assert "to" not in two


def test_a_canary_that_fails_is_rolled_back_by_its_alarm_and_not_tried_again(contest: Contest) -> None:
    """`max_errors` of 5 percent are the alarm's bar."""
    arn = begun(contest, "failing")
    why = rolled_back(contest)
    assert "version 2 is rolled back: the alarm leeway-churn-" in why
    assert "greater than the threshold (0.05)" in why
    assert "version 1 keeps serving; approve version 2 once more to try again" in why
    contest.aws.advance(timedelta(hours=3))
    assert contest.calls("UpdateEndpoint") == 1

    contest.serve(arn)
    contest.aws.advance(2 * MINUTE)
    assert contest.calls("UpdateEndpoint") == 2
    assert len(alarms(contest)) == 1


@pytest.mark.story
def test_a_slow_canary_is_rolled_back_by_its_alarm(contest: Contest) -> None:
    """`max_latency` is of the new configuration alone: a champion that is slow holds nobody back."""
    contest.specify(**RULES, max_latency=50)
    contest.aws.faults.hosting.slow(NAME, milliseconds=200, model="leeway-churn-v1-*")
    begun(contest)
    assert len(alarms(contest)) == 2
    contest.traffic(6)
    assert contest.endpoint()["EndpointStatus"] == "Updating"
    contest.aws.faults.hosting.slow(NAME, milliseconds=200, model="leeway-churn-v2-*")
    assert "-canary-latency rings: " in rolled_back(contest)


@pytest.mark.story
def test_a_canary_that_does_not_load_is_taken_back_with_sagemakers_reason(contest: Contest) -> None:
    contest.challenge("broken")
    contest.aws.advance(timedelta(hours=3))
    assert contest.answer() == "one"
    assert "does not load" in contest.journal("ChallengerFailed")[-1].why
    assert contest.calls("UpdateEndpoint") == 1
    assert alarms(contest) == {}


@pytest.mark.parametrize("how", ["reject", *of_the_stories("abort", "champion")])
def test_a_person_takes_a_canary_back(contest: Contest, tmp_path: Path, how: str) -> None:
    """SageMaker takes no update while it deploys, so that waiting it out would leave the version there for an hour."""
    first = contest.sagemaker.list_model_packages(ModelPackageGroupName=NAME)["ModelPackageSummaryList"][0]
    arn = begun(contest)
    if how == "reject":
        contest.decide(arn, "Rejected")
    elif how == "abort":
        Person(aws=contest.aws, folder=tmp_path).says("abort", "churn", "--reason", "not now", "--yes")
    else:
        contest.decide(first["ModelPackageArn"], "Rejected")
        contest.decide(first["ModelPackageArn"])
    contest.aws.advance(5 * MINUTE)

    assert contest.answer() == "one"
    assert contest.endpoint()["EndpointStatus"] == "InService"
    assert alarms(contest) == {}
    told = {"reject": "ChallengerRejected", "abort": "ExperimentAborted", "champion": "ChampionKept"}
    assert "is made to ring" in contest.journal(told[how])[-1].why
    contest.aws.advance(timedelta(hours=2))
    assert contest.calls("UpdateEndpoint") == 1
    assert contest.answer() == "one"


@pytest.mark.story
@pytest.mark.parametrize("operation", ["UpdateEndpoint", "PutMetricAlarm", "DeleteAlarms"])
@pytest.mark.parametrize("mode", [Mode.CRASH_AFTER, *of_the_proof(Mode.CRASH_BEFORE)])
def test_a_crash_anywhere_leaves_one_deployment_and_no_alarm(contest: Contest, operation: str, mode: Mode) -> None:
    fault = contest.aws.faults.add(action=mode, caller="leeway-rollout", operation=operation, times=1)
    contest.challenge()
    contest.aws.advance(timedelta(hours=1, minutes=30))

    assert fault.hits == 1
    assert contest.answer() == "two"
    assert alarms(contest) == {}
    assert [one.what for one in contest.journal("UpdateRequested")] == ["UpdateRequested"]


@pytest.mark.story
def test_an_alarm_that_rings_of_an_earlier_try_is_waited_out(contest: Contest) -> None:
    """It sees the minutes of that, and SageMaker would take the next one back before it has had a request."""
    arn = begun(contest, "failing")
    for _ in range(12):
        contest.traffic(1)
        if contest.journal("ChallengerRolledBack"):
            break
    contest.decide(arn)
    contest.aws.advance(2 * MINUTE)
    assert "rings already: Threshold Crossed" in contest.journal("RolloutHeld")[-1].why
    assert contest.calls("UpdateEndpoint") == 1

    contest.aws.advance(5 * MINUTE)
    assert contest.calls("UpdateEndpoint") == 2
    assert contest.endpoint()["EndpointStatus"] == "Updating"


@pytest.mark.story
def test_a_rejected_version_that_was_never_asked_for_leaves_nothing_behind_for_ever(contest: Contest) -> None:
    """What is made is noted before it is made."""
    for number in range(3):
        contest.aws.faults.add(action=Mode.SERVER_ERROR_BEFORE, caller="leeway-rollout", operation="UpdateEndpoint")
        arn = contest.challenge(f"never-{number}")
        contest.decide(arn, "Rejected")
        contest.aws.faults.clear()
        contest.aws.advance(timedelta(hours=2))
    assert contest.answer() == "one"
    assert alarms(contest) == {}
    assert len(contest.sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 3
    assert len(contest.sagemaker.list_models()["Models"]) == 3
