"""The packed code: equal trees give equal bytes, and an archive holds all that its programs import, and no more."""

from __future__ import annotations

import ast
import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.code import COUNTING, LAYER, build_code
from tests.training.image import ROOT
from tests.training.job import Job, contents

pytestmark = pytest.mark.training
ENTRIES = {"inference.py", "setup.py", "train.py"}


def in_tar(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def in_zip(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed() -> tuple[dict[str, bytes], dict[str, bytes]]:
    files = build_code()["files"]
    return in_tar(files["sourcedir.tar.gz"]), in_zip(files["training.pyz"])


def test_equal_trees_give_equal_bytes(tmp_path: Path) -> None:
    """Wherever they lie, whenever they were written, whatever lies beside."""
    shutil.copytree(ROOT / "training", tmp_path / "training", copy_function=shutil.copyfile)
    layer = tmp_path / "layers/core/leeway"
    layer.mkdir(parents=True)
    for name in (*LAYER, *(name.removeprefix("leeway/") for name in COUNTING if name.startswith("leeway/"))):
        (layer / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "layers/core/leeway" / name, layer / name)
    for number, path in enumerate(sorted(tmp_path.rglob("*.py"))):
        os.utime(path, (number, number))
        path.chmod(0o700)
    (tmp_path / "training/steps/notes.txt").write_text("not code")
    assert build_code(tmp_path / "training") == build_code() == build_code()

    with (tmp_path / "training/steps/split.py").open("a") as source:
        source.write("# changed\n")
    changed = build_code(tmp_path / "training")
    assert changed["sha256"] != build_code()["sha256"]
    assert changed["files"].keys() == build_code()["files"].keys()


def test_nothing_of_machine_or_moment_is_in_the_archives() -> None:
    files = build_code()["files"]
    assert files["sourcedir.tar.gz"][4:8] == b"\0\0\0\0", "gzip's time"
    with tarfile.open(fileobj=io.BytesIO(files["sourcedir.tar.gz"])) as archive:
        members = archive.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.isreg()) for m in members} == {
        (0, 0, 0, "", "", 0o644, True)
    }
    assert [m.name for m in members] == sorted(m.name for m in members)
    with zipfile.ZipFile(io.BytesIO(files["training.pyz"])) as pyz:
        assert {info.date_time for info in pyz.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_both_hold_the_same_packages_beside_their_entries() -> None:
    source, pyz = packed()
    assert set(source) - set(pyz) == ENTRIES
    assert set(pyz) - set(source) == {"__main__.py", *COUNTING}
    assert all(source[name] == body for name, body in pyz.items() if name in source)


def test_an_archive_holds_what_is_imported_and_no_more(trained: Job, tmp_path: Path) -> None:
    """After all steps and the endpoint have run in one process: all modules of the archive, none from elsewhere."""
    source, _ = packed()
    trained.read(trained.folder / "data", tmp_path)
    assert trained.image.serve(trained.model, (b"yes,a,7,here,0.5", "text/csv", "*/*"))[0].status == 200
    imported = trained.image.value("loaded", folder=str(trained.image.code))
    assert set(imported) | {"setup.py", "train.py"} == set(source)
    assert trained.image.value("loaded", folder=str(ROOT / "training")) == []
    assert trained.image.value("loaded", folder=str(ROOT / "layers")) == []


def test_setup_names_every_package_and_module() -> None:
    """The container installs the folder by pip: what setup.py leaves out is not there."""
    source, _ = packed()
    (call,) = [node for node in ast.walk(ast.parse(source["setup.py"])) if isinstance(node, ast.Call)]
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert given["packages"] == sorted({name.partition("/")[0] for name in source if "/" in name})
    assert given["py_modules"] == sorted(name.removesuffix(".py") for name in ENTRIES - {"setup.py"})
    assert all(f"{package}/__init__.py" in source for package in given["packages"])


def test_the_processing_job_runs_from_its_archive_alone(real: Callable[[str], Job], tmp_path: Path) -> None:
    """Evaluate, in a process with nothing else on its path; Prepare runs so in test_prepare.py."""
    job = real("telco")
    job.evaluate()
    expected = contents(job.output / "evaluate")
    pyz = shutil.copy(job.image.pyz, tmp_path)
    arguments = job.evaluation() | {"output": tmp_path / "output"}
    words = [word for key, value in arguments.items() for word in (f"--{key}", value)]
    done = job.image.run(["-I", pyz, "evaluate", *words], tmp_path, PYTHONHASHSEED=3)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("passed: 1; auc 0.")
    assert contents(tmp_path / "output") == expected


def test_the_processing_job_says_what_it_takes(trained: Job, tmp_path: Path) -> None:
    for words in ([], ["tune"]):
        done = trained.image.run(["-I", trained.image.pyz, *words], tmp_path)
        assert (done.returncode, done.stderr) == (1, "usage: training.pyz read|prepare|evaluate|complete|count …\n")
