"""Plays a mutant in a copy of the project, so that nobody's own files are changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = (".venv", ".venv-image", ".wheels", ".tools")
PACKAGES = ("layers/core", "functions", "cli", "localaws", "training")
LONGEST = 900  # seconds: what takes longer runs for ever
FAILED = 1  # pytest's status where tests failed
COLLECTED_NONE_OF_IT = 2  # and where a test file could not even be imported


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A copy of the project, whose packages come before the installed ones."""

    path: Path

    def kills(self, mutant: Mutant) -> bool:
        """Whether a test fails where the mutant is in place."""
        file = self.path / mutant.path
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            return bool(self.fails(mutant.tests))
        finally:
            file.write_text(text, encoding="utf-8")

    def fails(self, tests: Sequence[str]) -> str:
        """What pytest says where one fails or takes for ever, "" where all pass; the first failure is enough."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
        places = os.pathsep.join(str(self.path / package) for package in PACKAGES)
        try:
            answer = subprocess.run(
                [*command, "-m", "not story and not proof", *tests],
                cwd=self.path, env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True,
                check=False, timeout=LONGEST,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"no end within {LONGEST} s"
        if answer.returncode not in {0, FAILED, COLLECTED_NONE_OF_IT}:
            raise RuntimeError(f"pytest ended with {answer.returncode}:\n{answer.stdout}{answer.stderr}")
        return answer.stdout if answer.returncode else ""


def copied(target: Path) -> Folder:
    """What git keeps of the project, as it lies here, with the environments beside it.

    Compiled files are checked by content: a mutant is often as long as what it replaces, and made in the same second.
    """
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in ENVIRONMENTS:
        (target / name).symlink_to(ROOT / name)
    compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    subprocess.run([*compiled, *PACKAGES, "tests", "conftest.py"], cwd=target, check=True)
    return Folder(path=target)
