"""Segments and checkpoints: a training that was killed twice gives the bytes of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.training.image import PYTHON
from tests.training.job import Job, contents

pytestmark = [pytest.mark.training, pytest.mark.story]
ROUNDS, SEGMENT = 400, 100
CHANCE = {"num_round": ROUNDS, "subsample": 0.5, "colsample_bytree": 0.7}


def begun(job: Job, place: Path, **changes: object) -> subprocess.Popen[str]:
    """The training in a process of its own, as SageMaker starts it, with a folder for checkpoints."""
    (place / "checkpoints").mkdir(parents=True, exist_ok=True)
    given = job.hyperparameters(**(CHANCE | changes))
    env = {name: str(value) for name, value in job.channels(place / "model").items()}
    return subprocess.Popen(
        [str(PYTHON), "-m", "train", *(word for name, value in given.items() for word in (f"--{name}", str(value)))],
        cwd=job.image.code,
        env={"PATH": os.defpath, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pipesize=4096,
    )


def finished(job: Job, place: Path, **changes: object) -> list[str]:
    process = begun(job, place, **changes)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    return told.splitlines()


def files(place: Path) -> list[Path]:
    return sorted((place / "checkpoints").glob("*.checkpoint"))


def interrupted(job: Job, place: Path, at: str, number: int) -> list[str]:
    """What it said until it ended; the signal comes after a line, and at most the 90 lines later that a pipe holds."""
    process = begun(job, place)
    assert process.stdout is not None
    told = []
    with process:
        for line in process.stdout:
            told.append(line.rstrip())
            if at and line.startswith(at):
                at = ""
                process.send_signal(number)
    assert process.returncode != 0, told
    assert not (place / "model").exists()
    return told


@pytest.fixture(scope="module")
def whole(trained: Job, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The model of a training that nothing came between, without checkpoints."""
    model = tmp_path_factory.mktemp("whole") / "model"
    trained.train(model, **CHANCE)
    return contents(model)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_interrupted_twice_the_model_is_the_same(
    trained: Job, whole: dict[str, bytes], tmp_path: Path, number: int
) -> None:
    interrupted(trained, tmp_path, f"[{SEGMENT}]", number)
    second = interrupted(trained, tmp_path, "resumed", number)
    third = finished(trained, tmp_path)
    assert second[0].startswith("resumed after round ")
    assert third[0].startswith("resumed after round ")
    assert third[-1].startswith(f"[{ROUNDS - 1}]")
    assert contents(tmp_path / "model") == whole


def test_a_segment_that_is_nearly_done_is_done_before_the_instance_goes(trained: Job, tmp_path: Path) -> None:
    told = interrupted(trained, tmp_path, "[1]", signal.SIGTERM)
    rounds = sum(line.startswith("[") for line in told)
    assert rounds in (SEGMENT, 2 * SEGMENT)
    assert told[-1] == f"interrupted after {rounds} rounds; checkpoints hold {rounds}"
    assert finished(trained, tmp_path)[0] == f"resumed after round {rounds - 1}"


def test_a_training_that_waited_for_nothing_writes_the_same_model(
    trained: Job, whole: dict[str, bytes], tmp_path: Path
) -> None:
    finished(trained, tmp_path)
    assert contents(tmp_path / "model") == whole
    assert len(files(tmp_path)) == 2


def test_what_is_of_another_training_or_damaged_is_ignored_and_said(
    trained: Job, whole: dict[str, bytes], tmp_path: Path
) -> None:
    finished(trained, tmp_path, seed=7)  # a trial of the same tuning, say
    (tmp_path / "checkpoints" / "note").write_text("no checkpoint")
    finished(trained, tmp_path)
    ours = files(tmp_path)
    assert len(ours) == 4
    for path in ours:
        body = path.read_bytes()
        path.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    (tmp_path / "checkpoints" / "half.checkpoint").write_bytes(ours[0].read_bytes()[:40])
    told = finished(trained, tmp_path)
    said = [line for line in told if line.startswith("checkpoint ")]
    assert sum(line.endswith("it is of another training") for line in said) == 2
    assert sum(line.endswith("it is damaged") for line in said) == 2
    assert sum(line.endswith("it is no checkpoint, or not a whole one") for line in said) == 2
    assert told[len(said)].startswith("[0]#011train-")
    assert contents(tmp_path / "model") == whole


def test_of_two_checkpoints_a_damaged_one_leaves_the_one_before(
    trained: Job, whole: dict[str, bytes], tmp_path: Path
) -> None:
    finished(trained, tmp_path)
    newest = max(files(tmp_path), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-1])
    assert f"resumed after round {2 * SEGMENT - 1}" in finished(trained, tmp_path)
    assert contents(tmp_path / "model") == whole


def test_early_stopping_remembers_its_best_round(trained: Job, tmp_path: Path) -> None:
    """It stops in the second segment, whose first 50 rounds another process did."""
    stops = {"num_round": 200, "eta": 0.3, "early_stopping_rounds": 60, "eval_metric": "logloss"}
    model = tmp_path / "whole/model"
    lines = trained.train(model, **(CHANCE | stops))
    assert 60 < len(lines) < 200
    place = tmp_path / "again"
    first = finished(trained, place, **stops)
    again = finished(trained, place, **stops)
    assert [line for line in first if line.startswith("[")] == lines
    assert again[0].startswith("resumed after round ")
    assert contents(place / "model") == contents(model)


@pytest.mark.parametrize("changes", [{"booster": "dart", "rate_drop": 0.2}, {"tree_method": "approx"}])
def test_other_boosters_and_methods_resume_alike(trained: Job, tmp_path: Path, changes: dict[str, object]) -> None:
    shorter = {"num_round": 120} | changes
    finished(trained, tmp_path, **shorter)
    first = contents(tmp_path / "model")
    told = finished(trained, tmp_path, **shorter)
    assert told[0] == "resumed after round 99"
    assert contents(tmp_path / "model") == first


def test_a_seed_is_a_number(trained: Job, tmp_path: Path) -> None:
    found = trained.image.step("train", trained.hyperparameters(seed="x"), trained.channels(tmp_path / "model"))
    assert found["exit"] == 'training failed: seed is "x"; allowed: a whole number, 0 or more'
