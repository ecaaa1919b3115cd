"""`leeway data`: files that are accepted, quarantined and pending, which runs used them, and bad rows' reasons."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from leeway_cli import churn
from localaws import LocalAWS
from tests.local.person import CHURN, Person

pytestmark = [pytest.mark.local, pytest.mark.story]


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def few_bad(person: Person) -> bytes:
    """800 rows, of which the third has a support call too few."""
    start = person.aws.now() - timedelta(days=60)
    rows = churn.as_csv(churn.customers(800, seed=1, start=start, span=timedelta(days=29))).splitlines()
    cells = rows[3].split(b",")
    cells[5] = b"-1"
    rows[3] = b",".join(cells)
    return b"\n".join(rows) + b"\n"


def test_files_are_shown_with_their_state_their_reason_and_their_runs(person: Person) -> None:
    person.apply(CHURN)
    assert "drop one at s3://leeway-inbox-" in person.says("data", "churn")
    person.drop("churn", "deep/one.csv", few_bad(person))
    person.drop("churn", "broken.csv", b"customer_id,tenure\n1,2\n")
    person.trained()
    (run,) = person.json("runs", "churn")["runs"]
    person.customers("two.csv", 2)
    person.aws.settle()
    before = person.mutating()

    answer = person.json("data", "churn")
    assert answer["counts"] == {"accepted": 1, "quarantined": 1, "pending": 1}
    two, *rest = answer["files"]
    found = {file["file"]: file for file in rest} | {two["file"]: two}
    assert two["file"] == "inbox/churn/two.csv"
    assert (two["state"], two["runs"]) == ("pending", [])
    one = found["inbox/churn/deep/one.csv"]
    assert (one["state"], one["rows"]) == ("accepted", 799)
    assert [(used["run"], used["trained"]) for used in one["runs"]] == [(run["id"], True)]
    assert found["inbox/churn/broken.csv"]["state"] == "quarantined"

    told = person.says("data", "churn")
    assert told.startswith("churn: 1 accepted, 1 pending, 1 quarantined; all, the newest first")
    assert f"trained on by {run['id'][:8]}" in told
    assert "churned" in told
    assert person.says("data", "churn", "--only", "pending").count("inbox/churn/") == 1

    whole = person.json("data", "churn", "one.csv")
    assert whole["kept_as"] == f"accepted/churn/{whole['id']}.csv"
    (bad,) = whole["bad_rows"]
    assert bad["line"] == 4
    assert "support_calls" in bad["reason"]
    assert "line 4: " in person.says("data", "churn", whole["id"][:8])
    aside = person.says("data", "churn", "broken.csv")
    assert "mend the file and drop it again" in aside
    assert "quarantine/churn/" in aside
    assert person.mutating() == before


def test_a_file_that_came_twice_is_named_by_its_id(person: Person) -> None:
    person.apply(CHURN)
    for _ in range(2):
        person.customers("one.csv", 1)
        person.aws.advance(timedelta(seconds=5))
    said = person.type("data", "churn", "one.csv", code=3).stderr
    assert "was dropped more than once; name one by its id" in said
    ids = [file["id"] for file in person.json("data", "churn")["files"]]
    assert all(identifier[:12] in said for identifier in ids)
    assert "the newest are: inbox/churn/one.csv" in person.type("data", "churn", "three.csv", code=3).stderr
    assert person.json("data", "_unknown")["files"] == []
