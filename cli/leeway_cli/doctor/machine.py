"""This machine: Python, the environments, and the tools that come with neither."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from leeway_cli.doctor.check import Check, note, ok, problem

# Stamp of an environment, the lock that it is made from, what it is for, and what makes it.
NEEDED = (
    ("environment", ".venv/.run", "requirements/run.txt", "the command line and the embedded AWS"),
    ("image", ".venv-image/.ready", "requirements/image.txt", "trainings and endpoints on this machine"),
)
TOOLS = (
    ("uv", ".tools/bin/uv", "makes the environments", "make setup"),
    ("sam", ".venv-sam/bin/sam", "builds and deploys", "make build"),
    ("docker", "", "lets functions run in Lambda's container (make test-sam)", "install Docker, where you want that"),
)


def checks(root: Path) -> Iterator[Check]:
    """Everything about this machine; `root` is the project's folder."""
    yield python(root, platform.python_version())
    for name, stamp, lock, purpose in NEEDED:
        yield environment(name, root / stamp, root / lock, purpose)
    for name, place, purpose, repair in TOOLS:
        yield tool(name, root / place if place else None, purpose, repair)


def python(root: Path, version: str) -> Check:
    """The Python that runs this, against that of the functions."""
    wanted = _text(root / ".python-version")
    if wanted and not version.startswith(f"{wanted}."):
        return problem("python", f"{version}, and the functions run on {wanted}", "make setup, then .venv/bin/leeway")
    return ok("python", version)


def environment(name: str, stamp: Path, lock: Path, purpose: str) -> Check:
    """Whether an environment is there and not older than its lock, which is how make tells."""
    if not lock.is_file():
        return note(name, f"{lock} is not there: leeway does not run from the project's folder")
    if not stamp.is_file():
        return problem(name, f"{stamp.parent.name} is not there; it is for {purpose}", "make setup")
    if stamp.stat().st_mtime < lock.stat().st_mtime:
        return problem(name, f"{stamp.parent.name} is older than requirements/{lock.name}", "make setup")
    return ok(name, f"{stamp.parent.name}, for {purpose}")


def tool(name: str, place: Path | None, purpose: str, repair: str) -> Check:
    """A tool in its place or on the path; none of these is needed to use what is deployed."""
    found = place if place and place.is_file() else shutil.which(name)
    return ok(name, f"{found}") if found else note(name, f"not there; it {purpose}", repair)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
