"""The sample judged by the draft, row by row, with the rules that judge every drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leeway.rows import Bad, Row, Table, Tally
from leeway.spec import Data
from leeway_cli.inference.draft import Draft
from leeway_cli.inference.sample import Sample

MOST = 50  # features that are given up one after the other before the file counts as bad


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What became of the rows; `blamed` counts bad rows by the column that their reason names, "" for none.

    `again` are good rows with the id (and time) of a row before: only the last of them is trained on.
    """

    tally: Tally
    blamed: Sequence[tuple[str, int]]
    again: int

    @property
    def first_bad(self) -> str:
        """The first bad row in words, "" where all are good."""
        bad = next(iter(self.tally.first_bad), None)
        return f"line {bad.line}: {bad.reason}" if bad else ""


def settle(draft: Draft, sample: Sample, now: datetime) -> tuple[Draft, Findings]:
    """The draft without the features that would have the file set aside, and what its rows come to then."""
    findings = look(draft.data, sample, now, draft.label.problem)
    for _ in range(MOST):
        named = {feature.column.name for feature in draft.features}
        worst = next((column for column, _ in findings.blamed if column in named), None)
        if not findings.tally.refusal() or worst is None or len(named) == 1:
            break
        draft = draft.without(worst, f"made {dict(findings.blamed)[worst]:,} rows bad")
        findings = look(draft.data, sample, now, draft.label.problem)
    return draft, findings


def look(data: Data, sample: Sample, now: datetime, problem: str) -> Findings:
    """Judge every row of the sample."""
    tally, blamed = Tally(), Counter[str]()
    seen: set[tuple[str, datetime | None]] = set()
    again = 0
    for row in Table(sample.lines, data, arrived=now, problem=problem):
        tally.add(row)
        if isinstance(row, Bad):
            blamed[_column(row.reason, data)] += row.lines
        else:
            again += _known(row, seen)
    return Findings(tally=tally, blamed=blamed.most_common(), again=again)


def _known(row: Row, seen: set[tuple[str, datetime | None]]) -> bool:
    key = (row.id, row.at)
    known = key in seen
    seen.add(key)
    return known


def _column(reason: str, data: Data) -> str:
    """The column that a reason begins with: "tenure is missing; …"."""
    names = [data.id, data.label, *([data.event_time] if data.event_time else []), *(c.name for c in data.columns)]
    return max((name for name in names if reason.startswith(f"{name} is ")), key=len, default="")
