"""The image's Python: a process that runs many jobs, and processes that run one, as SageMaker starts them."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.code import build_code
from pipeline.wheels import NAME, build_wheels

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-image/bin/python"
WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the endpoint."""

    status: int
    media: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Image:
    """`code` is the unpacked sourcedir.tar.gz, `pyz` and the folder `wheels` inputs of the processing jobs."""

    code: Path
    pyz: Path
    wheels: Path
    process: subprocess.Popen[str]

    def ask(self, do: str, **job: Any) -> dict[str, Any]:
        """Run a job; a crash fails the test. The answer has `value` or `exit`, and `said`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **job}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the process died of {do}"
        found: dict[str, Any] = json.loads(line)
        assert "crash" not in found, found["crash"]
        return found

    def value(self, do: str, **job: Any) -> Any:
        """What a job returned."""
        found = self.ask(do, **job)
        assert "exit" not in found, found["exit"]
        return found["value"]

    def step(
        self, name: str, arguments: Mapping[str, object], env: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """Run the main function of a step."""
        words = [word for key, value in arguments.items() for word in (f"--{key}", str(value))]
        texts = {key: str(value) for key, value in (env or {}).items()}
        return self.ask("step", name=name, arguments=words, env=texts)

    def serve(self, model: Path, *requests: tuple[bytes, str, str]) -> list[Answer]:
        """Load a model, and send requests of body, content type and accepted type."""
        packed = [(base64.b64encode(body).decode(), kind, accept) for body, kind, accept in requests]
        found = self.value("serve", folder=str(model), requests=packed)
        return [Answer(status=status, media=media, body=body) for status, media, body in found]

    def run(self, words: Sequence[object], folder: Path, **env: object) -> subprocess.CompletedProcess[str]:
        """A process of its own: no path but what it starts from, no variable but those given."""
        given = {name: str(value) for name, value in env.items()}
        return subprocess.run(
            [str(PYTHON), *(str(word) for word in words)],
            cwd=folder,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"} | given,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@contextmanager
def image(folder: Path) -> Iterator[Image]:
    """The image with the code as it is now."""
    files = build_code()["files"]
    code, pyz = folder / "code", folder / "training.pyz"
    with tarfile.open(fileobj=io.BytesIO(files["sourcedir.tar.gz"])) as archive:
        archive.extractall(code, filter="data")
    pyz.write_bytes(files["training.pyz"])
    wheels, lacking = folder / "wheels", folder / "lacking"
    wheels.mkdir()
    (wheels / NAME).write_bytes(build_wheels(here=True)["body"])
    with zipfile.ZipFile(wheels / NAME) as packages:
        packages.extractall(lacking)
    env = {"PATH": os.defpath, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(PYTHON), str(WORKER), str(code), str(lacking)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield Image(code=code, pyz=pyz, wheels=wheels, process=process)
