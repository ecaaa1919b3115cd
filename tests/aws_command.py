"""The real `aws` command, typed many times: what it imports and reads of its own is so once; each command is a fork.

A process of its own for each would spend nine tenths of its time on starting Python, importing botocore, and reading
the models of services.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class AwsCommand:
    """A process that has imported the command and forks for each line that it is given."""

    process: subprocess.Popen[str]

    def run(self, *words: str, env: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
        """What one command answers, with this environment and nothing else of ours."""
        assert self.process.stdin
        assert self.process.stdout
        with tempfile.TemporaryDirectory() as kept:
            order = {"words": words, "env": dict(env), "folder": str(folder), "kept": kept}
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            code = int(self.process.stdout.readline())
            out, err = (Path(kept, name).read_text(encoding="utf-8") for name in ("out", "err"))
        return subprocess.CompletedProcess(["aws", *words], code, out, err)


@contextmanager
def aws_command() -> Iterator[AwsCommand]:
    """One that is ready, until the block ends."""
    command = [sys.executable, str(Path(__file__))]
    env = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield AwsCommand(process=process)
        assert process.stdin
        process.stdin.close()


def _serve() -> None:
    """Forks for each line; answers each with the exit code. Nothing runs beside it that a fork could break."""
    import awscli.clidriver
    import awscli.customizations.s3.s3
    import awscli.handlers  # noqa: F401
    from botocore.loaders import JSONFileLoader

    read = _Read()
    JSONFileLoader.load_file = read.load_file  # type: ignore[assignment]  # bound already
    for line in sys.stdin:
        order = json.loads(line)
        gc.freeze()  # a collection in the child would copy all that it looks at
        child = os.fork()
        if child == 0:
            os._exit(_typed(order, read))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        read.again(Path(order["kept"], "read"))
        print(code, flush=True)


class _Read:
    """Files of botocore's models, each read once: what a child has read, the next one is born with."""

    def __init__(self) -> None:
        from botocore.loaders import JSONFileLoader

        self.really = JSONFileLoader().load_file
        self.found: dict[str, Any] = {}
        self.new: list[str] = []

    def load_file(self, path: str) -> Any:
        """In the place of the loader's own; what is not there is looked for again."""
        if path not in self.found:
            self.new.append(path)
            if (loaded := self.really(path)) is None:
                return None
            self.found[path] = loaded
        return self.found[path]

    def again(self, told: Path) -> None:
        """What a child had to read itself."""
        for path in json.loads(told.read_text()) if told.exists() else ():
            self.load_file(path)
        self.new.clear()


def _typed(order: dict[str, object], read: _Read) -> int:
    """In the child: as if it had just been started."""
    import awscli.clidriver

    signal.alarm(SECONDS)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for descriptor, name in ((1, "out"), (2, "err")):
        with Path(str(order["kept"]), name).open("wb") as kept:
            os.dup2(kept.fileno(), descriptor)
    os.chdir(str(order["folder"]))
    # The command has put there, when it was imported, where its own data are.
    data = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environ["AWS_DATA_PATH"] = data
    os.environ.update(order["env"])  # type: ignore[call-overload]
    sys.argv = ["aws", *order["words"]]  # type: ignore[misc]
    try:
        code = awscli.clidriver.main()
    except SystemExit as gone:
        code = gone.code
    sys.stdout.flush()
    sys.stderr.flush()
    Path(str(order["kept"]), "read").write_text(json.dumps(read.new), encoding="utf-8")
    return int(code or 0)


if __name__ == "__main__":
    _serve()
