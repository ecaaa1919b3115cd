"""Objects as bytes, by pickle: services are named and not copied, and so is what is written down for good elsewhere.

What is read is what localaws itself wrote into its own state folder.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
import threading
from collections.abc import Mapping
from typing import Any

Place = tuple[str, str]  # of what is settled: its table and its key there


def _service(name: str) -> Any:
    raise NotImplementedError(name)  # the unpickler has its own


def _settled(kind: type, table: str, key: str) -> Any:
    raise NotImplementedError(kind, table, key)  # the unpickler has its own


def _event(on: bool) -> threading.Event:  # noqa: FBT001  pickle calls by position
    event = threading.Event()
    if on:
        event.set()
    return event


class Pickling:
    """Knows the services by name, and what is settled by its place."""

    def __init__(self, services: Mapping[str, Any]) -> None:
        self.services = services
        self.names = {id(service): name for name, service in services.items()}
        self.places: dict[int, Place] = {}
        self._settled: dict[Place, Any] = {}
        # Fields of the dataclasses that were met, and have not been written down yet.
        self.met: dict[str, str] = {}
        self.classes: set[type] = set()

    def settle(self, place: Place, settled: Any) -> None:
        """From now on it is referred to by its place."""
        self.places[id(settled)] = place
        self._settled[place] = settled

    def at(self, place: Place, kind: type) -> Any:
        """What is settled at a place; empty until it has been read."""
        if place not in self._settled:
            self.settle(place, object.__new__(kind))
        return self._settled[place]

    def meet(self, kind: type) -> None:
        """Note the fields of a class the first time."""
        if kind not in self.classes:
            self.classes.add(kind)
            if dataclasses.is_dataclass(kind):
                self.met[f"{kind.__module__}:{kind.__qualname__}"] = fields_of(kind)

    def dumps(self, value: Any) -> bytes:
        """Bytes of an object and all that belongs to it."""
        target = io.BytesIO()
        _Pickler(target, self).dump(value)
        return target.getvalue()

    def dumps_plain(self, pair: tuple[Any, Any]) -> bytes:
        """Bytes of a key and an object that refers to no service, and to no other class of ours."""
        self.meet(type(pair[1]))
        return pickle.dumps(pair, pickle.HIGHEST_PROTOCOL)

    def loads(self, value: bytes) -> Any:
        """The object."""
        return _Unpickler(io.BytesIO(value), self).load()


def fields_of(kind: Any) -> str:
    """What a dataclass consists of, as a text to be compared."""
    return ", ".join(f"{field.name}: {field.type}" for field in dataclasses.fields(kind))


class _Pickler(pickle.Pickler):
    def __init__(self, target: io.BytesIO, pickling: Pickling) -> None:
        super().__init__(target, pickle.HIGHEST_PROTOCOL)
        self._pickling = pickling

    def reducer_override(self, value: Any) -> Any:
        """Called for everything but the plainest types."""
        pickling, kind = self._pickling, type(value)
        if name := pickling.names.get(id(value)):
            return _service, (name,)
        if place := pickling.places.get(id(value)):
            return _settled, (kind, *place)
        if kind is threading.Event:
            return _event, (value.is_set(),)
        if kind not in pickling.classes:
            pickling.meet(kind)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, pickling: Pickling) -> None:
        super().__init__(source)
        self._pickling = pickling

    def find_class(self, module: str, name: str) -> Any:
        """A class or function by its name; our own two look up what is there."""
        if module == __name__ and name == "_service":
            return self._pickling.services.__getitem__
        if module == __name__ and name == "_settled":
            return lambda kind, table, key: self._pickling.at((table, key), kind)
        return super().find_class(module, name)
