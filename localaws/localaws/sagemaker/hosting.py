"""A serving process: the image's Python with the real serving code, spoken to over a pipe in frames."""

from __future__ import annotations

import contextlib
import json
import shutil
import struct
import subprocess
import tarfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.container import ROOT, Command, fresh, kill, launch, tail
from localaws.sagemaker.data import bring_unpacked
from localaws.sagemaker.models import Container
from localaws.sagemaker.training import decoded
from localaws.world import World

PROGRAM, SUBMITTED = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
SCRIPT = Path(__file__).with_name("container_host.py")
LENGTH = struct.Struct(">I")
DEAD = (OSError, EOFError, ValueError)  # what a pipe of a process that ended says, the last once it is closed


Said = tuple[int, str, bytes]  # status, content type and body of an answer
Question = tuple[bytes, str, str]  # body, content type and accepted type


class NotServing(LocalAwsError):
    """The container did not start, or died."""


class Unfetched(LocalAwsError):
    """SageMaker could not bring the image or the model; its text is the endpoint's reason."""


@dataclass(kw_only=True)
class Host:
    """One container of a variant; it is started again once where it died."""

    world: World
    name: str
    words: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __getstate__(self) -> dict[str, Any]:
        """What is kept over a restart: its process is not, and is started again at the first request."""
        return {"world": self.world, "name": self.name, "words": self.words, "env": self.env}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept, process=None, lock=threading.Lock())

    @property
    def folder(self) -> Path:
        """What it sees as /opt/ml: in the state folder, wherever that is now."""
        return self.world.state_dir / "serving" / self.name

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.world.state_dir / "logs" / "endpoints" / f"{self.name}.log"

    @classmethod
    def start(cls, world: World, name: str, container: Container) -> Host:
        """Bring model and code, start, and wait for the model to be loaded; raises NotServing or Unfetched."""
        host = cls.fetched(world, name, container)
        host.launch()
        host.ready()
        return host

    @classmethod
    def fetched(cls, world: World, name: str, container: Container) -> Host:
        """Bring model and code; it starts at the first request. Raises NotServing or Unfetched."""
        words = ["python3", f"{ROOT}/{SCRIPT.name}", f"{ROOT}/code/{decoded(container.env[PROGRAM])}", f"{ROOT}/model"]
        host = cls(world=world, name=name, words=words, env=container.env | {"AWS_REGION": world.region})
        _fetch(world, container, fresh(host.folder))
        shutil.copy(SCRIPT, host.folder / SCRIPT.name)
        host.log.parent.mkdir(parents=True, exist_ok=True)
        return host

    def launch(self) -> None:
        """Start the process."""
        command = Command(folder=self.folder, words=self.words, env=self.env, python=self.world.image_python)
        with self.log.open("ab") as errors:
            self.process = launch(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)

    def ready(self) -> None:
        """Wait for the first frame: the model is loaded, or why not."""
        try:
            said, _ = self._read()
        except DEAD as error:
            self.stop()
            raise NotServing(f"the process ended: {tail(self.log)}") from error
        if said["status"] != 200:
            self.stop()
            raise NotServing(said["error"])

    def invoke(self, body: bytes, content_type: str, accept: str) -> Said:
        """Status, content type and body of an answer; raises NotServing where the process died twice."""
        with self.lock:
            try:
                return self._ask(body, content_type, accept)
            except DEAD:
                self.stop()
                self.launch()
                self.ready()
            try:
                return self._ask(body, content_type, accept)
            except DEAD as error:
                raise NotServing(f"the process died while it answered: {tail(self.log)}") from error

    def invoke_many(self, questions: Sequence[Question]) -> list[Said]:
        """The answers to many requests, as `invoke` gives them one by one; raises NotServing as it does."""
        with self.lock:
            try:
                return self._ask_many(questions)
            except DEAD:
                pass  # whoever killed it is found by asking one by one, which starts it again
        return [self.invoke(*question) for question in questions]

    def stop(self) -> None:
        """End the process."""
        if self.process is None:
            return
        kill(self.process)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what was not written to a process that died
                    pipe.close()

    def _ask(self, body: bytes, content_type: str, accept: str) -> Said:
        self._write(_frame({"content_type": content_type, "accept": accept}, body))
        said, answer = self._read()
        return said["status"], said["content_type"], answer

    def _ask_many(self, questions: Sequence[Question]) -> list[Said]:
        heads = [[kind, accept, len(body)] for body, kind, accept in questions]
        self._write(_frame({"many": heads}, b"".join(body for body, *_ in questions)))
        said, bodies = self._read()
        found, start = [], 0
        for status, kind, length in said["many"]:
            found.append((status, kind, bodies[start : start + length]))
            start += length
        return found

    def _write(self, frames: bytes) -> None:
        if self.process is None:
            raise EOFError
        pipe = self.process.stdin
        assert pipe is not None  # it was asked for
        pipe.write(frames)
        pipe.flush()

    def _read(self) -> tuple[dict[str, Any], bytes]:
        head: dict[str, Any] = json.loads(self._frame())
        return head, self._frame()

    def _frame(self) -> bytes:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        assert self.process is not None  # one that was started
        assert self.process.stdout is not None  # it was asked for
        found = self.process.stdout.read(count)
        if len(found) < count:
            raise EOFError
        return found


def _fetch(world: World, container: Container, folder: Path) -> None:
    """Image and model by SageMaker, code by the container itself, all by the model's role.

    Texts: public logs of a deployment (image), aws-samples/cvat-on-aws-china#3 (model).
    """
    if not world.authority.pulls(container.role, container.image):
        who, what = f"The role '{container.role}'", f"the image: '{container.image}'"
        raise Unfetched(f"{who} does not have BatchGetImage permission for {what}.")
    s3 = world.authority.store(container.role)
    try:
        bring_unpacked(s3, container.model_data, folder / "model")
    except (LocalAwsError, OSError, tarfile.TarError) as error:
        raise Unfetched(
            f'Failed to download model data for container "container_1" from URL: "{container.model_data}". Please'
            " ensure that there is an object located at the URL and that the role passed to CreateModel has"
            f" permissions to download the object. ({error})"
        ) from error
    try:
        bring_unpacked(s3, container.env[SUBMITTED], folder / "code")
    except (LocalAwsError, OSError, KeyError, tarfile.TarError) as error:
        raise NotServing(f"the code cannot be read: {error}") from error


def _frame(head: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(head).encode()
    return LENGTH.pack(len(text)) + text + LENGTH.pack(len(body)) + body
