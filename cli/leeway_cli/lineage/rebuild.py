"""Makes a version again on this machine: the recorded inputs and code, the same steps, nothing of the working tree."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway_cli.exits import Bad
from leeway_cli.lineage.origin import Origin
from leeway_cli.lineage.recorded import Input, Preparation, Training
from leeway_cli.target import Target

ROOT = "/opt/ml"  # what a container sees; here it is a folder of each step
BLOCK = 1 << 20
BUILTIN = Path(__file__).with_name("builtin.py")
ARCHIVE, ENCODERS = "model.tar.gz", "encoders.json"


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """Where the steps' folders lie; `prepared` are those that Prepare wrote, by the S3 URI to which it wrote then."""

    model: Path
    prepared: Mapping[str, Path]


def rebuild(
    target: Target, found: Origin, steps: tuple[Sequence[Preparation], Training], python: Path, folder: Path
) -> Rebuilt:
    """Run all steps in a folder; raises Bad with what a failing step said, Missing for an input that is gone.

    Where several instances shared the files out, one reads them all here: the same comes out.
    """
    preparations, training = steps
    prepared: dict[str, Path] = {}
    for job in preparations:
        root = folder / job.step.lower()
        prepared = prepare(target, job, prepared, python, root)
        held(found, root)
    if training.program:
        return Rebuilt(model=train(target, training, prepared, python, folder / "train"), prepared=prepared)
    trained = train_builtin(target, training, prepared, python, folder / "train")
    kept = next((path for path in prepared.values() if (path / ENCODERS).is_file()), folder) / ENCODERS
    return Rebuilt(model=complete(preparations[-1], trained, kept, python, folder), prepared=prepared)


def prepare(target: Target, job: Preparation, made: Mapping[str, Path], python: Path, root: Path) -> dict[str, Path]:
    """Bring the inputs, but those that were made here, and run the job; its output folders by URI."""
    for given in job.inputs:
        folder = inside(root, given.path)
        if given.uri in made:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.symlink_to(made[given.uri])
        else:
            bring(target, given, folder)
    outputs = {uri: inside(root, path) for path, uri in job.outputs.items()}
    for output in outputs.values():
        output.mkdir(parents=True, exist_ok=True)
    _run(job.step, job.words, job.env, python, root, cwd=root)
    return outputs


def held(found: Origin, root: Path) -> None:
    """What was brought is what was recorded; raises Bad where the manifest or the specification was replaced."""
    sums = {digest(path): path for path in root.rglob("*.json") if "output" not in path.relative_to(root).parts}
    for name in ("manifest_sha256", "spec_sha256"):
        if found.lineage.get(name) not in {None, *sums}:
            raise Bad(
                f"version {found.version} of {found.model} cannot be reproduced: what lies in S3 is not the recorded "
                f"{name.removesuffix('_sha256')} ({found.lineage[name]})"
            )


