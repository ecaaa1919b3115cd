"""A prepare.py of the model's own: each of its outputs is looked at, and what is wrong is one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.spec import ModelSpec
from tests.training import small
from tests.training.conftest import Make
from tests.training.job import Job, contents
from tests.training.test_own_code import own_code

pytestmark = pytest.mark.training
Spoil = Callable[[Job, Path], None]
OURS = "import sys\nfrom steps.prepare import main\nmain(sys.argv[1:])\n"


def array(file: str, expression: str) -> Spoil:
    """Put another array in the place of one, made of `a`."""

    def spoil(job: Job, output: Path) -> None:
        job.image.value("changed", path=str(output / file), expression=expression)

    return spoil


def gone(file: str) -> Spoil:
    return lambda job, output: (output / file).unlink()


def text(file: str, body: str) -> Spoil:
    def spoil(job: Job, output: Path) -> None:
        (output / file).write_text(body)

    return spoil


def encoders(**changes: Any) -> Spoil:
    def spoil(job: Job, output: Path) -> None:
        file = output / "train/encoders.json"
        found = json.loads(file.read_bytes())
        columns = changes.get("columns", lambda same: same)(found["columns"])
        file.write_text(json.dumps(found | changes | {"columns": columns}))

    return spoil


SPOILT = {
    "report": (gone("prepare/prepare.json"), "wrote no prepare/prepare.json"),
    "decision": (text("prepare/prepare.json", '{"ready": "yes"}'), "without ready (0 or 1) and reason (a text)"),
    "no json": (text("prepare/prepare.json", "ready"), "wrote prepare/prepare.json, which is not JSON"),
    "list": (text("baseline/baseline.json", "[]"), "wrote baseline/baseline.json, which is no JSON object"),
    "baseline": (gone("baseline/baseline.json"), "wrote no baseline/baseline.json"),
    "encoders": (gone("train/encoders.json"), "wrote no train/encoders.json"),
    "columns": (encoders(columns=lambda all_: all_[1:]), "other columns than model.toml declares: kind, n, place, x"),
    "label": (encoders(label="z"), "wrote train/encoders.json of binary z, not binary y"),
    "indicators": (encoders(indicators=True), "with indicators = True, which is for the other algorithm"),
    "features": (gone("train/features.npy"), "wrote no train/features.npy"),
    "validation": (gone("validation/labels.npy"), "wrote no validation/labels.npy"),
    "width": (array("train/features.npy", "a[:, 1:]"), "features.npy with 4 columns, and encoders.json has 5"),
    "length": (array("train/labels.npy", "a[1:]"), "train with rows that do not fit: 420 in features.npy, 419 in"),
    "empty": (array("validation/features.npy", "a[:0]"), "validation with rows that do not fit: 0 in features.npy"),
    "shape": (array("train/labels.npy", "a[:, None]"), "float32 of shape (420, 1); allowed: float32 with 1"),
    "type": (array("train/features.npy", "a.astype('f8')"), "wrote train/features.npy as float64 of shape (420, 5)"),
    "no array": (text("train/features.npy", "1,2,3"), "wrote train/features.npy, which numpy cannot read"),
    "classes": (array("train/labels.npy", "a * 2"), "wrote train/labels.npy with a label outside 0 to 1"),
    "no number": (array("train/labels.npy", "a * np.float32('nan')"), "labels.npy with a label that is no number"),
    "holdout": (gone("holdout/holdout.csv"), "wrote no holdout/holdout.csv"),
    "header": (text("holdout/holdout.csv", "id,y,flag,kind\n1,1,1,a\n"), "holdout.csv without the columns n, place, x"),
    "no rows": (text("holdout/holdout.csv", "id,y,flag,kind,n,place,x\n"), "wrote holdout/holdout.csv without a row"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT)
def test_an_output_that_is_missing_or_does_not_fit_is_named(
    trained: Job, tmp_path: Path, spoil: Spoil, said: str
) -> None:
    output = tmp_path / "output"
    shutil.copytree(trained.output, output)
    assert checked(trained, output, trained.spec) == ""
    spoil(trained, output)
    assert said in checked(trained, output, trained.spec)


def checked(job: Job, output: Path, spec: ModelSpec) -> str:
    found: str = job.image.value("prepared", output=str(output), spec=spec.to_json())
    return found


def test_what_is_not_ready_needs_nothing_else(trained: Job, tmp_path: Path) -> None:
    (tmp_path / "prepare").mkdir()
    (tmp_path / "prepare/prepare.json").write_text('{"ready": 0, "reason": "a holiday"}')
    assert checked(trained, tmp_path, trained.spec) == ""


def test_for_the_built_in_algorithm_csv_is_looked_at(make: Make) -> None:
    model = replace(small.spec(), training=replace(small.spec().training, algorithm="builtin"))
    job = make(small.records(400), model)
    job.prepare()
    assert checked(job, job.output, model) == ""
    (job.output / "train/notes.txt").write_text("for people")
    assert "wrote notes.txt, train.csv into train; allowed: train.csv alone" in checked(job, job.output, model)
    (job.output / "train/notes.txt").unlink()
    (job.output / "validation/validation.csv").write_text("1,2,3\n")
    told = "wrote validation/validation.csv with 3 cells in its first line; allowed: 10"
    assert checked(job, job.output, model) == told


def run(job: Job, folder: Path, program: str) -> Any:
    pyz = own_code(folder, prepare=program) / "training.pyz"
    arguments = job.arguments(folder / "output") | {"wheels": job.image.wheels}
    words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    return job.image.run(["-I", pyz, "prepare", *words], folder)


def test_it_may_call_the_step_of_ours(trained: Job, tmp_path: Path) -> None:
    done = run(trained, tmp_path, OURS)
    assert done.returncode == 0, done.stderr
    ours = {name: body for name, body in contents(trained.output).items() if not name.startswith("evaluate/")}
    assert contents(tmp_path / "output") == ours


@pytest.mark.story
def test_what_it_did_wrong_is_the_last_line_of_the_log(trained: Job, tmp_path: Path) -> None:
    done = run(trained, tmp_path, "print('nothing to do')")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "preparation failed: training.prepare wrote no prepare/prepare.json"
    done = run(trained, tmp_path, "raise KeyError('tenure')")
    assert "KeyError: 'tenure'" in done.stderr
    told = "the program of training.prepare ended with exit code 1; what it printed stands above"
    assert done.stderr.splitlines()[-1] == told
