"""One prediction and its label, by Python's rules: what was predicted, what came true, and whether that is a success.

Labels are those of the training data, in the same spelling. A label record is for a whole request, so it has as many
labels as the request has rows, and the first row is the one that counts: the others were drawn with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway.cells import NUMBER, Label, parse_label
from leeway.drift.captured import JSON, Half, text_of
from leeway.errors import Rejected
from leeway.spec import BINARY, MULTICLASS, REGRESSION, Data

THRESHOLD = 0.5
Pair = tuple["float | str", Label]  # what was predicted, and what came true
CORRECT, OUTCOME = "correct", "outcome"
REQUEST, UNIT_ID = "request", "unit_id"
NO, YES, UNSURE = 0, 1, 2  # whether an answer, or a label, is a positive; of the unsure Python decides
NO_ANSWER = "an answer that cannot be read, so no success"
NO_LABEL = "a label that the model does not have"
OTHER_NUMBER = "another number of labels than of rows"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is counted: the success (`reward`: correct or outcome) of what (`unit`: request or unit_id)."""

    data: Data
    problem: str
    reward: str = CORRECT
    unit: str = REQUEST

    def __post_init__(self) -> None:
        if self.reward not in {CORRECT, OUTCOME} or self.unit not in {REQUEST, UNIT_ID}:
            raise Rejected(f"a cohort is counted by {CORRECT} or {OUTCOME}, of {REQUEST} or {UNIT_ID}")
        if self.problem == REGRESSION:
            raise Rejected("a number is never simply right: cohorts are of binary and multiclass models")
        if self.reward == OUTCOME and self.problem != BINARY:
            raise Rejected("only a binary label can be a success by itself; allowed: reward = correct")

    def success(
        self, answer: Half | None, classes: Sequence[str], label: str, encoding: str, notes: Counter[str]
    ) -> bool:
        """Of the first row; an answer that cannot be read is none, and noted. Rejected where there is no label."""
        truths = truth(self.data, self.problem, label, encoding)
        if self.reward == OUTCOME:
            return truths[0] == 1
        try:
            guesses = predictions(self.problem, answer, classes)
        except Rejected:
            notes[NO_ANSWER] += 1
            return False
        if len(guesses) != len(truths):
            raise Rejected(OTHER_NUMBER)
        return correct(self.problem, guesses[0], truths[0])


def judged(data: Data, problem: str, answer: Half | None, classes: Sequence[str], label: tuple[str, str]) -> list[Pair]:
    """Prediction and label of each row of a request; `label` is the text and its encoding. Raises Rejected."""
    truths, guesses = truth(data, problem, *label), predictions(problem, answer, classes)
    if len(guesses) != len(truths):
        raise Rejected(OTHER_NUMBER)
    return list(zip(guesses, truths, strict=True))


def correct(problem: str, guess: float | str, label: Label) -> bool:
    """Whether a prediction came true; a score is a positive from THRESHOLD on."""
    if problem == MULTICLASS:
        return guess == label
    return (float(guess) >= THRESHOLD) == (label == 1)


def truth(data: Data, problem: str, text: str, encoding: str) -> list[Label]:
    """The labels of a record's rows, at least one; Rejected, in words that hold nothing of the data."""
    found = _json_labels(data, text) if encoding == JSON else _csv_labels(text)
    try:
        labels = [parse_label(data, one, problem) for one in found]
    except Rejected:
        raise Rejected(NO_LABEL) from None  # its own words quote the cell
    if not labels:
        raise Rejected(NO_LABEL)
    return labels


def predictions(problem: str, answer: Half | None, classes: Sequence[str]) -> list[float | str]:
    """What was predicted for each row: a score or number, or of classes the likeliest."""
    if answer is None:
        raise Rejected("the answer is missing")
    text, is_json = text_of(answer)
    try:
        if is_json:
            return [_of_json(problem, one, classes) for one in _answers(json.loads(text))]
        lines = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()]
        if problem == MULTICLASS:
            return [_likeliest(line, classes) for line in lines]
        return [_number(cell) for line in lines for cell in line]
    except (ValueError, RecursionError, TypeError) as error:
        raise Rejected("the answer is no prediction") from error


def _answers(document: Any) -> Sequence[Any]:
    if isinstance(document, Mapping):
        document = document.get("predictions", [document])
    return document if isinstance(document, list) else [document]


def _of_json(problem: str, answer: Any, classes: Sequence[str]) -> float | str:
    if problem == MULTICLASS:
        if isinstance(answer, Mapping) and isinstance(answer.get("label"), str):
            return str(answer["label"])
        return _likeliest([str(one) for one in answer], classes)
    found = answer.get("score") if isinstance(answer, Mapping) else answer
    if isinstance(found, bool):
        raise ValueError
    return _number(str(found))


def _likeliest(cells: Sequence[str], classes: Sequence[str]) -> str:
    """The first of several that are even, as numpy's argmax has it."""
    scores = [_number(cell) for cell in cells]
    if len(scores) != len(classes):
        raise ValueError
    return classes[scores.index(max(scores))]


def _number(cell: str) -> float:
    if not NUMBER.fullmatch(cell):
        raise ValueError
    return float(cell)


def _csv_labels(text: str) -> list[str]:
    return [cell.strip() for line in text.splitlines() if line.strip() for cell in line.split(",")]


def _json_labels(data: Data, text: str) -> list[str]:
    """Of `1`, `[1, 0]`, `{"label": 1}` or `{"instances": […]}`; an object has "label", or the label's own name."""
    try:
        document = json.loads(text)
        if isinstance(document, Mapping):
            document = document.get("instances", [document])
        found = document if isinstance(document, list) else [document]
        return [_one_label(data, one) for one in found]
    except (ValueError, RecursionError, KeyError) as error:
        raise Rejected(NO_LABEL) from error


def _one_label(data: Data, found: Any) -> str:
    if isinstance(found, Mapping):
        found = found["label"] if "label" in found else found[data.label]
    if isinstance(found, bool):
        return str(int(found)) if data.positive is None else str(found).lower()
    if not isinstance(found, str | int | float):
        raise ValueError
    return str(found)
