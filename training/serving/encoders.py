"""From checked values to the numbers a model sees: fitted on the training part alone, kept in `encoders.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from leeway.cells import LABELS, PARSERS, Label, Value, shown
from leeway.errors import Rejected
from leeway.request import Takes
from leeway.spec import BINARY, MULTICLASS, Column, Data

MODEL, ENCODERS = "xgboost-model", "encoders.json"  # all that an archive holds
FORMAT = 1
MISSING = math.nan


@dataclass(frozen=True, kw_only=True)
class Encoders:
    """What a model takes: its columns in the order of its features, and the code of each category.

    `categories[name]` lists a column's categories by code, and `classes` those of a multiclass label. With
    `indicators` the model knows numbers alone, and sees a column of categories as one of 0 and 1 for each. `xgboost`,
    `model` and `probe` are empty until the model is trained: the version that made it, the sha256 of its file, and its
    score (of a multiclass model, that of each class) for a row in which everything is missing.
    """

    columns: tuple[Column, ...]
    categories: Mapping[str, tuple[str, ...]]
    id: str
    label: str
    event_time: str | None = None
    positive: str | None = None
    weight: str | None = None
    problem: str = BINARY
    classes: tuple[str, ...] = ()
    indicators: bool = False
    xgboost: str = ""
    model: str = ""
    probe: float | tuple[float, ...] | None = None

    @cached_property
    def takes(self) -> Takes:
        """What a request may hold."""
        return Takes(columns=self.columns, beside=frozenset({self.id, self.label, self.event_time, self.weight}))

    @property
    def names(self) -> list[str]:
        """The features, in order."""
        return [column.name for column in self.columns]

    @property
    def types(self) -> list[str]:
        """XGBoost's type of each feature: c(ategory), i(ndicator) or q(uantity)."""
        return [{"category": "c", "bool": "i"}.get(column.type, "q") for column in self.columns]

    def encode(self, values: Sequence[Value]) -> list[float]:
        """One row; a category that the training part did not hold is missing."""
        return [
            MISSING if value is None else value if not isinstance(value, str) else codes.get(value, MISSING)
            for value, codes in zip(values, self._codes, strict=True)
        ]

    @cached_property
    def _codes(self) -> list[dict[str, float]]:
        known = [self.categories.get(column.name, ()) for column in self.columns]
        return [{text: float(code) for code, text in enumerate(texts)} for texts in known]

    def matrix(self, rows: Iterable[Sequence[Value]]) -> np.ndarray:
        """Rows by features, float32."""
        encoded = [self.encode(values) for values in rows]
        return np.array(encoded, dtype=np.float32).reshape(len(encoded), len(self.columns))

    def spread(self, matrix: np.ndarray) -> np.ndarray:
        """Encoded rows as numbers alone: for a code, 1 for its category and 0 for each other, or missing for all."""
        parts = [self._indicators(column.name, matrix[:, [n]]) for n, column in enumerate(self.columns)]
        return np.concatenate(parts, axis=1)

    def _indicators(self, name: str, codes: np.ndarray) -> np.ndarray:
        if name not in self.categories:
            return codes
        found = (codes == np.arange(len(self.categories[name]))).astype(np.float32)
        return np.where(np.isnan(codes), np.float32(MISSING), found)

    def target(self, labels: Iterable[Label]) -> np.ndarray:
        """Labels as the model learns them, float32: of a class, its code."""
        codes = {text: float(code) for code, text in enumerate(self.classes)}
        try:
            found = [codes[label] if isinstance(label, str) else label for label in labels]
        except KeyError as error:
            raise Rejected(f"{self.label} is {shown(error.args[0])}, which the train part lacks") from error
        return np.array(found, dtype=np.float32)

    def to_bytes(self) -> bytes:
        """`encoders.json`: equal encoders give equal bytes."""
        document = asdict(self) | {"format": FORMAT}
        return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Encoders:
        """Raises Rejected where they were not written by this version of Leeway."""
        try:
            document: dict[str, Any] = json.loads(body)
            made = document.pop("format")
            columns = tuple(Column(**{**c, "values": tuple(c["values"])}) for c in document.pop("columns"))
            categories = {name: tuple(known) for name, known in document.pop("categories").items()}
            several = {name: tuple(document[name]) for name in ("classes", "probe") if _is_list(document.get(name))}
            encoders = cls(columns=columns, categories=categories, **{**document, **several})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Rejected(f"encoders.json cannot be read: {error!r}") from error
        if made != FORMAT:
            raise Rejected(f"encoders.json has format {made}; this code reads {FORMAT}")
        if unknown := [column.type for column in columns if column.type not in PARSERS]:
            raise Rejected(f"encoders.json has a column of type {unknown[0]!r}; allowed: {', '.join(PARSERS)}")
        if encoders.problem not in LABELS:
            raise Rejected(f"encoders.json has the problem {encoders.problem!r}; allowed: {', '.join(LABELS)}")
        return encoders


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def fit(
    data: Data,
    seen: Mapping[str, Mapping[str, int]],
    problem: str = BINARY,
    answers: Collection[str] = (),
    *,
    indicators: bool = False,
) -> Encoders:
    """Encoders of the training rows: `seen` are the rows of each category of columns that declare none, by column, and
    `answers` the labels. Declared categories keep their order, others are sorted, and so are the classes.
    """
    declared = {column.name: column.values for column in data.columns if column.type == "category" and column.values}
    found = {name: most_frequent(counts, data.max_categories) for name, counts in seen.items()}
    return Encoders(
        columns=data.columns,
        categories=declared | found,
        id=data.id,
        label=data.label,
        event_time=data.event_time,
        positive=data.positive,
        weight=data.weight,
        problem=problem,
        classes=tuple(sorted(answers)) if problem == MULTICLASS else (),
        indicators=indicators,
    )


def most_frequent(counts: Mapping[str, float], most: int) -> tuple[str, ...]:
    """The categories that are kept, sorted; of equally frequent ones, the first by their names."""
    return tuple(sorted(sorted(counts, key=lambda text: (-counts[text], text))[:most]))
