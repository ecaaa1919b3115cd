"""Cohorts: what DuckDB counts of captures and labels is what a plain loop counts, whatever is wrong with either."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway.errors import Rejected
from leeway.experiment.assignment import Attributes
from leeway.experiment.evidence import Cohort
from leeway.outcomes import labels, truth, units
from leeway.outcomes.truth import Question
from leeway.spec import MULTICLASS, REGRESSION
from tests.unit.outcomes.made import (
    ASSIGNMENT,
    BEGIN,
    DATA,
    EPOCH,
    HOUR,
    PIECE,
    World,
    capture,
    counted,
    label,
    told,
    written,
)

pytestmark = pytest.mark.unit
SECOND = timedelta(seconds=1)
BY_UNIT = Question(data=DATA, problem="binary", unit="unit_id")
BY_REQUEST = Question(data=DATA, problem="binary")


class Recount:
    """The rules of a cohort, one record after the other."""

    def __init__(self, world: World, question: Question) -> None:
        self.world, self.question = world, question
        self.truths = self._truths()

    def _truths(self) -> dict[str, str]:
        """The label of each id: of the last file, unless that contradicts itself."""
        files: dict[str, dict[int, set[str]]] = {}
        for number, lines in enumerate(self.world.labels):
            for key, line in lines:
                text = line.rpartition(",")[2] if isinstance(line, str) else line["groundTruthData"]["data"]
                if isinstance(line, str) and line.count(",") != 1:
                    continue
                text = text.strip().removesuffix(".0")
                files.setdefault(key, {}).setdefault(number, set()).add(text)
        last = {key: found[max(found)] for key, found in files.items()}
        return {key: texts.pop() for key, texts in last.items() if len(texts) == 1}

    def units(self, begin: Any, end: Any, seen: set[str]) -> dict[str, tuple[int, bool, str, dict[str, Any]]]:
        """Of each unit its first record: arm, fallen back, id of its label, record."""
        found: dict[str, tuple[Any, tuple[int, bool, str, dict[str, Any]]]] = {}
        for slot, records in enumerate(self.world.slots):
            for record in records:
                metadata = record["eventMetadata"]
                at = metadata["inferenceTime"]
                if not f"{begin:%Y-%m-%dT%H:%M:%S}" <= at[:19] < f"{end:%Y-%m-%dT%H:%M:%S}":
                    continue
                said = Attributes.parse(metadata.get("customAttributes", [""])[0])
                key = metadata.get("inferenceId") or metadata["eventId"]
                arms = {1: 0, 12: 1}
                if self.question.unit == "unit_id":
                    if said is None or not said.unit or said.epoch != EPOCH or said.version not in arms:
                        continue
                    unit, arm, fell = said.unit, arms[said.version], said.fell_back
                else:
                    if said is not None and (said.unit or said.epoch != EPOCH):
                        continue
                    if said is None and metadata.get("customAttributes", [""])[0].startswith("leeway"):
                        continue
                    fell = bool(said and said.fell_back)
                    unit, arm = key, 1 if said and said.version == 12 and fell else slot
                first = (at, units_hash(key))
                if unit not in seen and (unit not in found or first < found[unit][0]):
                    found[unit] = (first, (arm, fell, key, record))
        return {unit: one for unit, (_, one) in found.items()}

    def cohort(self, found: dict[str, tuple[int, bool, str, dict[str, Any]]]) -> tuple[Cohort, list[int], list[int]]:
        assigned, labelled, usable, successes = [0, 0], [0, 0], [0, 0], [0, 0]
        for arm, fell, key, record in found.values():
            assigned[arm] += 1
            if key not in self.truths:
                continue
            labelled[arm] += 1
            text = self.truths[key]
            values = ["1"] if text.startswith("{") else text.split(",")
            if not set(values) <= {"0", "1"}:
                continue
            scores = scores_of(record)
            if self.question.reward == "correct" and scores is not None and len(scores) != len(values):
                continue
            usable[arm] += 1
            if self.question.reward == "outcome":
                success = values[0] == "1"
            else:
                success = scores is not None and (scores[0] >= 0.5) == (values[0] == "1")
            successes[arm] += success and not fell
        numbers = (usable[0], successes[0], usable[1], successes[1])
        names = ("champion", "champion_successes", "challenger", "challenger_successes")
        return Cohort(**dict(zip(names, numbers, strict=True))), assigned, labelled


def units_hash(key: str) -> int:
    """What decides between records of one second."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "little") >> 16


def scores_of(record: dict[str, Any]) -> list[float] | None:
    half = record["captureData"].get("endpointOutput")
    if half is None or half["data"] in {"error", "nan"}:
        return None
    text = base64.b64decode(half["data"]).decode() if half["encoding"] == "BASE64" else half["data"]
    if half["encoding"] == "JSON":
        return [one["score"] for one in json.loads(text)["predictions"]]
    return [float(one) for one in text.split(",")]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("unit", ["unit_id", "request"])
