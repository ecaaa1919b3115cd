"""Runs and requests as the table keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leeway import keys
from leeway.aws.table import Put, Table, Update, Value
from leeway.errors import Rejected
from leeway.retraining.run import Request, Run

RECENT = 20  # runs that are read at each look; more where the daily cap lets more begin


def requests(table: Table, model: str) -> list[Request]:
    """All recorded wishes that no run has fulfilled."""
    return [
        Request(
            sort_key=item["sk"],
            trigger=item["trigger"],
            at=keys.unstamp(item["at"]),
            by=item.get("by", ""),
            reason=item.get("reason", ""),
            identity=item.get("identity", ""),
        )
        for item in table.query(keys.model_pk(model), keys.REQUEST)
    ]


def recent(table: Table, model: str, daily_cap: int = 0) -> list[Run]:
    """The latest runs, newest first: enough to count a day of them with their broken attempts."""
    limit = RECENT + 4 * daily_cap
    return [run_of(item) for item in table.query(keys.model_pk(model), keys.RUN, newest_first=True, limit=limit)]


def history(table: Table, model: str) -> list[Run]:
    """All runs that there ever were."""
    return [run_of(item) for item in table.query(keys.model_pk(model), keys.RUN)]


def active(table: Table, model: str, sort_key: str) -> Run:
    """The run that a machine's item names; raises Rejected where its record is gone."""
    item = table.get(keys.model_pk(model), sort_key)
    if item is None:
        raise Rejected(f"the record of the active run {sort_key} is gone")
    return run_of(item)


def run_of(item: Mapping[str, Any]) -> Run:
    """The run of a table item."""
    return Run(
        model=keys.model_of(item["pk"]),
        created=keys.unstamp(item["created"]),
        key=item["run_key"],
        attempt=item["attempt"],
        trigger=item["trigger"],
        manifest=item["manifest"],
        champion=item["champion"],
        definition=item["definition_sha256"],
        files=item["files"],
        rows=item["rows"],
        requests=tuple(item["requests"]),
        asked_by=tuple(item.get("asked_by", ())),
        status=item["status"],
        execution=item["execution_arn"],
        ended=keys.unstamp(item["ended"]) if "ended" in item else None,
        why=item["why"],
        package=item["package"],
    )


def new(run: Run) -> Put:
    """The write that records a run, refused where it is recorded."""
    item: dict[str, Value] = {
        "pk": keys.model_pk(run.model),
        "sk": run.sort_key,
        "run_id": run.id,
        "token": run.token,
        "execution_name": run.name,
        "created": keys.stamp(run.created),
        "run_key": run.key,
        "attempt": run.attempt,
        "trigger": run.trigger,
        "manifest": run.manifest,
        "champion": run.champion,
        "definition_sha256": run.definition,
        "files": run.files,
        "rows": run.rows,
        "requests": list(run.requests),
        "asked_by": list(run.asked_by),
    }
    return Put(new=True, item=item | _changing(run))


def changed(run: Run) -> Update:
    """The write that keeps how far a run is."""
    return Update(pk=keys.model_pk(run.model), sk=run.sort_key, values=_changing(run))


def _changing(run: Run) -> dict[str, Value]:
    values: dict[str, Value] = {
        "status": run.status,
        "execution_arn": run.execution,
        "why": run.why,
        "package": run.package,
    }
    return values | ({"ended": keys.stamp(run.ended)} if run.ended else {})
