"""How good a version was, by labels: counts of an hour, its metrics by Model Monitor's names, and when it got worse.

An hour is counted once its outcome window has closed, and then for good; so a label that came late within its window
counts as one that came at once. The alarm is the drift detector's: a CUSUM of binomial likelihood ratios for each event
that a good model has often, "is right" or "is off by at most this much", against its share on the holdout, to the worse
side alone; and of a binary model for "is positive", to both, for then the world has changed under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import exp, log
from typing import Any

from leeway.drift.detector import ALPHA, BETS, beyond, log_ratio
from leeway.drift.timeline import HOUR, MIN_ROWS
from leeway.spec import BINARY, MULTICLASS

FORMAT = 1
BAR = 1 / ALPHA
CONSTANT = "_best_constant_classifier"  # ends the names of Model Monitor's metrics of one that always says positive
METRICS = {
    BINARY: "binary_classification_metrics",
    MULTICLASS: "multiclass_classification_metrics",
    "regression": "regression_metrics",
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that may be true of a prediction and its label; `share` is how often it was on the holdout.

    `most` is, of a regression, by how much the prediction may be off. `sides` are those to which a change is drift.
    """

    name: str
    share: float
    sides: tuple[int, ...] = (-1,)
    most: float | None = None


def events(problem: str, evaluation: Mapping[str, Any] | None) -> tuple[Event, ...]:
    """What a version is held to, by its `evaluation.json`; none where that does not tell."""
    metrics = (evaluation or {}).get(METRICS[problem]) or {}
    if problem in {BINARY, MULTICLASS}:
        named = [("is right", "accuracy", (-1,))] + (
            [("is positive", "base_rate", (-1, 1))] if problem == BINARY else []
        )
        values = [(name, (metrics.get(metric) or {}).get("value"), sides) for name, metric, sides in named]
        return tuple(
            Event(name=name, share=value, sides=sides)
            for name, value, sides in values
            if isinstance(value, int | float) and 0 <= value <= 1
        )
    found = ((evaluation or {}).get("scores") or {}).get("errors") or {}
    pairs = zip(found.get("edges", ()), found.get("cumulative", ()), strict=True)
    return tuple(Event(name=f"is off by at most {edge:g}", share=share, most=edge) for edge, share in pairs)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Labelled rows of an hour, or of some, and how many of them each event is true of."""

    rows: int = 0
    hits: tuple[int, ...] = ()

    def merge(self, other: Counted) -> Counted:
        """Of both."""
        hits = [a + b for a, b in zip(self.hits, other.hits, strict=True)] if self.hits and other.hits else None
        return Counted(rows=self.rows + other.rows, hits=tuple(hits) if hits else self.hits or other.hits)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known: worse, stable or unknown; `evidence` counts against BAR."""

    verdict: str
    evidence: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Watch:
    """All hours so far: ln M of each event, side and bet, when each began to grow, and rows that are too few yet."""

    logs: tuple[float, ...] = ()
    since: tuple[int, ...] = ()
    waiting: Counted = field(default_factory=Counted)
    until: datetime | None = None  # the last hour that is counted

    @property
    def evidence(self) -> float:
        """That the model has become worse; to be believed from BAR on."""
        return sum(map(exp, self.logs)) / len(self.logs) if self.logs else 0.0

    def after(
        self, hour: datetime, counted: Counted, held_to: Sequence[Event], delta: float, min_rows: int = MIN_ROWS
    ) -> tuple[Watch, Verdict]:
        """With one hour more; fewer rows than `min_rows` are counted with those of the hours after them."""
        gathered, until = self.waiting.merge(counted), hour
        if gathered.rows < min_rows or not held_to:
            why = f"quality is unknown: {gathered.rows:,} of the {min_rows:,} labelled rows that a verdict takes"
            if not held_to:
                why = "quality is unknown: the version's evaluation says nothing to compare it with"
            verdict = Verdict(verdict="unknown", evidence=self.evidence, why=why)
            return replace(self, waiting=gathered, until=until), verdict
        cells = sum(len(event.sides) for event in held_to) * len(BETS)
        logs, since = list(self.logs or (0.0,) * cells), list(self.since or (0,) * cells)
        highest, place, number = 1 + log(max(cells, 1) / ALPHA), 0, int(hour.timestamp()) // HOUR
        for event, hits in zip(held_to, gathered.hits, strict=True):
            for side in event.sides:
                bound = event.share + side * delta
                for bet in BETS:
                    if 0 < bound < 1:
                        if logs[place] <= 0:
                            logs[place], since[place] = 0.0, number
                        grown = log_ratio(bound, beyond(bound, side * bet), hits, gathered.rows - hits)
                        logs[place] = min(logs[place] + grown, highest)
                    place += 1
        watch = Watch(logs=tuple(logs), since=tuple(since), until=until)
        return watch, watch._verdict(gathered, held_to)

    def _verdict(self, counted: Counted, held_to: Sequence[Event]) -> Verdict:
        amount = f"{self.evidence:,.0f}" if self.evidence >= 10 else f"{self.evidence:.2g}"
        bar = f"evidence {amount} against a bar of {BAR:,.0f}"
        if self.evidence < BAR:
            return Verdict(verdict="stable", evidence=self.evidence, why=f"no loss of quality: {bar}")
        told, place = [], 0
        for event, hits in zip(held_to, counted.hits, strict=True):
            width = len(event.sides) * len(BETS)
            best = max(range(place, place + width), key=lambda cell: self.logs[cell])
            place += width
            if self.logs[best] >= log(10):
                since = datetime.fromtimestamp(self.since[best] * HOUR, UTC)
                share = f"{event.share:.1%} → {hits / counted.rows:.1%} of rows"
                told.append((self.logs[best], f"{event.name}: {share}, since {since:%Y-%m-%d %H:%M}"))
        words = "; ".join(text for _, text in sorted(told, reverse=True))
        return Verdict(verdict="worse", evidence=self.evidence, why=f"quality is lost: {bar}; {words}")

    def to_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {
            "format": FORMAT,
            "logs": self.logs,
            "since": self.since,
            "waiting": [self.waiting.rows, *self.waiting.hits],
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Watch:
        """Of what `to_json` gave; ValueError for what another version of Leeway wrote."""
        if document.get("format") != FORMAT:
            raise ValueError(f"the monitor's quality has format {document.get('format')}; this is {FORMAT}")
        rows, *hits = document["waiting"]
        return cls(
            logs=tuple(document["logs"]),
            since=tuple(document["since"]),
            waiting=Counted(rows=rows, hits=tuple(hits)),
            until=datetime.fromisoformat(document["until"]) if document["until"] else None,
        )
