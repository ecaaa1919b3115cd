"""What was done: entries of the journal as numbered marks on the axis of time, and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leeway.journal import Entry
from leeway_cli.drift.page.markup import Markup, el, table
from leeway_cli.drift.page.scale import Plot
from leeway_cli.timeline import words

ROUTINE = {"Waiting", "DataAccepted", "DataQuarantined", "TrainingSkipped", "EndpointRequested", "BackedOff"}
DRIFT, TRAINING = ("Drift", "NoDrift", "Alarm"), ("Training", "Retraining", "Run", "Data")
MOST = 200  # in the table
APART = 18  # points between two badges


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One entry with its number."""

    number: int
    entry: Entry

    @property
    def kind(self) -> str:
        """What it is of: drift, training, or what serves."""
        if self.entry.what.startswith(DRIFT):
            return "drift"
        return "training" if self.entry.what.startswith(TRAINING) else "serving"


def marks(story: Sequence[Entry]) -> list[Mark]:
    """Of all that was decided; what comes every hour is none."""
    kept = [entry for entry in story if entry.what not in ROUTINE]
    return [Mark(number=number, entry=entry) for number, entry in enumerate(kept, 1)]


def drawn(found: Sequence[Mark], plot: Plot) -> Iterator[Markup]:
    """A line for each, and one badge for those that lie together."""
    groups: list[list[Mark]] = []
    for mark in found:
        if groups and plot.x(mark.entry.at) - plot.x(groups[-1][0].entry.at) < APART:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    for group in groups:
        kind = group[-1].kind if len({mark.kind for mark in group}) == 1 else ""
        x = min(plot.x(group[0].entry.at), plot.right - 8)
        numbers = str(group[0].number) if len(group) == 1 else f"{group[0].number}-{group[-1].number}"
        wide = 8 + 6 * len(numbers)
        told = "\n".join(f"{m.entry.at:%Y-%m-%d %H:%M} {words(m.entry.what)}" for m in group)
        yield el(
            "g",
            el("title", *[f"{line}; " for line in told.split("\n")]),
            el("line", x1=x, x2=x, y1=plot.top - 4, y2=plot.bottom, class_=f"mark {kind}"),
            el("rect", x=x - wide / 2, y=plot.top - 20, width=wide, height=16, rx=8, class_=f"badge {kind}"),
            el("text", numbers, x=x, y=plot.top - 8.5, class_="middle count"),
        )


def story(found: Sequence[Mark]) -> Markup:
    """The same as a table, the newest first."""
    rows = [
        (str(m.number), f"{m.entry.at:%Y-%m-%d %H:%M}", m.entry.actor, words(m.entry.what), m.entry.why)
        for m in reversed(found[-MOST:])
    ]
    return el(
        "div", table("From the journal, the newest first", ("No.", "UTC", "Who", "What", "Why"), rows), class_="story"
    )
