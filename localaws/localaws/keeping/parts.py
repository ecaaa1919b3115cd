"""Parts of the state: what of each is written when something has changed, and how it comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterator, MutableMapping
from typing import Any, Protocol

GONE = object()
Change = tuple[str, str, Any]  # part, key, and the object or GONE
Read = Callable[[str], Iterator[tuple[str, Any]]]  # keys and objects of a part, in the order in which they first came


class Part(Protocol):
    """`compared`: whether an object is written only where its bytes differ from those written before.

    `plain`: whether objects refer to nothing but plain data, which is pickled in half the time.
    """

    compared: bool
    plain: bool

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:
        """What is to be written, by the keys that were noted; under the lock."""
        ...

    def restore(self, read: Read) -> None:
        """Put back what was written."""
        ...


def text(key: Any) -> str:
    """A key of names, numbers, tuples and sets as a text."""
    return key if isinstance(key, str) else json.dumps(key, default=sorted)


class Rows:
    """A part whose changes are noted key by key: it costs what has changed, however much there is."""

    compared = False

    def __init__(
        self, name: str, get: Callable[[Any], Any], put: Callable[[Any, Any], None], *, plain: bool = False
    ) -> None:
        self._name, self._get, self._put, self.plain = name, get, put, plain

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:
        """None is for what is there no longer."""
        for key in noted:
            value = self._get(key)
            yield self._name, text(key), GONE if value is None else (key, value)

    def restore(self, read: Read) -> None:
        """One by one."""
        for _, (key, value) in read(self._name):
            self._put(key, value)


class Mapped:
    """A mapping of objects that stand for themselves: all are looked at when one of them may have changed."""

    compared, plain = True, False

    def __init__(self, name: str, mapping: MutableMapping[Any, Any]) -> None:
        self._name, self._mapping = name, mapping
        self._known: set[str] = set()

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:  # noqa: ARG002  any of them
        """All of them, and those that are gone."""
        now = {text(key): (key, value) for key, value in self._mapping.items()}
        for key in self._known - now.keys():
            yield self._name, key, GONE
        self._known = set(now)
        for key, pair in now.items():
            yield self._name, key, pair

    def restore(self, read: Read) -> None:
        """In the order in which they were made."""
        for key, (own, value) in read(self._name):
            self._known.add(key)
            self._mapping[own] = value


class Whole:
    """One object."""

    compared, plain = True, False

    def __init__(self, name: str, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
        self._name, self._get, self._put = name, get, put

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:  # noqa: ARG002  there is one key
        """The object as it is."""
        yield self._name, "", self._get()

    def restore(self, read: Read) -> None:
        """If there was one."""
        for _, value in read(self._name):
            self._put(value)


class Tail:
    """A list that only grows."""

    compared, plain = False, False

    def __init__(self, name: str, get: Callable[[], list[Any]]) -> None:
        self._name, self._get = name, get
        self._written = 0

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:  # noqa: ARG002  what is new is at the end
        """What was added."""
        entries = self._get()
        for number in range(self._written, len(entries)):
            yield self._name, str(number), entries[number]
        self._written = len(entries)

    def restore(self, read: Read) -> None:
        """In order."""
        self._get().extend(entry for _, entry in read(self._name))
        self._written = len(self._get())
