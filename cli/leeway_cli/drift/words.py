"""What is known of drift in sentences: the verdict, the culprits, and what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from leeway.drift.timeline import BAR, Culprit
from leeway_cli import console, layout
from leeway_cli.drift.look import Look

STYLES = {"drifted": "red", "stable": "green", "unknown": "yellow"}
RECENT = timedelta(days=6)


def headline(found: Look) -> str:
    """Verdict and evidence."""
    name = f"{found.model} version {found.version}"
    if found.known is None:
        why = found.hours[-1].status.why.removeprefix("unknown: ") if found.hours else "no hour has a report"
        return f"{name}: unknown: {why}"
    return f"{name}: {found.verdict}; evidence {amount(found.known.status.evidence)} against a bar of {amount(BAR)}"


def counted(found: Look) -> str:
    """Hours, rows, and the hours of which nothing is known."""
    window = found.window
    text = (
        f"{found.begin:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC:"
        f" {layout.counted(window.rows, 'row')} in {layout.counted(len(found.hours), 'hour')}"
    )
    unknown = sum(one.status.verdict == "unknown" for one in found.hours)
    if unknown:
        text += f", {unknown} of them unknown"
    if found.silent:
        text += f"; {layout.counted(found.silent, 'hour')} without a report"
    if found.known and found.known is not found.hours[-1]:
        text += f"; the verdict is of {found.known.hour:%Y-%m-%d %H:%M}, nothing is known since"
    return text


def unused(found: Look) -> str:
    """Records that say nothing, by their reason; "" where there are none."""
    return ", ".join(f"{count:,} because {reason}" for reason, count in found.window.unused.items())


def culprit(one: Culprit, now: datetime | None = None) -> str:
    """One feature that speaks for drift; with `now`, the weekday where that is clear."""
    bar = f"evidence {amount(one.evidence)} against a bar of {amount(BAR)}"
    return f"`{one.feature}`: {one.what}, since {since(one.since, now)}; {bar}"


def since(at: datetime, now: datetime | None) -> str:
    """The weekday of the last days, else the date."""
    return f"{at:%A} {at:%H:%M}" if now and timedelta(0) <= now - at <= RECENT else f"{at:%Y-%m-%d %H:%M}"


def amount(evidence: float) -> str:
    """Evidence as people read it."""
    return f"{evidence:,.0f}" if evidence >= 10 else f"{evidence:.2g}"


def before(found: Look) -> Iterator[str]:
    """What stands over the map."""
    first, *more = layout.wrapped(headline(found))
    yield first.replace(found.verdict, console.paint(found.verdict, STYLES[found.verdict]), 1)
    yield from more
    yield from layout.wrapped(counted(found))
    if found.counting:
        yield from layout.wrapped(found.counting)
    if text := unused(found):
        yield from layout.wrapped(f"records without use: {text}")


def after(found: Look, now: datetime) -> Iterator[str]:
    """What stands under it."""
    if found.culprits and found.verdict == "stable":
        yield "not enough for a verdict, but the loudest:"
    for one in found.culprits:
        yield from layout.wrapped(culprit(one, now), indent=2)
