"""Places on a chart: time from left to right, and values from the bottom up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leeway_cli.drift.look import Look
from leeway_cli.drift.page.markup import Markup, el

WIDTH = 960
TICKS = 12  # at most
STEPS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720)  # hours between ticks


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A rectangle in a drawing with the hours of a look across it."""

    begin: datetime
    end: datetime
    left: float
    top: float
    bottom: float
    right: float = WIDTH - 12

    def x(self, at: datetime) -> float:
        """Where a moment lies."""
        part = (at - self.begin) / (self.end - self.begin) if self.end > self.begin else 0.0
        return self.left + (self.right - self.left) * min(max(part, 0.0), 1.0)

    def y(self, part: float) -> float:
        """Where a value lies that is `part` of the way up."""
        return self.bottom - (self.bottom - self.top) * min(max(part, 0.0), 1.0)

    def times(self, most: int = TICKS) -> Iterator[Markup]:
        """The axis of time."""
        for at, step in _ticks(self.begin, self.end, most):
            x = self.x(at)
            yield el("line", x1=x, x2=x, y1=self.bottom, y2=self.bottom + 4, class_="grid")
            told = f"{at.day} {at:%b}" if step >= 24 or at.hour == 0 else f"{at:%H:%M}"
            near_end = x > self.right - 24
            yield el("text", told, x=self.right if near_end else x, y=self.bottom + 18,
                     class_="end" if near_end else "middle")  # fmt: skip

    def level(self, part: float, told: str, kind: str = "grid") -> Markup:
        """A line across, with what it means at its left end."""
        y = self.y(part)
        over = "end over" if kind == "bar" else "end"
        words = el("text", told, x=self.left - 8, y=y + 4, class_=over)
        return Markup(el("line", x1=self.left, x2=self.right, y1=y, y2=y, class_=kind) + words)

    def line(self, points: Sequence[tuple[float, float] | None], kind: str = "series") -> Iterator[Markup]:
        """Points joined where they follow each other; one that stands alone is a dot."""
        for run in _runs(points):
            if len(run) == 1:
                yield el("circle", cx=run[0][0], cy=run[0][1], r=2.5, class_="dot")
            else:
                yield el("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in run), class_=kind)


def plot(found: Look, *, left: float, top: float, bottom: float) -> Plot:
    """Across the whole width."""
    return Plot(begin=found.begin, end=found.end, left=left, top=top, bottom=bottom)


def _ticks(begin: datetime, end: datetime, most: int) -> Iterator[tuple[datetime, int]]:
    hours = (end - begin).total_seconds() / 3600
    step = next((one for one in STEPS if hours / one <= most), STEPS[-1])
    place = -(-int(begin.timestamp()) // (step * 3600))
    while (at := datetime.fromtimestamp(place * step * 3600, UTC)) <= end:
        yield at, step
        place += 1


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
