"""`leeway lineage` of two real versions, held against what S3, the registry and the journal say themselves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, Person
from tests.local.registered import Registered

pytestmark = [pytest.mark.local, pytest.mark.story]
# Without its experiments: what is approved serves.
AT_ONCE = CHURN[: CHURN.index("[rollout]")] + CHURN[CHURN.index("[retraining]") :]


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def sha256(person: Person, key: str) -> str:
    body: Any = person.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
    return hashlib.sha256(body).hexdigest()


def test_a_version_is_traced_to_its_files_and_to_where_it_served(person: Person) -> None:
    person.apply(AT_ONCE)
    person.customers("one.csv", 1, count=800)
    person.customers("two.csv", 2)
    person.trained()
    person.approve("churn", 1)
    person.customers("three.csv", 3, count=2000, drift=1.0)
    person.trained()
    person.approve("churn", 2)
    before = person.mutating()

    first, second = (person.json("lineage", "churn", str(number)) for number in (1, 2))
    assert sorted(file["name"] for file in first["data"]["files"]) == ["inbox/churn/one.csv", "inbox/churn/two.csv"]
    for file in second["data"]["files"]:
        assert file["sha256"] == sha256(person, file["key"])
        assert file["version"]
    assert second["data"]["sha256"] == sha256(person, second["data"]["manifest"] + "/manifest.json")
    assert second["artifact"]["sha256"] == sha256(person, second["artifact"]["uri"].split("/", 3)[3])
    assert second["artifact"]["uri"].split("/")[-3] == second["run"]["training_job"]
    assert second["hyperparameters"]["max_depth"] == "4"
    assert (first["seed"], first["champion"], second["champion"]["version"]) == (42, None, 1)
    assert second["champion"]["artifact"] == first["artifact"]["uri"]
    assert second["metrics"]["champion"].keys() == second["metrics"]["challenger"].keys()
    assert "TrainingSucceeded" in [entry["what"] for entry in second["decisions"]]
    approved = next(entry for entry in second["decisions"] if entry["what"] == "VersionApproved")
    assert "looks right (by " in approved["why"]
    (one,), (two,) = first["served"], second["served"]
    assert one["to"] == two["from"]
    assert two["to"] is None

    told = person.says("lineage", "churn", "2")
    assert told.startswith("version 2 of churn, approved\n")
    assert "champion    version 1: " in told
    assert "and still does" in told
    assert "none served when it was trained" in person.says("lineage", "churn", "1")
    assert (
        "churn has no version 3; there is: 1 (Approved), 2 (Approved)"
        in person.type("lineage", "churn", "3", code=3).stderr
    )
    assert person.mutating() == before


def test_a_version_that_nobody_of_ours_registered_has_no_lineage(person: Person) -> None:
    registered = Registered(aws=person.aws)
    registered.begin()
    registered.register("one")
    assert "was not registered by a run of Leeway" in person.type("lineage", "churn", "1", code=3).stderr