def train(target: Target, job: Training, prepared: Mapping[str, Path], python: Path, root: Path) -> Path:
    """Run the program as the container does: hyperparameters as arguments, folders by SM_ variables."""
    channels = {name: _channel(target, uri, prepared, root / "input/data" / name) for name, uri in job.channels.items()}
    code, model = root / "code", root / "model"
    unpack(_read(target, job.code), code)
    model.mkdir(parents=True, exist_ok=True)
    env = {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    env |= {"SM_MODEL_DIR": str(model), "SM_INPUT_DIR": str(root / "input"), **job.env}
    _run("Train", ["python3", job.program, *arguments(job.hyperparameters)], env, python, root, cwd=code)
    return model


def train_builtin(target: Target, job: Training, prepared: Mapping[str, Path], python: Path, root: Path) -> Path:
    """As SageMaker's image does without a program; its archive, with the model alone."""
    channels = {name: _channel(target, uri, prepared, root / "input" / name) for name, uri in job.channels.items()}
    model = root / "model"
    model.mkdir(parents=True)
    words = [*(f"{name}={path}" for name, path in channels.items()), json.dumps(dict(job.hyperparameters)), str(model)]
    _run("Train", ["python3", str(BUILTIN), *words], job.env, python, root, cwd=root)
    archive = root / ARCHIVE
    archive.write_bytes(packed(model))
    return archive


def complete(job: Preparation, trained: Path, encoders: Path, python: Path, folder: Path) -> Path:
    """What Evaluate did with it, by the recorded code: the model's folder with the encoders."""
    root = folder / "complete"
    root.mkdir()
    entry = [word.replace(ROOT, str(folder / "prepare")) for word in job.words[:2]]
    _run("Evaluate", [*entry, "complete", str(trained), str(encoders), str(root)], job.env, python, root, cwd=root)
    unpack((root / ARCHIVE).read_bytes(), root / "model")
    return root / "model"


def packed(folder: Path) -> bytes:
    """A folder as tar.gz, with nothing of time or owner in it."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size, member.mode = path.stat().st_size, 0o644
            archive.addfile(member, io.BytesIO(path.read_bytes()))
    return gzip.compress(plain.getvalue(), mtime=0)


def arguments(hyperparameters: Mapping[str, str]) -> list[str]:
    """`--name value`, by name, each value as its JSON says; a name of one letter has one dash."""
    words = []
    for name, text in sorted(hyperparameters.items()):
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        words += [f"-{name}" if len(name) == 1 else f"--{name}", value if isinstance(value, str) else json.dumps(value)]
    return words


def _channel(target: Target, uri: str, prepared: Mapping[str, Path], folder: Path) -> Path:
    """What Prepare has just written, or else what was read then."""
    own = {known.rstrip("/"): path for known, path in prepared.items()}
    if uri.rstrip("/") in own:
        return own[uri.rstrip("/")]
    bring(target, Input(uri=uri, path="", listed=False), folder)
    return folder


def inside(root: Path, path: str) -> Path:
    """Where a path below /opt/ml lies on this machine; raises Rejected for one that leads elsewhere."""
    if not path.startswith(f"{ROOT}/") or ".." in Path(path).parts:
        raise Rejected(f"the recorded job has a folder outside {ROOT}: {path}")
    return root / path.removeprefix(f"{ROOT}/")


def bring(target: Target, given: Input, folder: Path) -> None:
    """Download an input: an object, all objects below a prefix, or what a manifest file lists."""
    folder.mkdir(parents=True, exist_ok=True)
    if given.listed:
        head, *names = json.loads(_read(target, given.uri))
        wanted = {name: head["prefix"] + name for name in names}
    else:
        wanted = _below(target, given.uri)
    for name, uri in wanted.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise Rejected(f"the object {uri} leads out of its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        _download(target, uri, path)


def _below(target: Target, uri: str) -> dict[str, str]:
    """Names and URIs of an object, or of what lies below a prefix."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    with translated(f"S3 ListObjectsV2 {uri}"):
        pages = target.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    if prefix in keys:
        return {prefix.rpartition("/")[2]: uri}
    folder = f"{prefix.rstrip('/')}/"
    found = {key.removeprefix(folder): f"s3://{bucket}/{key}" for key in keys if key.startswith(folder)}
    if not found:
        raise Missing(f"an input is gone: {uri}")
    return found


def _download(target: Target, uri: str, path: Path) -> None:
    with translated(f"S3 GetObject {uri}"), path.open("wb") as to:
        for block in _body(target, uri).iter_chunks(BLOCK):
            to.write(block)


def _read(target: Target, uri: str) -> bytes:
    with translated(f"S3 GetObject {uri}"):
        return bytes(_body(target, uri).read())


def _body(target: Target, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return target.client("s3").get_object(Bucket=bucket, Key=key)["Body"]


def unpack(body: bytes, folder: Path) -> None:
    """Regular files of a tar.gz; raises Rejected for one that cannot be read, or leads out of its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise Rejected(f"the archive cannot be unpacked: {error}") from error


def digest(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as body:
        return hashlib.file_digest(body, "sha256").hexdigest()


def _run(step: str, words: Sequence[str], env: Mapping[str, str], python: Path, root: Path, *, cwd: Path) -> None:
    """Run in the given Python with none of this environment; what it prints is kept in the step's folder."""
    own = [str(python) if word == "python3" else word.replace(ROOT, str(root)) for word in words]
    base = {"PATH": f"{python.parent}:{os.environ.get('PATH', os.defpath)}", "LANG": "C.UTF-8", "HOME": str(root)}
    given = {name: value.replace(ROOT, str(root)) for name, value in env.items()}
    done = subprocess.run(own, env=base | given, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # noqa: S603  the recorded job's own command, as an argument list
    (root / "log").write_bytes(done.stdout)
    if done.returncode:
        said = done.stdout[-900:].decode("utf-8", "replace").strip()
        raise Bad(f"the step {step} fails here with exit code {done.returncode}: {said}")
