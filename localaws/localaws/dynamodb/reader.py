"""The text of an expression, token by token."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from localaws.dynamodb.values import invalid

Path = tuple[str | int, ...]  # names, of which "#x" stands for another, and places in lists
_TOKEN = re.compile(r"\s*(?:(#[\w]+|:[\w]+|[A-Za-z_]\w*|\d+)|(<>|<=|>=|[=<>(),.+\-\[\]]))")


@dataclass
class Reader:
    """A text, token by token; `kind` names it in errors."""

    kind: str
    text: str
    at: int = 0
    tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise invalid(f"Invalid {self.kind}: The expression can not be empty;")
        self.tokens, place = [], 0
        text = self.text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise self.refused(text[place:].strip()[:1])
            self.tokens.append(found[1] or found[2])
            place = found.end()

    def refused(self, token: str) -> Exception:
        """The error at a token."""
        near = " ".join(self.tokens[max(0, self.at - 1) : self.at + 2])
        return invalid(f'Invalid {self.kind}: Syntax error; token: "{token or "<EOF>"}", near: "{near}"')

    def peek(self) -> str:
        """The token that comes next, or nothing."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def word(self) -> str:
        """The same in capitals: keywords are in any case."""
        return self.peek().upper()

    def take(self, *wanted: str) -> str:
        """The next token, one of those that are wanted."""
        token = self.peek()
        if not token or (wanted and token.upper() not in wanted):
            raise self.refused(token)
        self.at += 1
        return token

    def several(self, read: Callable[[], Any]) -> list[Any]:
        """One or more, with commas."""
        found = [read()]
        while self.peek() == ",":
            self.take(",")
            found.append(read())
        return found

    def path(self) -> Path:
        """The path of an attribute."""
        parts: list[str | int] = [self._name()]
        while self.peek() in {".", "["}:
            if self.take(".", "[") == ".":
                parts.append(self._name())
                continue
            place = self.take()
            if not place.isdigit():
                raise self.refused(place)
            parts.append(int(place))
            self.take("]")
        return tuple(parts)

    def _name(self) -> str:
        token = self.take()
        if not re.match(r"[#A-Za-z_]", token):
            raise self.refused(token)
        if token.upper() in _reserved():
            raise invalid(f"Invalid {self.kind}: Attribute name is a reserved keyword; reserved keyword: {token}")
        return token


@lru_cache
def _reserved() -> frozenset[str]:
    return frozenset(word.upper() for word in ReservedKeywords.get_reserved_keywords())
