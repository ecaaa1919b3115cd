"""Rows on their way to a model and scores on their way back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway.aws.runtime import CSV, JSON, Answered
from leeway.cells import NUMBER
from leeway.errors import Refused, Rejected
from leeway.predict.event import LARGEST, too_large
from leeway.request import Takes, rows_in
from leeway.spec import MULTICLASS, ModelSpec


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Of one row; `label` and `probabilities` are of a multiclass model."""

    score: float
    label: str | None = None
    probabilities: Mapping[str, float] | None = None


def written(spec: ModelSpec, rows: Sequence[Any]) -> bytes:
    """The body for the model; raises Refused where the specification says that a row is wrong.

    Each value goes with its feature's name, for a version that was trained on other features must not take one for
    another; what a row has beside its features stays here.
    """
    data = spec.data
    takes = Takes(columns=data.columns, beside=frozenset({data.id, data.label, data.event_time, data.weight}))
    try:
        rows_in(takes, rows)
    except Rejected as error:
        raise Refused(400, "row", str(error)) from error
    except RecursionError as error:
        raise Refused(400, "row", "a row is nested too deeply; allowed: an object or a list of values") from error
    body = json.dumps([_named(takes, row) for row in rows], separators=(",", ":"), allow_nan=False).encode()
    if len(body) > LARGEST:
        raise too_large(len(body))
    return body


def _named(takes: Takes, row: Any) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return {name: row[name] for name in takes.names if name in row}
    return dict(zip(takes.names, row, strict=True))


def accepted(spec: ModelSpec) -> str:
    """The content type to ask for: a score a line, as captures are read fastest, or all classes by their names."""
    return JSON if spec.model.problem == MULTICLASS else CSV


def read(answered: Answered, count: int) -> list[Prediction]:
    """The predictions of an answer to so many rows; raises Rejected, with nothing of the answer in its message."""
    is_csv = answered.content_type.startswith(CSV)
    try:
        found = (_lines if is_csv else _documents)(answered.body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        form = "a number a line" if is_csv else '{"predictions": [{"score": …}, …]}'
        raise Rejected(f"the model's answer is not {form}") from error
    if len(found) != count:
        raise Rejected(f"the model answered {len(found)} rows of {count}")
    return found


def _lines(body: bytes) -> list[Prediction]:
    cells = body.decode().split()
    if not all(NUMBER.fullmatch(cell) for cell in cells):
        raise ValueError("a score is a number")
    return [Prediction(score=float(cell)) for cell in cells]


def _documents(body: bytes) -> list[Prediction]:
    return [_prediction(one) for one in json.loads(body, parse_constant=_no_score)["predictions"]]


def _prediction(document: Any) -> Prediction:
    score = document["score"]
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError("a score is a number")
    return Prediction(score=score, label=document.get("label"), probabilities=document.get("probabilities"))


def _no_score(_text: str) -> float:
    raise ValueError("a score is a number")
