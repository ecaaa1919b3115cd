"""One large table, in the image's Python: made, prepared by DuckDB alone, or by the step Prepare.

`python table.py make|bare|ours FOLDER ROWS` prints {"seconds": …, "peak_mb": …} of itself. The bare pass parses the
same file with the types known, sorts it alike, and writes the same numbers and the same holdout, with no rule about
any cell.
"""

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

COLUMNS = {
    "contract": ("category", "['month', 'year', 'two_year'][(1 + hash(i, 1) % 3)::BIGINT]"),
    "data_gb": ("float", "round((hash(i, 2) % 100000) / 1000, 3)"),
    "discount": ("float", "CASE WHEN hash(i, 3) % 10 < 3 THEN '' ELSE ((hash(i, 4) % 500) / 10)::VARCHAR END"),
    "late_payments": ("int", "hash(i, 5) % 6"),
    "monthly_charges": ("float", "round(20 + (hash(i, 6) % 10000) / 100, 2)"),
    "paperless": ("bool", "hash(i, 7) % 2 = 0"),
    "payment": ("category", "['card', 'bank', 'check', 'app'][(1 + hash(i, 8) % 4)::BIGINT]"),
    "support_calls": ("int", "hash(i, 9) % 9"),
    "tenure": ("int", "hash(i, 10) % 73"),
}
KEYS = {
    "customer_id": "'c' || lpad((hash(i) % 100000000)::VARCHAR, 9, '0') || i % 7",
    "event_time": "strftime(TIMESTAMP '2025-01-01' + to_seconds(i), '%Y-%m-%dT%H:%M:%SZ')",
    "churned": "(hash(i, 11) % 4 = 0)::INTEGER",
}
TYPES = {"category": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "bool": "BOOLEAN"}


def make(folder: Path, rows: int) -> None:
    """Write `rows.csv`: about 80 bytes a row."""
    import duckdb

    picked = ", ".join(
        f"{sql} AS {name}" for name, sql in {**KEYS, **{n: sql for n, (_, sql) in COLUMNS.items()}}.items()
    )
    duckdb.sql(f"COPY (SELECT {picked} FROM range({rows}) t(i)) TO '{folder}/rows.csv' (HEADER)")


def bare(folder: Path, rows: int) -> None:
    """Parse, sort, and write matrices of the first 85 % and the rest as it came."""
    import numpy as np

    from steps.engine import database

    types = {"customer_id": "VARCHAR", "event_time": "TIMESTAMP", "churned": "INTEGER"}
    types |= {name: TYPES[kind] for name, (kind, _) in COLUMNS.items()}
    with database() as base:
        base.run(f"CREATE TABLE t AS SELECT * FROM read_csv('{folder}/rows.csv', header = true, columns = {types})")
        base.run("CREATE TABLE s AS SELECT * FROM t ORDER BY event_time, customer_id")
        for name in (name for name, (kind, _) in COLUMNS.items() if kind == "category"):
            base.run(f"CREATE TYPE {name}s AS ENUM (SELECT DISTINCT {name} FROM t ORDER BY {name})")
        codes = {
            name: f"enum_code({name}::{name}s)" if kind == "category" else name for name, (kind, _) in COLUMNS.items()
        }
        numbers = ", ".join(f"{code}::FLOAT AS {name}" for name, code in {**codes, "churned": "churned"}.items())
        with (folder / "bare.npy").open("wb") as target:
            for start in range(0, int(rows * 0.85), 250_000):
                block = base.columns(f"SELECT {numbers} FROM s WHERE rowid >= {start} AND rowid < {start + 250_000}")
                target.write(np.stack([np.ma.filled(column, np.nan) for column in block.values()], axis=1).tobytes())
        base.run(f"COPY (SELECT * FROM s WHERE rowid >= {int(rows * 0.85)}) TO '{folder}/bare.csv' (HEADER)")


def ours(folder: Path, rows: int) -> None:
    """The step, as its job runs it."""
    from leeway.spec import Column, Data, Identity, ModelSpec, Training
    from steps.engine import database
    from steps.prepare import prepare
    from steps.reading import named, read

    columns = tuple(
        Column(name=name, type=kind, min=0 if kind in {"int", "float"} else None, nullable=name == "discount")
        for name, (kind, _) in COLUMNS.items()
    )
    data = Data(
        id="customer_id", label="churned", event_time="event_time", columns=columns, window=timedelta(days=7000)
    )
    spec = ModelSpec(model=Identity(name="large"), data=data, training=Training(split="time"))
    manifest = {"train": [{"key": "rows.csv", "accepted_at": "2040-01-01T00:00:00+00:00"}]}
    with database() as base:
        staging = read(base, named(manifest, folder), spec)
        report: dict[str, Any] = prepare(base, staging, spec, folder / "output")
    if report["counts"]["used"] != rows:
        raise SystemExit(f"prepared {report['counts']['used']} rows of {rows}: {report['reason']}")


def main() -> None:
    """Run one of them, and say what it took."""
    what, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    start = time.monotonic()
    {"make": make, "bare": bare, "ours": ours}[what](folder, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"seconds": time.monotonic() - start, "peak_mb": peak}))


if __name__ == "__main__":
    main()
