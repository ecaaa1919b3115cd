"""Captures, labels and an experiment, made by chance from a seed; and what they come to, counted in plain Python."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from leeway.experiment.assignment import Arm, Assignment, Attributes, place
from leeway.outcomes.cohorts import CohortCounts, count
from leeway.outcomes.plan import Slice
from leeway.outcomes.truth import Question
from leeway.spec import Data

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 2, 3, tzinfo=UTC)
EPOCH = 7
ASSIGNMENT = Assignment(
    experiment="churn-2", epoch=EPOCH, champion=Arm(version=1, endpoint="e", slot="a"),
    challenger=Arm(version=12, endpoint="e", slot="b"), share=30, begin=BEGIN,
)  # fmt: skip
PIECE = Slice(assignment=ASSIGNMENT, begin=BEGIN, end=BEGIN + HOUR)
DATA = Data(id="id", label="churned", columns=())


def capture(
    event: str, answer: str | None, at: datetime = BEGIN, *, attributes: str = "", inference: str = "", **half: str
) -> dict[str, Any]:
    """A record as SageMaker writes one."""
    metadata: dict[str, Any] = {"eventId": event, "inferenceTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    if attributes:
        metadata["customAttributes"] = [attributes]
    if inference:
        metadata["inferenceId"] = inference
    data: dict[str, Any] = {"endpointInput": {"observedContentType": "text/csv", "data": "1,2\n", "encoding": "CSV"}}
    if answer is not None:
        data["endpointOutput"] = {"observedContentType": "text/csv", "data": answer, "encoding": "CSV", **half}
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def label(key: str, data: str, encoding: str = "CSV") -> dict[str, Any]:
    """A record as Model Monitor takes one."""
    return {
        "groundTruthData": {"data": data, "encoding": encoding},
        "eventMetadata": {"eventId": key},
        "eventVersion": "0",
    }


def told(unit: str, *, epoch: int = EPOCH, fell_back: bool = False, version: int | None = None) -> str:
    """What predict says of a request for a unit."""
    where = place(ASSIGNMENT.experiment, unit)
    version = version or ASSIGNMENT.arm(where).version
    return str(Attributes(epoch=epoch, version=version, unit=where, fell_back=fell_back))


def written(folder: Path, name: str, lines: list[Any]) -> Path:
    path = folder / name
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path


def counted(
    folder: Path, champion: list[Any], challenger: list[Any], labels: list[Path], question: Question, **more: Any
) -> CohortCounts:
    paths = ([written(folder, "a.jsonl", champion)], [written(folder, "b.jsonl", challenger)])
    return count(duckdb.connect(), paths, labels, more.pop("piece", PIECE), question, **more)


@dataclass
class World:
    """An hour, or several, of traffic by chance; what is true of it is known here."""

    chance: random.Random
    slots: tuple[list[Any], list[Any]] = ((), ())  # type: ignore[assignment]
    labels: list[list[tuple[str, Any]]] = field(default_factory=list)  # of each file: id and record
    csv: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, seed: int, records: int = 400, hours: int = 1) -> World:
        world = cls(chance=random.Random(seed), slots=([], []), labels=[[] for _ in range(4)], csv={1, 3})
        for number in range(records):
            world.ask(number, BEGIN + hours * HOUR * world.chance.random())
        return world

    def ask(self, number: int, at: datetime) -> None:
        """One request, and perhaps labels for it."""
        chance, event = self.chance, f"event-{number}"
        score = round(chance.random(), 3)
        unit = f"customer-{chance.randrange(150)}"
        attributes, slot = chance.choice([
            ("", chance.randrange(2)), ("tenant=a", chance.randrange(2)),
            (told(unit), 0), (told(unit), 1), (told(unit), 1), (told(unit, epoch=6), 0), (told(unit, version=9), 0),
            (told(unit, fell_back=True, version=12), 0),
            (f"leeway epoch={EPOCH} version=1", 0), (f"leeway epoch={EPOCH} version=12 fell-back", 0),
            ("leeway epoch=6 version=1", 0), (told(unit) + "0", 0),
        ])  # fmt: skip
        inference = f"inference-{number}" if chance.random() < 0.3 else ""
        answer: dict[str, Any] = chance.choice([
            {"answer": f"{score}\n"}, {"answer": f"{score}\n"}, {"answer": str(score)}, {"answer": f" {score}"},
            {"answer": json.dumps({"predictions": [{"score": score}]}), "encoding": "JSON"},
            {"answer": base64.b64encode(str(score).encode()).decode(), "encoding": "BASE64"},
            {"answer": f"{score},0.1\n"}, {"answer": "error"}, {"answer": None}, {"answer": "5e-1"}, {"answer": "nan"},
        ])  # fmt: skip
        self.slots[slot].append(capture(event, at=at, attributes=attributes, inference=inference, **answer))
        self.answer(inference or event, chance.choice(["0", "1"]))

    def answer(self, key: str, truth: str) -> None:
        """Labels by chance: one, none, several, changed, contradictory, unreadable, under another id."""
        chance, other = self.chance, "1" if truth == "0" else "0"
        kinds: list[list[tuple[int, str]]] = [
            [(0, truth)], [(1, truth)], [(2, f" {truth}")], [(3, f"{truth}.0")], [], [(0, truth), (0, truth)],
            [(0, truth), (2, truth)], [(0, other), (2, truth)], [(1, truth), (3, other)], [(2, truth), (2, other)],
            [(0, other), (2, truth), (2, other)], [(0, "2")], [(2, f"{truth},{truth}")],
            [(0, json.dumps({"label": 1}))],
        ]  # fmt: skip
        for file, text in chance.choice(kinds):
            if file not in self.csv:
                json_ = text.startswith("{")
                self.labels[file].append((key, label(key, text, "JSON" if json_ else "CSV")))
            else:
                self.labels[file].append((key, f"{key},{text}"))
        if chance.random() < 0.1:
            self.labels[0].append(("nobody", label(f"nobody-{chance.random()}", truth)))
        if chance.random() < 0.02:
            self.labels[0].append(("", '{"groundTruthData": '))
            self.labels[1].append(("", '"never closed,1'))

    def write(self, folder: Path) -> list[Path]:
        """The label files, in the order in which they count."""
        for lines in self.labels:
            self.chance.shuffle(lines)
        return [
            written(
                folder, f"labels-{n}", (["inference_id,label"] if n in self.csv else []) + [line for _, line in lines]
            )
            for n, lines in enumerate(self.labels)
        ]
