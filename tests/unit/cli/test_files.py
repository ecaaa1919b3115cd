"""Files as they are looked for and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leeway.arrivals.records import ACCEPTED, QUARANTINED, Arrival
from leeway.errors import Missing, Rejected
from leeway.retraining.run import REFUSED, SUCCEEDED, Run
from leeway_cli import files
from leeway_cli.files import Detail, File, Use

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def arrival(identifier: str = "a" * 64, key: str = "inbox/churn/one.csv", **changes: Any) -> Arrival:
    values: dict[str, Any] = {
        "model": "churn", "id": identifier, "status": ACCEPTED, "name": f"{identifier}.csv", "source_key": key,
        "size": 2000, "accepted_at": NOW, "rows": 900, "reason": "900 good rows",
    }  # fmt: skip
    return Arrival(**values | changes)


def run(number: int, status: str = SUCCEEDED) -> Run:
    package = f"arn:aws:sagemaker:us-east-1:1:model-package/leeway-churn/{number}" if status == SUCCEEDED else ""
    return Run(
        model="churn", created=NOW + timedelta(hours=number), key="k", attempt=number, trigger="data", manifest="m",
        champion="c", definition="d", files=1, rows=900, status=status, package=package,
    )  # fmt: skip


def test_a_file_is_found_by_key_name_and_id() -> None:
    one, other = arrival(), arrival("b" * 64, "inbox/churn/deep/none.csv")
    for wanted in ("inbox/churn/one.csv", "one.csv", "aaaaaa"):
        assert files.find([one, other], "churn", wanted) == one
    assert files.find([one, other], "churn", "deep/none.csv") == other
    with pytest.raises(Missing, match=r"no file ne\.csv; the newest are: inbox/churn/one\.csv"):
        files.find([one, other], "churn", "ne.csv")
    with pytest.raises(Missing):
        files.find([one], "churn", "aaa")
    with pytest.raises(Rejected, match=r"name one by its id: aaaaaaaaaaaa of 2026-03-01 09:00:00, cccc"):
        files.find([one, arrival("c" * 64)], "churn", "one.csv")


def test_what_used_it_is_told_the_newest_first() -> None:
    uses = [Use(run=run(1), trained=True), Use(run=run(2, REFUSED), trained=True), Use(run=run(3), trained=False)]
    told = files.used(uses, 1)
    assert told == f"trained on by {run(2).id[:8]} (refused) and 1 more; only considered by {run(3).id[:8]} (v3)"
    assert files.used([], 5) == ""


def test_a_quarantined_file_is_told_with_its_reason() -> None:
    aside = File(arrival=arrival(status=QUARANTINED, rows=0, reason="no column churned\x1b[0m"), pending=False, uses=[])
    told = list(files.lines([aside, File(arrival=arrival("b" * 64), pending=True, uses=[])]))
    assert told[0].split() == ["2026-03-01", "09:00:00", "quarantined", "inbox/churn/one.csv"]
    assert told[1].strip() == r"no column churned\x1b[0m"
    assert "pending" in told[2]
    assert len(told) == 3


def test_bad_rows_are_told_with_where_they_stand() -> None:
    found = Detail(bad_rows=[("4", "tenure is -1"), ("9", "no id")], source="runs/x/bad_rows.csv")
    told = "\n".join(files.full(File(arrival=arrival(), pending=False, uses=[]), found))
    assert "bad rows    line 4: tenure is -1" in told
    assert "all: runs/x/bad_rows.csv" in told
    assert files.detail_json(found)["bad_rows"][0] == {"line": 4, "reason": "tenure is -1"}