@pytest.mark.parametrize("reward", ["correct", "outcome"])
def test_duckdb_counts_as_a_plain_loop_does(tmp_path: Path, seed: int, unit: str, reward: str) -> None:
    world = World.of(seed)
    question = Question(data=DATA, problem="binary", reward=reward, unit=unit)
    files = world.write(tmp_path)
    found = counted(tmp_path, *world.slots, files, question)
    recount = Recount(world, question)
    cohort, assigned, labelled = recount.cohort(recount.units(PIECE.begin, PIECE.end, set()))
    assert (found.cohort, list(found.assigned), list(found.labelled)) == (cohort, assigned, labelled)
    assert 0 < cohort.champion_successes < cohort.champion
    assert 0 < cohort.challenger_successes < cohort.challenger
    assert found.unused[labels.CHANGED]
    assert found.unused[labels.CONTRADICTED]
    assert found.unused[labels.REPEATED]
    assert found.unused[labels.ELSEWHERE]
    assert found.unused[truth.NO_LABEL]


@pytest.mark.parametrize("seed", range(2))
def test_a_unit_counts_in_the_slice_of_its_first_prediction_alone(tmp_path: Path, seed: int) -> None:
    world = World.of(seed, records=600, hours=3)
    files, recount, seen = world.write(tmp_path), Recount(world, BY_UNIT), None
    known: set[str] = set()
    for hour in range(3):
        piece = replace(PIECE, begin=BEGIN + hour * HOUR, end=BEGIN + (hour + 1) * HOUR)
        keep = tmp_path / f"seen-{hour}.parquet"
        for _ in range(2):  # the same again gives the same
            found = counted(tmp_path, *world.slots, files, BY_UNIT, piece=piece, seen=seen, keep=keep)
            units_ = recount.units(piece.begin, piece.end, known)
            cohort, assigned, _ = recount.cohort(units_)
            assert (found.cohort, list(found.assigned)) == (cohort, assigned)
        seen, known = keep, known | set(units_)
    assert len(known) > 100


def arms(cohort: Cohort) -> tuple[tuple[int, int], tuple[int, int]]:
    return (cohort.champion, cohort.champion_successes), (cohort.challenger, cohort.challenger_successes)


def test_what_fell_back_counts_against_the_challenger_whatever_came_of_it(tmp_path: Path) -> None:
    fallen = capture("one", "0.9", attributes=told("anyone", fell_back=True, version=12))
    files = [written(tmp_path, "labels", [label("one", "1")])]
    for reward in ("correct", "outcome"):
        question = Question(data=DATA, problem="binary", unit="unit_id", reward=reward)
        found = counted(tmp_path, [fallen], [], files, question)
        assert arms(found.cohort) == ((0, 0), (1, 0))
    assert counted(tmp_path, [fallen], [], [], BY_UNIT).labelled == (0, 0), "without a label it says nothing"


@pytest.mark.parametrize("unit", ["0" * 16, ""])
def test_a_challenger_that_answered_too_late_counts_once_and_as_fallen_back(tmp_path: Path, unit: str) -> None:
    """`predict` gives up waiting and asks the champion; SageMaker captures both answers, with one inference id."""
    assigned = Attributes(epoch=EPOCH, version=12, unit=unit)
    late = capture("one", "0.9", attributes=str(assigned))
    instead = capture("one", "0.9", attributes=str(replace(assigned, fell_back=True)), at=BEGIN + SECOND)
    others = [capture("two", "0.9", attributes=str(replace(assigned, unit=unit and "f" * 16)))]
    files = [written(tmp_path, "labels", [label("one", "1"), label("two", "1")])]
    question = BY_UNIT if unit else BY_REQUEST
    found = counted(tmp_path, [instead], [late, *others], files, question)
    assert arms(found.cohort) == ((0, 0), (2, 1))
    assert (found.assigned, found.unused) == ((0, 2), {units.AGAIN: 1})


def test_units_and_requests_are_never_mixed(tmp_path: Path) -> None:
    records = [
        capture("1", "0.9", attributes=told("c", version=1)), capture("2", "0.9"),
        capture("3", "0.9", attributes=told("d", epoch=6)), capture("4", "0.9", attributes=told("d", version=4)),
        capture("5", "0.9", attributes=f"leeway epoch={EPOCH} version=1"),
    ]  # fmt: skip
    assert counted(tmp_path, records, [], [], BY_UNIT).unused == {
        units.BY_REQUEST: 2, units.OTHER_EPOCH: 1, units.OTHER_VERSION: 1,
    }  # fmt: skip
    found = counted(tmp_path, records, [], [], BY_REQUEST)
    assert (found.assigned, found.unused) == ((2, 0), {units.BY_UNIT: 3})


