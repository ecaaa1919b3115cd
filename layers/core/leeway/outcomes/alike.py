"""How far the scores of two versions lie apart, of requests that both have had: by the inference ids of captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.counting import asked
from leeway.outcomes import captures, labels


@dataclass(frozen=True, kw_only=True)
class Alike:
    """`pairs` of scores were compared; the absolute differences come to `total`, and the largest is `most`."""

    pairs: int = 0
    total: float = 0.0
    most: float = 0.0

    def merge(self, other: Alike) -> Alike:
        """Of the requests of both, which have none in common."""
        return Alike(pairs=self.pairs + other.pairs, total=self.total + other.total, most=max(self.most, other.most))

    @property
    def mean(self) -> float:
        """Of the absolute differences; 0 of none."""
        return self.total / self.pairs if self.pairs else 0.0


def compare(connection: Any, captured: tuple[Sequence[Path], Sequence[Path]], span: tuple[datetime, datetime]) -> Alike:
    """Compare what was answered within a span of time; an answer that is no plain number is compared with none."""
    files = [path for files in captured for path in files]
    asked(files, lambda: [_scores(connection, *one, span) for one in zip("ab", captured, strict=True)], any)
    found = connection.execute(
        "SELECT count(*), coalesce(sum(apart), 0), coalesce(max(apart), 0) FROM (SELECT abs(a.score - b.score) AS apart"
        " FROM a JOIN b ON a.id = b.id) WHERE isfinite(apart)"
    ).fetchone()
    return Alike(pairs=int(found[0]), total=float(found[1]), most=float(found[2]))


def _scores(connection: Any, name: str, files: Sequence[Path], span: tuple[datetime, datetime]) -> bool:
    """Make a table of one score for each id, without ids used twice, for nobody knows which answer belongs to which.

    Whether there is what is no record: those are under no id.
    """
    score = captures.number(captures.line("answered"))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT hash AS id, any_value(score) AS score, bool_or(odd) AS odd FROM"
        f" (SELECT {labels.hashed('id')} AS hash, {score} AS score, {captures.NONE} AS odd"
        f" FROM ({captures.records(files, *span)})) GROUP BY hash HAVING hash IS NULL OR count(*) = 1"
    )
    odd: bool = connection.execute(f"SELECT coalesce(bool_or(odd), false) FROM {name}").fetchone()[0]
    return odd
