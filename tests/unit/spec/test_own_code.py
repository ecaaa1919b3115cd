"""training.entry and training.prepare: a program beside model.toml, which is there, stays there, and can be run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leeway_cli.model_toml.check import Checked, check
from tests.unit.spec.texts import SHORTEST

pytestmark = pytest.mark.unit


def judged(folder: Path, path: str = "train.py", more: str = "", body: str | None = None) -> Checked:
    """A model.toml that names a program, in a folder of its own."""
    home = folder / "model"
    home.mkdir(exist_ok=True)
    if body is not None:
        (home / "train.py").write_text(body)
    (home / "model.toml").write_text(SHORTEST + f"[training]\nentry = {json.dumps(path)}\n{more}")
    return check(home)


def said(checked: Checked) -> str:
    assert checked.spec is None
    (problem,) = checked.problems
    return problem.text("model.toml")


def test_the_program_is_read_with_the_specification(tmp_path: Path) -> None:
    checked = judged(tmp_path, body="print(1)\n")
    assert checked.spec is not None, checked.lines()
    assert checked.spec.training.entry == "train.py"
    assert checked.own == {"train.py": b"print(1)\n"}


def test_it_may_lie_deeper_and_be_a_link_inside(tmp_path: Path) -> None:
    (tmp_path / "model/code").mkdir(parents=True)
    (tmp_path / "model/code/fit.py").write_text("print(2)\n")
    (tmp_path / "model/link.py").symlink_to("code/fit.py")
    for path in ("code/fit.py", "link.py"):
        assert judged(tmp_path, path).own == {"train.py": b"print(2)\n"}


@pytest.mark.parametrize("path", ["../train.py", "code/../../train.py", "/etc/passwd"])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "train.py").write_text("print(3)\n")
    assert "leads out of the model's folder; name a file beside model.toml" in said(judged(tmp_path, path))


@pytest.mark.parametrize("whole", [False, True], ids=["file", "folder"])
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, whole: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "train.py").write_text("print('a secret')\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/link").symlink_to(outside if whole else outside / "train.py")
    assert "is a link out of the model's folder" in said(judged(tmp_path, "link/train.py" if whole else "link"))


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    assert "is not there; put it into" in said(judged(tmp_path))
    assert "is no file" in said(judged(tmp_path, "."))
    assert "is not Python 3.10: " in said(judged(tmp_path, body="def fit(:\n"))
    assert "in line 1" in said(judged(tmp_path, body="type Number = int\n"))  # of Python 3.12
    assert "is not Python" in said(judged(tmp_path, body="\0"))
    assert "is larger than 1,000,000 bytes" in said(judged(tmp_path, body="#" * 1_000_001))
    (tmp_path / "model/loop").symlink_to("loop")
    assert "cannot be read" in said(judged(tmp_path, "loop"))
    assert "allowed: the path of a Python file in the model's folder" in said(judged(tmp_path, ""))


def test_both_programs_are_taken_and_each_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/prepare.py").write_text("print(4)\n")
    both = judged(tmp_path, more='prepare = "prepare.py"\n', body="print(1)\n")
    assert both.own == {"train.py": b"print(1)\n", "prepare.py": b"print(4)\n"}
    assert "training.prepare" in said(judged(tmp_path, more='prepare = "none.py"\n'))
    several = judged(tmp_path, more='prepare = "prepare.py"\nprepare_instances = 2\n')
    assert "share the files out for Leeway's own Prepare; leave it out, or training.prepare" in said(several)


def test_it_may_have_hyperparameters_of_any_name(tmp_path: Path) -> None:
    more = '[training.hyperparameters]\nbooster = "gblinear"\ndrop = 0.2\neta = 7\n'
    checked = judged(tmp_path, more=more, body="pass\n")
    assert checked.spec is not None, checked.lines()
    given = {"booster": "gblinear", "drop": 0.2, "eta": 7, "num_round": 200, "objective": "binary:logistic"}
    assert dict(checked.spec.training.hyperparameters) == given


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("seed = 3", "set training.seed instead"),
        ("sagemaker_program = 3", "is no name for a hyperparameter"),
        ('"two words" = 3', "is no name for a hyperparameter"),
        ("grid = [1, 2]", "allowed: a text of up to 2500 characters or a number"),
    ],
)
def test_hyperparameters_that_could_not_be_given_are_refused(tmp_path: Path, line: str, says: str) -> None:
    assert says in said(judged(tmp_path, more=f"[training.hyperparameters]\n{line}\n", body="pass\n"))


def test_the_built_in_algorithm_runs_no_code(tmp_path: Path) -> None:
    told = said(judged(tmp_path, more='algorithm = "builtin"\n', body="pass\n"))
    assert "is code, and the built-in algorithm runs none" in told
