"""How sentences of the journal say counts, rows and spans of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LONGEST = 500  # characters that a text from outside gets in a sentence
BEGINNING = 150  # of them that are kept where there are more


def count(number: int, noun: str) -> str:
    """ "1 file", "2,041 rows"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def span(time: timedelta) -> str:
    """ "60 s", "5 min", "1.5 h", "3 days"."""
    seconds = time.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} h" if seconds < 48 * 3600 else f"{seconds / 86400:.3g} days"


def moment(at: datetime) -> str:
    """ "2026-03-02 04:05:06 UTC"."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def plain(text: str) -> str:
    """A text from outside as one printable line of bounded length; of what is too long the middle is left out.

    What failed stands at the beginning, and why at the end, where it is the last of a program's log.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= LONGEST else f"{line[:BEGINNING]} … {line[BEGINNING + 3 - LONGEST :]}"
