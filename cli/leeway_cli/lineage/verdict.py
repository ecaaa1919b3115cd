"""Whether a version that was made again is the same, and where it is not, which of its inputs differ."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leeway.errors import Missing
from leeway_cli import layout
from leeway_cli.exits import Usage
from leeway_cli.lineage.origin import Origin, key_of
from leeway_cli.lineage.rebuild import Rebuilt, digest, packed
from leeway_cli.lineage.recorded import Training
from leeway_cli.target import Target

PROBE = """
import importlib, json, platform, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = platform.python_version() if name == "python" else importlib.import_module(name).__version__
    except ImportError:
        found[name] = ""
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One thing as it was recorded and as it is here; "" is what is not there."""

    name: str
    recorded: str
    here: str

    @property
    def same(self) -> bool:
        """Whether it is."""
        return self.recorded == self.here


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`files` are the archive's members, which are the model; `archive` also holds what tar and gzip say of them.

    `inputs` are read only where the files differ; `kept` says whether the stored archive is still what was evaluated.
    """

    version: int
    model: str
    files: Sequence[Pair]
    archive: Pair
    kept: bool
    libraries: Sequence[Pair]
    inputs: Sequence[Pair] = ()

    @property
    def equal(self) -> bool:
        """Whether the same model came out, byte for byte."""
        return bool(self.files) and all(pair.same for pair in self.files)


def libraries(found: Origin, python: Path) -> list[Pair]:
    """The recorded versions of Python and its libraries, and those of the Python that is given; raises Usage."""
    recorded = {name: str(version) for name, version in found.lineage.get("versions", {}).items()}
    try:
        done = subprocess.run([python, "-c", PROBE, *recorded], capture_output=True, check=True, text=True)  # noqa: S603  a Python that the caller names
        here = json.loads(done.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError) as error:
        raise Usage(f"{python} is no Python that works: {error}; name one by --python") from error
    if not here.get("xgboost", ""):
        raise Usage(f"{python} has no xgboost, which made this model: name another by --python")
    return [Pair(name=name, recorded=version, here=here[name]) for name, version in recorded.items()]


def judge(target: Target, found: Origin, job: Training, rebuilt: Rebuilt, versions: Sequence[Pair]) -> Verdict:
    """Compare what came out with what was recorded; where it differs, what went in as well."""
    recorded = {name: str(sha) for name, sha in found.lineage.get("files_sha256", {}).items()}
    here = {path.name: digest(path) for path in sorted(rebuilt.model.iterdir())}
    files = [_pair(name, recorded, here) for name in [*recorded, *(name for name in here if name not in recorded)]]
    archive = str(found.lineage.get("artifact_sha256", ""))
    made = hashlib.sha256(packed(rebuilt.model)).hexdigest()
    verdict = Verdict(
        version=found.version,
        model=found.model,
        files=files,
        archive=Pair(name="model.tar.gz", recorded=archive, here=made),
        kept=_stored(target, key_of(found.model_data)) == archive,
        libraries=versions,
    )
    if verdict.equal:
        return verdict
    return Verdict(**{**vars(verdict), "inputs": [*_prepared(target, rebuilt), *_parameters(found, job)]})


def _pair(name: str, recorded: Mapping[str, str], here: Mapping[str, str]) -> Pair:
    return Pair(name=name, recorded=recorded.get(name, ""), here=here.get(name, ""))


def _prepared(target: Target, rebuilt: Rebuilt) -> Iterator[Pair]:
    """All that Prepare wrote then and now."""
    for uri, folder in rebuilt.prepared.items():
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            stored = _stored(target, f"{key_of(uri)}/{name}")
            yield Pair(name=f"{uri.rstrip('/').rpartition('/')[2]}/{name}", recorded=stored, here=digest(path))


def _parameters(found: Origin, job: Training) -> Iterator[Pair]:
    """Hyperparameters of the lineage against those of the job; a tuning's trial has its own.

    SageMaker's own algorithm is also told what a script finds out by itself.
    """
    lineage = found.recipe.hyperparameters
    for name in sorted({*lineage, *job.hyperparameters} if job.program else lineage):
        given = _plain(job.hyperparameters.get(name, ""))
        yield Pair(name=f"hyperparameter {name}", recorded=_plain(lineage.get(name, "")), here=given)


def _plain(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else json.dumps(value)


def _stored(target: Target, key: str) -> str:
    """sha256 of what lies in the artifacts bucket."""
    try:
        return hashlib.sha256(target.app.objects.get(target.settings.artifacts_bucket, key)).hexdigest()
    except Missing:
        return ""


def as_json(found: Verdict) -> dict[str, Any]:
    """For programs."""
    lists = {name: [vars(pair) | {"same": pair.same} for pair in getattr(found, name)] for name in PARTS}
    archive = vars(found.archive) | {"same": found.archive.same, "kept": found.kept}
    return {"model": found.model, "version": found.version, "equal": found.equal, **lists, "archive": archive}


PARTS = ("files", "libraries", "inputs")


def lines(found: Verdict) -> Iterator[str]:
    """One line where it is the same; else what differs, and what does not."""
    if found.equal:
        names = ", ".join(f"{pair.name} {pair.here}" for pair in found.files)
        also = f"and its archive {found.archive.here}" if found.archive.same else "but for the archive's own headers"
        yield f"version {found.version} of {found.model} is reproduced byte for byte: {names}, {also}"
    else:
        yield f"version {found.version} of {found.model} is not reproduced"
        for pair in found.files:
            yield from layout.field(pair.name, _told(pair), column=16)
        yield from _why(found)
    if not found.kept:
        yield "the archive that lies in S3 is not the one that was evaluated: its sha256 is another"


def _why(found: Verdict) -> Iterator[str]:
    pairs = [*found.libraries, *found.inputs]
    differing = [pair for pair in pairs if not pair.same]
    for pair in differing:
        yield from layout.wrapped(f"{pair.name}: {_told(pair)}", 4)
    same = layout.some((pair.name for pair in pairs if pair.same), len(pairs))
    yield from layout.wrapped(f"the same: {same or 'nothing'}", 4)
    if not differing:
        yield "    so what differs is none of these: the processor, its threads, or XGBoost's build"


def _told(pair: Pair) -> str:
    return "the same" if pair.same else f"recorded {pair.recorded or 'none'}, here {pair.here or 'none'}"
