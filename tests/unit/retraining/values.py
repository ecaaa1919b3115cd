"""Values of the retraining plan, with everything that a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from leeway.arrivals.pending import Pending
from leeway.retraining.decisions import Observed, Stock
from leeway.retraining.manifest import File, Manifest, make
from leeway.retraining.run import DATA, SUCCEEDED, Request, Run
from leeway.spec import Column, Data, Identity, ModelSpec, Retraining, Training

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def spec(*, min_rows: int = 500, **retraining: Any) -> ModelSpec:
    data = Data(
        id="id",
        label="label",
        quiet_period=5 * MINUTE,
        max_wait=HOUR,
        window=180 * DAY,
        min_rows=min_rows,
        columns=(Column(name="x", type="float"),),
    )
    return ModelSpec(
        model=Identity(name="churn"),
        data=data,
        training=Training(split="hash"),
        retraining=Retraining(**{"cooldown": 24 * HOUR, "daily_cap": 2, **retraining}),
    )


def pending(name: str, age: timedelta, rows: int = 1000) -> Pending:
    return Pending(id=name, accepted_at=NOW - age, rows=rows)


def request(trigger: str, age: timedelta = MINUTE, reason: str = "") -> Request:
    at = NOW - age
    return Request(sort_key=f"request#{trigger}#{at.isoformat()}", trigger=trigger, at=at, reason=reason)


def run(age: timedelta, status: str = SUCCEEDED, trigger: str = DATA, **rest: Any) -> Run:
    created = NOW - age
    ended = None if status in {"Recorded", "Executing"} else created + MINUTE
    values: dict[str, Any] = {
        "key": "k",
        "attempt": 1,
        "manifest": "manifests/churn/m",
        "champion": "s3://artifacts/champions/none",
        "definition": "definition",
        "files": 1,
        "rows": 1000,
        "ended": ended,
        "why": "step Train: out of memory" if status == "Broken" else "",
        **rest,
    }
    return Run(model="churn", created=created, status=status, trigger=trigger, **values)


def file(name: str, age: timedelta = MINUTE, rows: int = 1000, **rest: Any) -> File:
    return File(id=name, name=f"{name}.csv", rows=rows, size=10 * rows, accepted_at=NOW - age, **rest)


def manifest(*names: str, pending: tuple[str, ...] | None = None, rows: int = 1000) -> Manifest:
    return make("churn", [file(name, rows=rows) for name in names], names if pending is None else pending, 180 * DAY)


def stock(*names: str, rows: int = 1000, kill_switch: bool = False) -> Stock:
    return Stock(kill_switch=kill_switch, manifest=None if kill_switch else manifest(*names, rows=rows))


def observed(**found: Any) -> Observed:
    return Observed(**{"applied_at": NOW - 30 * DAY, "definition": "definition", **found})
