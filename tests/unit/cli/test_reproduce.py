"""Making a version again: the container's words and folders on this machine, and what is told of the outcome."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.errors import Missing, Rejected
from leeway_cli.exits import Bad, Usage
from leeway_cli.lineage import rebuild, verdict
from leeway_cli.lineage.recorded import Input
from leeway_cli.lineage.verdict import Pair, Verdict
from tests.unit.cli.test_lineage import origin

pytestmark = pytest.mark.unit
ONE, TWO = "a" * 64, "b" * 64
EQUAL = Verdict(
    version=1,
    model="churn",
    files=[Pair(name="xgboost-model", recorded=ONE, here=ONE)],
    archive=Pair(name="model.tar.gz", recorded=TWO, here=TWO),
    kept=True,
    libraries=[Pair(name="xgboost", recorded="3.0.5", here="3.0.5")],
)


def test_hyperparameters_are_words_as_the_container_makes_them() -> None:
    given = {
        "max_depth": "4",
        "eta": "0.150",
        "objective": "binary:logistic",
        "a": "1",
        "metric": '["auc"]',
        "q": '"x"',
    }
    assert rebuild.arguments(given) == [
        "-a", "1", "--eta", "0.15", "--max_depth", "4", "--metric", '["auc"]', "--objective", "binary:logistic",
        "-q", "x",
    ]  # fmt: skip


def test_a_containers_folder_stays_inside(tmp_path: Path) -> None:
    assert rebuild.inside(tmp_path, "/opt/ml/processing/input") == tmp_path / "processing/input"
    for path in ("/etc", "/opt/ml/../x", "/opt/mlx"):
        with pytest.raises(Rejected):
            rebuild.inside(tmp_path, path)


def test_an_object_that_leads_out_of_its_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "_below", lambda *_: {"../../evil": "s3://b/p/../../evil"})
    monkeypatch.setattr(rebuild, "_download", lambda *_: pytest.fail("downloaded"))
    with pytest.raises(Rejected, match="leads out"):
        rebuild.bring(None, Input(uri="s3://b/p", path="", listed=False), tmp_path / "in")  # type: ignore[arg-type]


class Listing:
    """A target whose bucket holds some keys."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def client(self, _: str) -> Any:
        return self

    get_paginator = client

    def paginate(self, **request: str) -> Any:
        return [{"Contents": [{"Key": key} for key in self.keys if key.startswith(request["Prefix"])]}]


def test_a_prefix_brings_what_lies_below_it_and_no_neighbour() -> None:
    bucket: Any = Listing("runs/a/x.npy", "runs/a/deep/y.npy", "runs/ab/z.npy", "specs/one.json")
    assert rebuild._below(bucket, "s3://b/runs/a") == {
        "x.npy": "s3://b/runs/a/x.npy",
        "deep/y.npy": "s3://b/runs/a/deep/y.npy",
    }
    assert rebuild._below(bucket, "s3://b/specs/one.json") == {"one.json": "s3://b/specs/one.json"}
    with pytest.raises(Missing, match="an input is gone: s3://b/none"):
        rebuild._below(bucket, "s3://b/none")


def test_an_archive_with_a_way_out_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"), io.BytesIO(b""))
    with pytest.raises(Rejected, match="cannot be unpacked"):
        rebuild.unpack(packed.getvalue(), tmp_path / "code")


def test_a_manifest_that_was_replaced_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"{}")
    (tmp_path / "output").mkdir()
    (tmp_path / "output/other.json").write_bytes(b"[]")
    rebuild.held(origin(lineage={"manifest_sha256": hashlib.sha256(b"{}").hexdigest()}), tmp_path)
    with pytest.raises(Bad, match="not the recorded manifest"):
        rebuild.held(origin(lineage={"manifest_sha256": hashlib.sha256(b"[]").hexdigest()}), tmp_path)


def test_the_same_is_told_in_one_line() -> None:
    assert list(verdict.lines(EQUAL)) == [
        f"version 1 of churn is reproduced byte for byte: xgboost-model {ONE}, and its archive {TWO}"
    ]
    (told,) = verdict.lines(replace(EQUAL, archive=Pair(name="model.tar.gz", recorded=TWO, here=ONE)))
    assert told.endswith("but for the archive's own headers")
    assert len(list(verdict.lines(replace(EQUAL, kept=False)))) == 2
    assert not replace(EQUAL, files=[]).equal


def test_another_model_is_told_with_its_causes() -> None:
    other = replace(
        EQUAL,
        files=[Pair(name="xgboost-model", recorded=ONE, here=TWO)],
        libraries=[Pair(name="xgboost", recorded="3.0.5", here="3.0.2")],
        inputs=[Pair(name="train/features.npy", recorded=ONE, here=ONE)],
    )
    told = "\n".join(verdict.lines(other))
    assert "is not reproduced" in told
    assert "xgboost: recorded 3.0.5, here 3.0.2" in told
    assert "the same: train/features.npy" in told
    assert "so what differs" not in told
    assert json.loads(json.dumps(verdict.as_json(other)))["equal"] is False
    nothing = replace(other, libraries=[], inputs=[])
    assert "so what differs is none of these" in "\n".join(verdict.lines(nothing))


def test_a_python_without_xgboost_is_refused(tmp_path: Path) -> None:
    found = origin(lineage={"versions": {"python": "3.10.1", "xgboost": "3.0.5"}})
    with pytest.raises(Usage, match="is no Python that works"):
        verdict.libraries(found, tmp_path / "none")
    (python, _) = verdict.libraries(origin(lineage={"versions": {"python": "3.10.1", "xgboost": "x"}}), fake(tmp_path))
    assert (python.recorded, python.here) == ("3.10.1", "9.9")


def fake(folder: Path) -> Path:
    """A program that answers as a Python with other versions does."""
    program = folder / "python"
    program.write_text(f'#!{sys.executable}\nprint(\'noise\')\nprint(\'{{"python": "9.9", "xgboost": "1"}}\')\n')
    program.chmod(0o755)
    return program
