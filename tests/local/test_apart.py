"""A challenger on a serverless endpoint of its own, behind `predict`: from its first share of the units to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from leeway import keys
from leeway.predict import known
from leeway.rollout import records
from leeway.spec import Serving
from leeway_cli.target import connect
from leeway_cli.trial.past import look_back
from localaws import Lifecycle, LocalAWS, inprocess
from localaws.sagemaker.batches import Asked
from tests.cases import of_the_stories
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.onboarding import INBOX, table
from tests.local.predicted import FUNCTION, Predicted
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
OWN = f"{NAME}-challenger"
UNITS = [f"customer-{number}" for number in range(60)]


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves, serverless; each version answers with its number."""
    known.forget()
    lifecycle = Lifecycle(model_latency=0.02, endpoint_create=30, endpoint_update=30)
    with LocalAWS(state_dir=tmp_path, lifecycle=lifecycle, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Contest(aws=aws, serving=Serving(mode="serverless", max_concurrency=50))
        super(Contest, found).begin()
        found.specify(outcome_window=HOUR, horizon=timedelta(hours=30), unit="unit_id")
        found.serve(found.register("1"))
        yield found
        assert aws.denied == []
        assert found.dead() == 0


def challenge(contest: Contest) -> str:
    arn = contest.register("2", champion="1")
    contest.decide(arn)
    contest.aws.advance(4 * MINUTE)
    return arn


def ask(contest: Contest, unit: str) -> dict[str, Any]:
    body = json.dumps({"unit_id": unit, "inference_id": f"{unit}-{contest.aws.now():%H%M}", "rows": [["month", 3]]})
    event = {"rawPath": "/churn", "requestContext": {"http": {"method": "POST"}}, "body": body}
    answer = contest.aws.lambda_.invoke(FUNCTION, event).result
    assert answer["statusCode"] == 200, answer
    said: dict[str, Any] = json.loads(answer["body"])
    assert said["version"] in {None, said["scores"][0]}
    return said


def answers(contest: Contest) -> dict[str, int]:
    """By whom each unit is answered."""
    contest.aws.advance(timedelta(seconds=6))  # what predict knows is five seconds old at most
    return {unit: int(ask(contest, unit)["scores"][0]) for unit in UNITS}


def own(contest: Contest) -> str:
    """Status of the challenger's own endpoint, "" where it is not there."""
    try:
        return str(contest.sagemaker.describe_endpoint(EndpointName=OWN)["EndpointStatus"])
    except ClientError:
        return ""


def ended(contest: Contest, name: str) -> None:
    contest.aws.advance(6 * MINUTE)
    assert (own(contest), contest.experiment, contest.answer()) == ("", None, name)
    assert "beside" not in contest.item
    assert contest.assignment.champion.endpoint == NAME
    assert set(answers(contest).values()) == {int(name)}
    periods = records.slots(table(contest.aws), "churn")
    assert [one.version for one in periods if one.end is None] == [int(name)]


def test_a_challenger_wins_its_champions_endpoint(contest: Contest) -> None:
    challenge(contest)
    assert own(contest) == "InService"
    told = [entry.what for entry in contest.journal()][-3:]
    assert told == ["ExperimentBegun", "EndpointRequested", "ChallengerInService"]
    during = contest.assignment
    assert during.challenger
    assert (during.share, during.challenger.endpoint, during.challenger.slot) == (10, OWN, "b")
    trial = [(one.endpoint, one.version) for one in records.slots(table(contest.aws), "churn") if one.trial]
    assert trial == [(OWN, 2)]

    found = answers(contest)
    assert 0 < sum(version == 2 for version in found.values()) < 20
    assert contest.answer() == "1"  # direct callers
    assert contest.calls("UpdateEndpointWeightsAndCapacities") == 0
    captured = {place for place, _ in Predicted(aws=contest.aws).captured()}
    assert captured == {f"{NAME}/a", f"{OWN}/b"}

    at = contest.aws.now()
    lines = "\n".join(["inference_id,label", *(f"{unit}-{at:%H%M},1" for unit in UNITS)])
    key = f"labels/churn/{at:%Y/%m/%d/%H}/all.csv"
    contest.aws.client("s3").put_object(Bucket=INBOX, Key=key, Body=lines.encode())
    contest.aws.advance(3 * HOUR)
    (cohort,) = [one for one in table(contest.aws).query(keys.model_pk("churn"), keys.COHORT) if sum(one["assigned"])]
    assert cohort["assigned"] == [sum(v == 1 for v in found.values()), sum(v == 2 for v in found.values())]

    contest.wish("promote")
    assert set(answers(contest).values()) == {2}
    assert contest.answer() == "1"
    assert contest.calls("UpdateEndpoint") == 0
    contest.aws.advance(25 * MINUTE)
    ended(contest, "2")
    assert contest.calls("UpdateEndpoint") == 1
    assert [one.why for one in contest.journal("ChampionReplaced")] == ["version 2 serves in place of version 1"]
    contest.aws.advance(3 * HOUR)
    assert contest.experiment is None


@pytest.mark.story
@pytest.mark.parametrize("how", ["reject", "abort", "errors", "promoted"])
def test_a_challenger_that_is_not_wanted_goes_with_its_endpoint(contest: Contest, how: str) -> None:
    arn = challenge(contest)
    if how == "reject":
        contest.decide(arn, "Rejected")
    elif how == "abort":
        contest.wish("abort")
    elif how == "promoted":
        contest.wish("promote")
        assert set(answers(contest).values()) == {2}
        contest.decide(arn, "Rejected")
    else:
        contest.aws.faults.hosting.fail(OWN, share=0.5)
        for _ in range(15):
            start = contest.aws.now()
            for endpoint, number in ((OWN, 60), (NAME, 300)):
                contest.aws.traffic(
                    endpoint, [Asked(at=start + n * MINUTE / number, body=b"1\n") for n in range(number)]
                )
            if contest.journal("ChallengerRolledBack"):
                break
        assert "5xx answers are over 1.5 times" in contest.journal("ChallengerRolledBack")[0].why
        with inprocess.as_function("person"):
            past = look_back(connect("leeway"), NAME.removeprefix("leeway-"))
        assert max(one.errors for one in past.guarded) > 10, "the page reads both endpoints"
    ended(contest, "1")
    contest.aws.advance(2 * HOUR)
    assert contest.experiment is None
    assert contest.calls("UpdateEndpoint") == 0


@pytest.mark.story
def test_an_endpoint_that_somebody_deletes_comes_back_and_nobody_waits_for_it(contest: Contest) -> None:
    challenge(contest)
    contest.sagemaker.delete_endpoint(EndpointName=OWN)
    contest.aws.advance(timedelta(seconds=10))  # another one takes 30 to come
    assert {ask(contest, unit)["scores"][0] for unit in UNITS} == {1.0}
    contest.aws.advance(10 * MINUTE)
    assert own(contest) == "InService"
    assert set(answers(contest).values()) == {1, 2}
    assert len(contest.journal("ExperimentBegun")) == 1


@pytest.mark.story
def test_a_challenger_that_does_not_load_is_given_up(contest: Contest) -> None:
    contest.decide(contest.register("broken", champion="1"))
    contest.aws.advance(10 * MINUTE)
    assert "does not load" in contest.journal("ChallengerFailed")[-1].why
    ended(contest, "1")


@pytest.mark.parametrize("operation", of_the_stories("CreateEndpoint", "DeleteEndpoint"))
def test_a_crash_leaves_no_endpoint_behind(contest: Contest, operation: str) -> None:
    from localaws import Mode

    arn = challenge(contest) if operation == "DeleteEndpoint" else ""
    for mode in (Mode.CRASH_BEFORE, Mode.CRASH_AFTER):
        contest.aws.faults.add(action=mode, caller="leeway-rollout", operation=operation, times=1)
    contest.decide(arn or challenge(contest), "Rejected")
    contest.aws.advance(timedelta(minutes=40))
    ended(contest, "1")