def test_what_is_no_record_is_counted_by_its_reason(tmp_path: Path) -> None:
    good = capture("1", "0.9")
    nameless = good | {"eventMetadata": {"inferenceTime": "2026-03-02T03:00:01Z"}}
    timeless = good | {"eventMetadata": {"eventId": "2", "inferenceTime": "2026-03-02 or so"}}
    outside = capture("3", "0.9", at=BEGIN + HOUR)
    found = counted(tmp_path, [good, nameless, timeless, outside, "no JSON", good], [], [], BY_REQUEST)
    assert found.assigned == (1, 0)
    assert found.unused == {units.NO_RECORD: 1, units.NO_TIME: 1, units.NO_ID: 1, units.AGAIN: 1}


def test_a_line_that_is_no_record_takes_no_other_with_it(tmp_path: Path) -> None:
    found = counted(tmp_path, [capture("1", "0.9"), "[1]", capture("2", "0.9"), '{"captureData":'], [], [], BY_REQUEST)
    assert (found.assigned, found.unused) == ((2, 0), {units.NO_RECORD: 2})


def test_an_answer_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    """Or a challenger that answers nonsense where it does not know would look the better one."""
    records = [capture(f"{n}", answer) for n, answer in enumerate(["0.9", "nan", None, "Internal Server Error"])]
    files = [written(tmp_path, "labels", [label(f"{n}", "1") for n in range(4)])]
    found = counted(tmp_path, [], records, files, BY_REQUEST)
    assert arms(found.cohort) == ((0, 0), (4, 1))
    assert found.unused == {truth.NO_ANSWER: 3}


def test_of_several_classes_the_likeliest_by_each_arms_own_order(tmp_path: Path) -> None:
    question = Question(data=DATA, problem=MULTICLASS)
    answers = {"csv": "0.5,0.5,0.1\n", "json": json.dumps({"predictions": [{"score": 0.5, "label": "b"}]})}
    records = [capture("1", answers["csv"]), capture("2", answers["json"], encoding="JSON")]
    files = [written(tmp_path, "labels", [label("1", "a"), label("2", "b")])]
    orders = ("a", "b", "c"), ("b", "a", "c")
    assert arms(counted(tmp_path, records, [], files, question, classes=orders).cohort)[0] == (2, 2)
    assert arms(counted(tmp_path, [], records, files, question, classes=orders).cohort)[1] == (2, 1)


@pytest.mark.parametrize("positive", ["Yes", "ÇA", "a,b", "O'Hara"])
def test_a_positive_class_by_its_name(tmp_path: Path, positive: str) -> None:
    texts = [positive, f" {positive} ", "No", positive.swapcase(), "none", "", "1"]
    records = [capture(f"{n}", "0.9") for n in range(len(texts))]
    files = [written(tmp_path, "labels", [label(f"{n}", json.dumps(text), "JSON") for n, text in enumerate(texts)])]
    question = Question(data=replace(DATA, positive=positive), problem="binary")
    expected = counted(tmp_path, records, [], files, question)
    assert arms(expected.cohort)[0] == (4, 2)
    assert expected.unused == {truth.NO_LABEL: 3}
    if "," not in positive:
        files = [written(tmp_path, "plain", [label(f"{n}", text) for n, text in enumerate(texts)])]
        assert counted(tmp_path, records, [], files, question) == expected


@pytest.mark.parametrize(
    ("problem", "reward", "reason"),
    [
        (REGRESSION, "correct", "a number is never simply right"), (REGRESSION, "outcome", "a number is never"),
        (MULTICLASS, "outcome", "only a binary label"), ("binary", "both", "by correct or outcome"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused(problem: str, reward: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        Question(data=DATA, problem=problem, reward=reward)


def test_an_epoch_without_a_challenger_is_refused(tmp_path: Path) -> None:
    alone = replace(PIECE, assignment=replace(ASSIGNMENT, challenger=None))
    with pytest.raises(Rejected, match="without a challenger"):
        counted(tmp_path, [], [], [], BY_UNIT, piece=alone)


def test_nothing_of_the_data_stands_in_a_reason(tmp_path: Path) -> None:
    secret = "mary@example.org"
    records = [capture(secret, secret, attributes=secret), capture("2", f"{secret},1"), capture("3", "0.5"), secret]
    lines = [label("2", secret), label("3", json.dumps({secret: 1}), "JSON"), secret, label(secret, "1", secret)]
    files = [written(tmp_path, "labels", lines), written(tmp_path, "csv", [secret, f"{secret},1"])]
    found = counted(tmp_path, records, records, files, BY_REQUEST)
    assert found.unused
    assert secret not in str(found)
