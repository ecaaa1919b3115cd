"""AlarmRule: ALARM, OK and INSUFFICIENT_DATA of alarms, TRUE, FALSE, with AND, OR, NOT and parentheses.

Source: CloudWatch API Reference, PutCompositeAlarm. NOT binds closest, then AND, then OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from localaws.errors import AwsError

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
LONGEST, MOST = 10240, 100  # letters of a rule, alarms in it
_TOKEN = re.compile(r'\s*(?:(\(|\)|"(?:[^"\\]|\\.)*")|([^\s()"]+))')
States = Callable[[str], str | None]  # the state of an alarm by its name


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A parsed rule: the names of alarms in it, in order, and whether it holds."""

    names: tuple[str, ...]
    holds: Callable[[States], bool]


@lru_cache(maxsize=1024)
def parsed(text: str) -> Rule:
    """A rule; ValidationError with what is wrong."""
    if len(text) > LONGEST:
        raise invalid(f"AlarmRule is longer than {LONGEST} letters.")
    reader = _Reader(text)
    holds = reader.any_of()
    if rest := reader.peek():
        raise invalid(f"AlarmRule: unexpected {rest!r}.")
    names = tuple(dict.fromkeys(reader.names))
    if len(names) > MOST:
        raise invalid(f"AlarmRule names more than {MOST} alarms.")
    return Rule(names=names, holds=holds)


def invalid(message: str) -> AwsError:
    """CloudWatch's own code for what it does not take."""
    return AwsError("ValidationError", message)


def name_of(reference: str) -> str:
    """An alarm's name, from a name or an ARN."""
    return reference.split(":alarm:", 1)[1] if reference.startswith("arn:") else reference


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self.names: list[str] = []

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _take(self, *wanted: str) -> str:
        if not self._tokens or (wanted and self._tokens[0] not in wanted):
            told = f"expected {' or '.join(wanted)}, found {self.peek() or 'the end'!r}" if wanted else "ends too early"
            raise invalid(f"AlarmRule: {told}.")
        return self._tokens.pop(0)

    def any_of(self) -> Callable[[States], bool]:
        parts = [self._all_of()]
        while self.peek().upper() == "OR":
            self._take()
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda states: any(part(states) for part in parts)

    def _all_of(self) -> Callable[[States], bool]:
        parts = [self._one()]
        while self.peek().upper() == "AND":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda states: all(part(states) for part in parts)

    def _one(self) -> Callable[[States], bool]:
        found = self._take()
        word = found.upper()
        if word == "NOT":
            inner = self._one()
            return lambda states: not inner(states)
        if found == "(":
            inner = self.any_of()
            self._take(")")
            return inner
        if word in ("TRUE", "FALSE"):
            return lambda _: word == "TRUE"
        if word not in STATES:
            raise invalid(f"AlarmRule: unexpected {found!r}.")
        self._take("(")
        name = name_of(_unquoted(self._take()))
        self._take(")")
        self.names.append(name)
        return lambda states: states(name) == word


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            raise invalid(f"AlarmRule: unexpected {text[place:].strip()[:20]!r}.")
        yield found[1] or found[2]
        place = found.end()


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token
