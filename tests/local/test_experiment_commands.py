"""`leeway rollout`, `promote` and `abort` as a person types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from tests.clock import BEGINS
from tests.local.contest import Contest
from tests.local.person import CHURN, ROOT, Person
from tests.local.registered import MINUTE

pytestmark = pytest.mark.local


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=Lifecycle(model_latency=0.02), start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws)
        begun.begin()
        yield begun
        assert aws.denied == []


def test_a_person_follows_an_experiment_and_decides_it(contest: Contest, tmp_path: Path) -> None:
    person = Person(aws=contest.aws, folder=tmp_path)
    assert "no version of churn is in an experiment" in person.type("abort", "churn", "--yes", code=3).stderr
    page = tmp_path / "trial.html"
    assert "has been in an experiment" in person.type("rollout", "churn", "--html", str(page), code=3).stderr
    assert 'none; version 1 serves alone (strategy "ab")' in person.says("rollout", "churn")

    contest.challenge()
    contest.traffic(10)
    found = person.json("rollout", "churn")
    assert found["weights"] == {"a": 90, "b": 10}
    experiment = found["experiment"]
    assert (experiment["stage"], experiment["share"], experiment["state"]) == (1, 10, "running")
    assert experiment["requests"] > 10
    assert experiment["evidence"]["5xx"]["bar"] == 100
    assert experiment["evidence"]["better"] == {"value": 1.0, "bar": 40.0}
    told = person.says("rollout", "churn")
    assert "version 2 (slot b) beside version 1 (slot a)" in told
    assert "1 of 2, 10 % of the traffic" in told
    assert "of 50 requests" in told

    person.says("rollout", "churn", "--html", str(page))
    assert "<h1>churn: version 2 against version 1</h1>" in page.read_text()
    assert "undecided: evidence 1 for and 1 against" in page.read_text()
    assert page.read_text().count("<td>10 %</td>") == 1
    assert "<td>100</td>" in page.read_text(), "the guardrails' bar: there have been minutes with traffic"

    assert "follow it with" in person.says("promote", "churn", "--reason", "it is good", "--yes")
    contest.aws.advance(2 * MINUTE)
    assert contest.weights == {"a": 0, "b": 100}
    assert "it is good" in contest.journal("ChallengerPromoted")[0].why
    assert "is decided" in person.type("promote", "churn", "--yes", code=3).stderr
    assert "promoted" in person.says("rollout", "churn", "--html", str(page))
    assert page.read_text().count("it is good") == 2, "the decision, and its line of the journal"

    person.says("rollback", "churn", "--yes")
    contest.aws.advance(5 * MINUTE)
    assert contest.answer() == "one"

    contest.challenge("three")
    person.says("abort", "churn", "--yes")
    contest.aws.advance(5 * MINUTE)
    assert contest.answer() == "one"
    assert contest.experiment is None
    kept = contest.sagemaker.list_endpoint_configs()["EndpointConfigs"]
    assert len(kept) == 3  # what serves, and the last two
    assert len(contest.sagemaker.list_models()["Models"]) <= 3


def test_apply_tells_what_an_experiment_takes_at_the_traffic_that_there_was(contest: Contest, tmp_path: Path) -> None:
    person, file = Person(aws=contest.aws, folder=tmp_path), tmp_path / "model.toml"
    file.write_text(CHURN)

    def told() -> str:
        return " ".join(person.type("apply", str(file), "--dry-run").stderr.split())

    assert "is found from " in told(), "nobody has asked it yet"
    contest.traffic(20, a_minute=2)
    assert "warning: with 40 requests a day, a challenger that succeeds at 25% instead of 20% takes about " in told()
    contest.traffic(20, a_minute=600)
    assert "with 12,040 requests a day, a challenger that succeeds at 25% instead of 20% is found in about " in told()
