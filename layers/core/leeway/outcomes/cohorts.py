"""A cohort: the units that were assigned in one slice of time, and how many of them were successes.

A unit that a caller names counts once in an experiment, in the slice of its first prediction, and this one decides; its
place stands in the file of units seen, which each slice hands on to the next. A request of which nobody named a unit
counts for itself, by the variant that answered. The two are never mixed. What fell back to the champion counts against
the challenger, and what has no label is not counted; both arms are treated alike, so neither can win by silence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leeway.drift.captured import CSV, Half
from leeway.errors import Rejected
from leeway.experiment.evidence import Cohort
from leeway.outcomes import labels, units
from leeway.outcomes.plan import Slice, slices
from leeway.outcomes.truth import OUTCOME, UNIT_ID, UNSURE, YES, Question

__all__ = ["Cohort", "CohortCounts", "Slice", "count", "slices"]
Pair = tuple[int, int]  # of the champion and of the challenger
Unsure = tuple[int, bool, Half | None, str, str]  # arm, whether it fell back, answer, label and its encoding


@dataclass(frozen=True, kw_only=True)
class CohortCounts:
    """Of one slice; `assigned` and `labelled` are units, `unused` are records of captures and of labels by reason."""

    cohort: Cohort
    assigned: Pair
    labelled: Pair
    unused: dict[str, int]


def count(
    connection: Any,
    captured: tuple[Sequence[Path], Sequence[Path]],
    label_files: Sequence[Path],
    piece: Slice,
    question: Question,
    *,
    classes: tuple[Sequence[str], Sequence[str]] = ((), ()),
    seen: Path | None = None,
    keep: Path | None = None,
) -> CohortCounts:
    """Count a slice of the captures of the champion's slot and the challenger's, and of labels in the order they came.

    `classes` are those of each arm's multiclass model. Of named units, `seen` is what the slice before has left (None
    for the first one), and `keep` is where to leave the same.
    """
    unused = units.tables(connection, captured, piece, question, seen)
    unused.update(labels.resolve(connection, label_files, question.data, question.problem, told="code"))
    tally = Tally(question=question, classes=classes, unused=unused)
    for arm, number in connection.execute("SELECT code & 1, count(*) FROM units GROUP BY ALL").fetchall():
        tally.assigned[arm] += number
    for arm, fell, guess, truth, number in connection.execute(_sums(question)).fetchall():
        tally.add(arm, fell, guess, truth, number)
    if tally.labelled != tally.usable:
        tally.judge(_unsure(connection, question))
    if keep is not None and question.unit == UNIT_ID:
        units.keep(connection, seen, keep)
    return tally.counts()


class Tally:
    """What adds up to a cohort."""

    def __init__(
        self, *, question: Question, classes: tuple[Sequence[str], Sequence[str]], unused: Counter[str]
    ) -> None:
        self.question, self.classes, self.unused = question, classes, unused
        self.assigned, self.labelled, self.usable, self.successes = ([0, 0] for _ in range(4))

    def add(self, arm: int, fell: bool, guess: int, truth: int, number: int) -> None:  # noqa: FBT001  a column
        """Units with a label that are alike; those of which Python has to decide come one by one."""
        self.labelled[arm] += number
        if UNSURE in {guess, truth}:
            return
        self.usable[arm] += number
        right = truth == YES if self.question.reward == OUTCOME else guess == truth
        self.successes[arm] += number * (right and not fell)

    def judge(self, rows: Iterator[Unsure]) -> None:
        """Units one by one: arm, whether it fell back, the answer, the label and its encoding."""
        for arm, fell, answer, label, encoding in rows:
            try:
                success = self.question.success(answer, self.classes[arm], label, encoding, self.unused)
            except Rejected as error:
                self.unused[str(error)] += 1
                continue
            self.usable[arm] += 1
            self.successes[arm] += success and not fell

    def counts(self) -> CohortCounts:
        """As the caller has them."""
        (champion, challenger), (ours, theirs) = self.usable, self.successes
        return CohortCounts(
            cohort=Cohort(
                champion=champion, champion_successes=ours, challenger=challenger, challenger_successes=theirs
            ),
            assigned=(self.assigned[0], self.assigned[1]),
            labelled=(self.labelled[0], self.labelled[1]),
            unused={reason: records for reason, records in sorted(self.unused.items()) if records},
        )


def _sums(question: Question) -> str:
    sure = labels.sure(question.data, question.problem)
    return f"SELECT told & 1, (told & 2) > 0, told >> 2, {sure} AS truth, count(*) FROM resolved GROUP BY ALL"


def _unsure(connection: Any, question: Question) -> Iterator[Unsure]:
    sure = f"code >> 2 <> {UNSURE} AND {labels.sure(question.data, question.problem)} <> {UNSURE}"
    cursor = connection.execute(
        "SELECT code & 1, (code & 2) > 0, code >> 2, odd, label, encoding FROM"
        " (SELECT code, key, first, label, encoding FROM units JOIN resolved ON units.rowid = resolved.u"
        f" WHERE NOT ({sure})) LEFT JOIN (SELECT key, first, any_value(odd) AS odd FROM judged WHERE odd IS NOT NULL"
        " GROUP BY key, first) USING (key, first)"
    )
    while found := cursor.fetchmany(1000):
        for arm, fell, guess, odd, label, encoding in found:
            yield arm, fell, _half(odd) if guess == UNSURE else Half(data=str(guess), encoding=CSV), label, encoding


def _half(text: str) -> Half | None:
    found = json.loads(text) if text else None
    if not found or found["data"] is None:
        return None
    return Half(data=found["data"], encoding=found["encoding"] or "", content_type=found["observedContentType"] or "")
