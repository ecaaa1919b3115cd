"""How far the scores of two versions lie apart, of requests that both have had: by the inference ids of captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.outcomes import captures


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
    for files in captured:
        captures.mended(connection, files, *span)
    champion, challenger = (_scores(files, span) for files in captured)
    found = connection.execute(
        "SELECT count(*), coalesce(sum(apart), 0), coalesce(max(apart), 0) FROM (SELECT abs(a.score - b.score) AS apart"
        f" FROM ({champion}) AS a JOIN ({challenger}) AS b ON a.id = b.id) WHERE isfinite(apart)"
    ).fetchone()
    return Alike(pairs=int(found[0]), total=float(found[1]), most=float(found[2]))


def _scores(files: Sequence[Path], span: tuple[datetime, datetime]) -> str:
    """One score for each id; of one that was used twice, nobody knows which answer belongs to which."""
    score = captures.number(captures.line("answered"))
    return (
        f"SELECT id, any_value({score}) AS score FROM ({captures.records(files, *span)})"
        " WHERE id IS NOT NULL GROUP BY id HAVING count(*) = 1"
    )
