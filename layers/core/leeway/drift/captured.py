"""One captured record, whatever its form: rows as the model saw them, and its answer to each.

A record holds the request and the answer as text, or as BASE64 of another content type; CSV of several rows; JSON. What
cannot be read is Rejected, in words that hold nothing of the data.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway.cells import LARGEST, NUMBER, Value
from leeway.errors import Rejected
from leeway.request import Takes, csv_rows, json_rows
from leeway.spec import MULTICLASS

NO_REQUEST, NO_ANSWER = "the request is missing", "the answer is missing"
CSV, JSON, BASE64 = "CSV", "JSON", "BASE64"


@dataclass(frozen=True, kw_only=True)
class Half:
    """The request or the answer of a record."""

    data: str
    encoding: str
    content_type: str = ""


def rows(
    takes: Takes, problem: str, asked: Half | None, answered: Half | None
) -> list[tuple[tuple[Value, ...], float]]:
    """The rows of a record with the score of each; of several classes, that of the likeliest one."""
    if asked is None:
        raise Rejected(NO_REQUEST)
    if answered is None:
        raise Rejected(NO_ANSWER)
    found, scores = _request(takes, asked), _scores(problem, answered)
    if not all(abs(score) <= LARGEST for score in scores):
        raise Rejected("the answer is no number that can be")
    if len(found) != len(scores):
        raise Rejected(f"the request has {len(found)} rows and the answer {len(scores)}")
    return list(zip(found, scores, strict=True))


def _request(takes: Takes, half: Half) -> list[tuple[Value, ...]]:
    body, is_json = _body(half)
    try:
        return (json_rows if is_json else csv_rows)(takes, body)
    except Rejected as error:
        raise Rejected("the request is none that the model takes") from error


def text_of(half: Half) -> tuple[str, bool]:
    """The text without blanks around it, and whether it is JSON."""
    body, is_json = _body(half)
    return body.decode("utf-8", "replace").strip(), is_json


def _body(half: Half) -> tuple[bytes, bool]:
    """The bytes, and whether they are JSON."""
    is_json = half.encoding == JSON or "json" in half.content_type.lower()
    if half.encoding != BASE64:
        return half.data.encode("utf-8", "replace"), is_json
    try:
        return base64.b64decode(half.data, validate=True), is_json
    except (binascii.Error, ValueError) as error:
        raise Rejected("a half says BASE64 and is none") from error


def _scores(problem: str, half: Half) -> list[float]:
    text, is_json = text_of(half)
    if is_json:
        return _json_scores(text)
    lines = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()]
    if not all(NUMBER.fullmatch(cell) for line in lines for cell in line):
        raise Rejected("the answer is no number")
    if problem == MULTICLASS:
        return [max(map(float, line)) for line in lines]
    return [float(cell) for line in lines for cell in line]


def _json_scores(text: str) -> list[float]:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Rejected("the answer is no JSON") from error
    if isinstance(document, Mapping):
        document = document.get("predictions", [document])
    if not isinstance(document, Sequence) or isinstance(document, str):
        document = [document]
    return [_score(one) for one in document]


def _score(answer: Any) -> float:
    found = answer.get("score") if isinstance(answer, Mapping) else answer
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Rejected("the answer has no score")
    try:
        return float(found)
    except OverflowError as error:
        raise Rejected("the answer is no number that can be") from error
