"""What the demonstration drops into the inbox: made-up customers, or a folder of files with a model.toml."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.errors import Rejected
from leeway.spec import ModelSpec
from leeway_cli import churn
from leeway_cli.model_toml.check import check

if TYPE_CHECKING:
    from leeway.rows import Row

ROOT = Path(__file__).resolve().parents[3]
CHURN = ROOT / "training" / "models" / "churn"
ROWS, FRESH = 1500, 400
PEOPLE = 12_000
DAYS = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Drop:
    """One file: `name` under inbox/<model>/."""

    name: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Rows to predict, with what happened to each; `best` is the AUC of the true probabilities where they are known."""

    text: str
    happened: Sequence[bool]
    best: float | None


@dataclass(frozen=True, kw_only=True)
class People:
    """Rows to ask, with a header and without the label, and the label of each as it is written when it is known."""

    text: str
    labels: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Drops:
    """The material of a story: what comes first, what comes later, a file that is bad, and rows to predict.

    `traffic` are the rows of what comes later, with a header and without the label: asked before anybody knows it.
    `people` come while a challenger is tried, with what becomes of them. `leaking` is a file that makes a version look
    better than it is; of a folder there is none.
    """

    toml: Path
    first: Sequence[Drop]
    later: Sequence[Drop]
    bad: Drop
    flaw: str
    news: str
    before: Asked
    after: Asked
    traffic: str
    people: People
    leaking: Drop | None = None


def customers(now: datetime) -> Drops:
    """Two months of customers; in the second a cheaper rival comes, and why customers leave changes."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - 60 * DAYS
    half, third = 15 * DAYS, 10 * DAYS

    def month(seed: int, begin: datetime, span: timedelta, drift: float) -> list[churn.Outcome]:
        return churn.customers(ROWS, seed=seed, start=begin, span=span, drift=drift)

    first = [_file(month(1 + n, start + n * half, half, 0.0)) for n in range(2)]
    newer = [month(11 + n, start + 30 * DAYS + n * third, third, 1.0) for n in range(3)]
    return Drops(
        toml=CHURN,
        first=first,
        later=[_file(rows) for rows in newer],
        bad=Drop(name="customers-export.csv", body=_decimal_commas(first[1].body)),
        flaw="an export from a spreadsheet that writes 59,90 instead of 59.90",
        news="a cheaper rival came, and customers leave for other reasons now",
        before=_asked(21, start + 30 * DAYS, 0.0),
        after=_asked(22, start + 59 * DAYS, 1.0),
        traffic=churn.as_csv([row for rows in newer for row in rows], labels=False).decode(),
        people=_people(start + 60 * DAYS),
        leaking=Drop(
            name="customers-restated.csv", body=churn.as_csv([_told_after(row) for rows in newer for row in rows])
        ),
    )


def folder(path: Path) -> Drops:
    """The files of a folder in the order of their names: the first half is there at first, the rest comes later."""
    checked = check(path)
    if checked.spec is None:
        raise Rejected("\n".join(checked.lines()))
    files = sorted(file for file in path.glob("*.csv") if file.is_file())
    if len(files) < 2:
        raise Rejected(f"{path} holds {len(files)} CSV files beside its model.toml; the story needs two or more")
    drops = [Drop(name=file.name, body=file.read_bytes()) for file in files]
    half = (len(drops) + 1) // 2
    coming = [row for drop in drops[half:] for row in _good(drop, checked.spec)]
    return Drops(
        toml=path,
        first=drops[:half],
        later=drops[half:],
        bad=Drop(name=f"cut-{drops[0].name}", body=_cut(drops[0].body)),
        flaw="a copy whose rows lost their last cells on the way",
        news=f"{len(drops) - half} more files come",
        before=_sample(drops[half - 1], checked.spec),
        after=_sample(drops[-1], checked.spec),
        traffic=_csv(coming, checked.spec),
        people=People(text=_csv(coming, checked.spec), labels=[row.answer for row in coming]),
    )


def _file(outcomes: Sequence[churn.Outcome]) -> Drop:
    begin = outcomes[0].customer.event_time
    return Drop(name=f"customers-{begin:%Y-%m-%d}.csv", body=churn.as_csv(outcomes))


def _asked(seed: int, start: datetime, drift: float) -> Asked:
    rows = churn.customers(FRESH, seed=seed, start=start, span=DAYS, drift=drift)
    happened = [row.churned for row in rows]
    return Asked(
        text=churn.as_csv(rows, labels=False).decode(),
        happened=happened,
        best=churn.auc(happened, [row.probability for row in rows]),
    )


def _sample(drop: Drop, spec: ModelSpec) -> Asked:
    """The newest good rows of a file, without the label."""
    good = _good(drop, spec)[-FRESH:]
    return Asked(text=_csv(good, spec), happened=[row.label == 1 for row in good], best=None)


def _good(drop: Drop, spec: ModelSpec) -> list[Row]:
    from leeway import rows

    table = rows.Table(rows.lines_of(drop.body), spec.data)
    return [row for row in table if isinstance(row, rows.Row)]


def _csv(good: Sequence[Row], spec: ModelSpec) -> str:
    """With a header and without the label."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in spec.data.columns])
    writer.writerows([["" if value is None else value for value in row.values] for row in good])
    return out.getvalue()


def _people(start: datetime) -> People:
    """Customers of the new world."""
    rows = churn.customers(PEOPLE, seed=31, start=start, span=DAYS, drift=1.0)
    return People(text=churn.as_csv(rows, labels=False).decode(), labels=[str(int(row.churned)) for row in rows])


def _told_after(outcome: churn.Outcome) -> churn.Outcome:
    """Restated after the month: who left has called to say so, which nobody can know before."""
    calls = min(10, outcome.customer.support_calls + 4 * outcome.churned)
    return replace(outcome, customer=replace(outcome.customer, support_calls=calls))


def _decimal_commas(body: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(body.decode())))
    place = rows[0].index("monthly_charges")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([*row[:place], row[place].replace(".", ","), *row[place + 1 :]] for row in rows[1:])
    return out.getvalue().encode()


def _cut(body: bytes) -> bytes:
    header, *lines = body.splitlines(keepends=True)
    return header + b"".join(line.rsplit(b",", 2)[0] + b"\n" for line in lines)
