"""A layer that is built twice is the same, byte for byte: what was looked at is what is deployed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.scan


def built(root: Path, name: str, folder: Path) -> str:
    """sha256 of a layer's zip, packed as Lambda wants it, with its files in order and no times."""
    source, target = folder / "source", folder / "out"
    shutil.copytree(root / f"layers/{name}", source, ignore=shutil.ignore_patterns("__pycache__"))
    path = f"{root}/.venv/bin:{root}/.tools/bin:{os.environ['PATH']}"
    command = ["make", "-s", f"build-{name.capitalize()}Layer", f"ARTIFACTS_DIR={target}"]
    subprocess.run(command, cwd=source, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    packed = folder / "layer.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in target.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(str(file.relative_to(target)))
            info.external_attr = file.stat().st_mode << 16
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return hashlib.sha256(packed.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["core", "duckdb"])
def test_a_layer_built_twice_is_the_same(root: Path, tmp_path: Path, name: str) -> None:
    assert built(root, name, tmp_path / "one") == built(root, name, tmp_path / "two")


def test_a_layer_takes_only_what_its_lock_has_hashed(root: Path) -> None:
    for name in ("core", "duckdb"):
        recipe = (root / f"layers/{name}/Makefile").read_text(encoding="utf-8")
        installs = [line for line in recipe.splitlines() if "pip install" in line]
        assert installs
        assert all("--require-hashes" in line for line in installs)
