"""Items by partition, in order: those of a table, and those that an index shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localaws.dynamodb.values import Item, comparable

Place = tuple[Any, ...]  # of an item in its partition


@dataclass(frozen=True)
class Keys:
    """The names of the hash key and, where there is one, of the range key."""

    hash: str
    range: str | None = None

    @classmethod
    def of(cls, schema: list[dict[str, str]]) -> Keys:
        """Of a key schema."""
        by = {one["KeyType"]: one["AttributeName"] for one in schema}
        return cls(by["HASH"], by.get("RANGE"))

    @property
    def names(self) -> tuple[str, ...]:
        """One or two."""
        return (self.hash,) if self.range is None else (self.hash, self.range)


class Items:
    """Items of a table or of an index, which holds those alone that have its keys."""

    def __init__(self, keys: Keys, own: Keys) -> None:
        self.keys, self._own = keys, own
        self.partitions: dict[tuple[str, Any], dict[Place, Item]] = {}
        self._order: dict[tuple[str, Any], list[Place]] = {}

    def where(self, item: Item) -> tuple[tuple[str, Any], Place] | None:
        """The partition of an item and its place there; None where it has not the keys."""
        keys, own = self.keys, self._own
        if keys.hash not in item or (keys.range is not None and keys.range not in item):
            return None
        ((kind, content),) = item[keys.hash].items()
        first = (comparable(item[keys.range]),) if keys.range is not None else ()
        if keys is own:
            return (kind, content), first
        return (kind, content), (*first, *(comparable(item[name]) for name in own.names))

    def put(self, item: Item) -> None:
        """One more item, in its place."""
        if (found := self.where(item)) is None:
            return
        partition, place = found
        rows = self.partitions.setdefault(partition, {})
        if place not in rows:
            insort(self._order.setdefault(partition, []), place)
        rows[place] = item

    def drop(self, item: Item) -> None:
        """An item that is here no longer."""
        if (found := self.where(item)) is None:
            return
        partition, place = found
        rows, order = self.partitions[partition], self._order[partition]
        del rows[place], order[bisect_left(order, place)]
        if not rows:
            del self.partitions[partition], self._order[partition]

    def get(self, key: Item) -> Item | None:
        """The item with a key of the table's."""
        found = self.where(key)
        return self.partitions.get(found[0], {}).get(found[1]) if found else None

    def ordered(
        self, partition: tuple[str, Any], *, forward: bool = True, after: Place | None = None, begins: Place = ()
    ) -> Iterator[Item]:
        """The items of a partition in order, from what comes after a place, or at `begins`, on."""
        order, rows = self._order.get(partition, []), self.partitions.get(partition, {})
        if forward:
            start = bisect_left(order, begins) if after is None else bisect_right(order, after)
            places = order[start:]
        else:
            places = order[: bisect_left(order, after)][::-1] if after is not None else order[::-1]
        for place in places:
            yield rows[place]
