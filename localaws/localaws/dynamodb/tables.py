"""Tables: what may be written into them, and their indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localaws.dynamodb.items import Items, Keys
from localaws.dynamodb.values import Item, Value, invalid, kind_of, weight
from localaws.errors import AwsError
from localaws.journal import Journal, Noting

TABLES, ITEMS = "dynamodb", "dynamodb.items"
LARGEST, LONGEST_HASH, LONGEST_RANGE = 400 * 1024, 2048, 1024  # bytes
_INVALID = "One or more parameter values were invalid: "


@dataclass(kw_only=True)
class Settings:
    """What is said of a table: of `about` as it is described, and what else is kept of it."""

    about: dict[str, Any]
    lives: dict[str, Any] = field(default_factory=lambda: {"TimeToLiveStatus": "DISABLED"})
    recovery: dict[str, Any] = field(default_factory=lambda: {"PointInTimeRecoveryEnabled": False})
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def keys(self) -> Keys:
        """Of the table."""
        return Keys.of(self.about["KeySchema"])

    @property
    def types(self) -> dict[str, str]:
        """Of the attributes that are keys of something."""
        return {one["AttributeName"]: one["AttributeType"] for one in self.about["AttributeDefinitions"]}


class Table:
    """One table."""

    def __init__(self, name: str, settings: Settings, journal: Journal) -> None:
        self.name, self.settings, self._journal = name, settings, journal
        self.keys = settings.keys
        self.items = Items(self.keys, self.keys)
        self.indexes: dict[str, Items] = {}
        self.indexed()

    def indexed(self) -> None:
        """Build the indexes that are asked for and not there, and forget those that are gone."""
        self._types = self.settings.types
        wanted = {one["IndexName"]: Keys.of(one["KeySchema"]) for one in self.projections}
        self.indexes = {name: index for name, index in self.indexes.items() if name in wanted}
        for name in wanted.keys() - self.indexes.keys():
            self.indexes[name] = Items(wanted[name], self.keys)
            for item in self.all():
                self.indexes[name].put(item)

    @property
    def projections(self) -> list[dict[str, Any]]:
        """The indexes as they are described."""
        found: list[dict[str, Any]] = self.settings.about.get("GlobalSecondaryIndexes", [])
        return found

    def all(self) -> Iterator[Item]:
        """Every item, in no order that means anything."""
        for rows in self.items.partitions.values():
            yield from rows.values()

    def key(self, given: Any) -> Item:
        """A key as it is given, if it is one; ValidationException."""
        if not isinstance(given, dict) or given.keys() != set(self.keys.names):
            raise invalid("The provided key element does not match the schema")
        for name, value in given.items():
            if kind_of(value) != self._types[name]:
                raise invalid("The provided key element does not match the schema")
        self._fits(given)
        return given

    def checked(self, item: Item, large: str = "Item size has exceeded the maximum allowed size") -> Item:
        """An item that may be written; ValidationException."""
        for name in self.keys.names:
            if name not in item:
                raise invalid(f"{_INVALID}Missing the key {name} in the item")
            if (kind := kind_of(item[name])) != self._types[name]:
                raise invalid(f"{_INVALID}Type mismatch for key {name} expected: {self._types[name]} actual: {kind}")
        for name, index in self.indexes.items():
            for key in index.keys.names:
                if key in item and (kind := kind_of(item[key])) != self._types[key]:
                    expected = f"Expected: {self._types[key]} Actual: {kind} IndexName: {name}"
                    raise invalid(f"{_INVALID}Type mismatch for Index Key {key} {expected}")
        self._fits(item)
        if weight(item) > LARGEST:
            raise invalid(large)
        return item

    def _fits(self, item: Item) -> None:
        for name, longest in zip(self.keys.names, (LONGEST_HASH, LONGEST_RANGE), strict=False):
            ((kind, content),) = item[name].items()
            if content == "" and kind != "N":
                what = "string" if kind == "S" else "binary"
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                    f"an empty {what} value. Key: {name}"
                )
            if weight({"": item[name]}) > longest:
                which = "hashkey has" if longest == LONGEST_HASH else "all range keys has"
                size = "Size of" if longest == LONGEST_HASH else "Aggregated size of"
                raise invalid(f"{_INVALID}{size} {which} exceeded the size limit of {longest} bytes")

    def put(self, item: Item) -> Item | None:
        """Write a whole item; answers what was in its place."""
        before = self.take(item)
        for items in (self.items, *self.indexes.values()):
            items.put(item)
        return before

    def take(self, key: Item) -> Item | None:
        """Remove the item with a key, and answer it."""
        self._journal.note(ITEMS, self.noted(key))
        before = self.items.get(key)
        if before is not None:
            for items in (self.items, *self.indexes.values()):
                items.drop(before)
        return before

    def noted(self, key: Item) -> tuple[Any, ...]:
        """How an item is named where the state is kept."""
        return (self.name, *(next(iter(key[name].items())) for name in self.keys.names))


class Tables:
    """All tables, by name."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.tables = Noting[str, Table](journal, TABLES)

    def find(self, name: str) -> Table:
        """One of them, by its name or ARN."""
        found = self.tables.get(str(name).rsplit("/", 1)[-1])
        if found is None:
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
        return found

    def delete(self, table: Table) -> None:
        """A table, with its items."""
        for item in table.all():
            self._journal.note(ITEMS, table.noted(item))
        del self.tables[table.name]

    def kept(self, name: str) -> Settings | None:
        """What is kept of a table beside its items."""
        table = self.tables.get(name)
        return table.settings if table else None

    def restore(self, name: str, settings: Settings) -> None:
        """A table, still without its items."""
        self.tables[name] = Table(name, settings, self._journal)

    def item(self, noted: tuple[Any, ...]) -> Item | None:
        """An item as it is named where the state is kept."""
        table = self.tables.get(noted[0])
        keys = zip(table.keys.names, noted[1:], strict=False) if table else ()
        return table.items.get({name: _value(pair) for name, pair in keys}) if table else None

    def take_back(self, noted: tuple[Any, ...], item: Item) -> None:
        """An item, when its table is there."""
        self.tables[noted[0]].put(item)


def _value(pair: tuple[str, Any]) -> Value:
    return {pair[0]: pair[1]}
