"""`leeway reproduce`: make a version again from what was recorded, and compare byte for byte."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.lineage.verdict import Verdict
    from leeway_cli.target import Target

Version = Annotated[int, typer.Argument(min=1, help="The version's number in the registry.", metavar="VERSION")]
Folder = Annotated[
    Path | None, typer.Option("--in", help="An empty folder to work in and to keep; else one that goes.")
]
Python = Annotated[Path | None, typer.Option("--python", help="A Python with the training image's libraries.")]


def reproduce(
    model: options.Model,
    version: Version,
    folder: Folder = None,
    python: Python = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Make a version again on this machine, and compare it.

    From the recorded data, specification, code and hyperparameters. AWS is only read. Exit code 1: it is not the same.
    """
    from leeway_cli.exits import Bad
    from leeway_cli.lineage import verdict
    from leeway_cli.server import ROOT
    from leeway_cli.target import connect

    given = (python or ROOT / ".venv-image/bin/python").absolute()
    target = connect(stack)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="leeway-") as place:
            found = _made(target, model, version, Path(place), given)
    else:
        found = _made(target, model, version, _empty(folder.absolute()), given)
    if as_json:
        console.show_json(verdict.as_json(found))
    else:
        for line in verdict.lines(found):
            console.say(line)
    if not (found.equal and found.kept):
        raise Bad(f"version {version} of {model} is not what was recorded")


def _empty(folder: Path) -> Path:
    from leeway_cli.exits import Usage

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Usage(f"{folder} is not an empty folder; name another by --in")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _made(target: Target, model: str, version: int, folder: Path, python: Path) -> Verdict:
    from leeway_cli.lineage import recorded, verdict
    from leeway_cli.lineage.origin import origin
    from leeway_cli.lineage.rebuild import rebuild

    found = origin(target, model, version)
    versions = verdict.libraries(found, python)
    for pair in versions:
        if not pair.same:
            console.note(f"{pair.name} {pair.recorded} made version {version}; here it is {pair.here or 'missing'}")
    jobs = recorded.preparations(target, found), recorded.training(target, found)
    console.note(f"{target}: {', '.join(job.job for job in jobs[0])}, then {jobs[1].job}, again in {folder}")
    rebuilt = rebuild(target, found, jobs, python, folder)
    return verdict.judge(target, found, jobs[1], rebuilt, versions)
