"""What the command prints: results to stdout, everything else to stderr; colour only where a person looks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from leeway_cli.exits import Usage

CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def coloured(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream gets colour: a terminal, unless NO_COLOR is set (to anything but "") or it is a dumb one."""
    return not env.get("NO_COLOR") and env.get("TERM") != "dumb" and stream.isatty()


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a style, where its stream (stdout) takes colour."""
    return f"\x1b[{CODES[style]}m{text}\x1b[0m" if coloured(stream or sys.stdout) else text


def plain(text: str) -> str:
    """A text from outside on one line: no control character of it reaches the terminal."""
    return "".join(letter if letter.isprintable() else _escaped(ord(letter)) for letter in text)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def say(text: str = "") -> None:
    """A line of the result."""
    print(text, flush=True)


def show_json(value: Any) -> None:
    """The result for programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def note(text: str) -> None:
    """A line beside the result: progress, the target of a change, a warning."""
    print(paint(text, "dim", sys.stderr), file=sys.stderr, flush=True)


def complain(text: str) -> None:
    """What went wrong, and what to do about it."""
    print(f"{paint('leeway:', 'red', sys.stderr)} {text}", file=sys.stderr, flush=True)


def confirm(question: str, *, yes: bool) -> bool:
    """Ask on a terminal; without one nothing is asked, and --yes is needed."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage(f"{question} There is no terminal to answer on: say --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
