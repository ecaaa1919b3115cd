"""Three ways to run a function on an event: two of SAM's, in Lambda's container, and a bare interpreter."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sam import built
from tests.sam.stage import REGION, ROOT, Said, Stage, documented, environment

SAM = ROOT / ".venv-sam/bin/sam"


def by_invoke(stage: Stage, name: str) -> Said:
    """`sam local invoke`, by its documented line; an answer that is no JSON fails the test with the log."""
    line = shlex.split(documented()[name])
    answer = subprocess.run(
        [str(SAM), *line[1:], "--env-vars", str(stage.variables)],
        cwd=ROOT,
        env=environment(AWS_ENDPOINT_URL=stage.url),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    last = answer.stdout.strip().splitlines()[-1:] or ["null"]
    return Said(answer=json.loads(last[0]), log=answer.stderr)


@dataclass(frozen=True, kw_only=True)
class Started:
    """`sam local start-lambda`, asked by boto3 as Lambda itself is."""

    port: int
    log: Path

    def run(self, stage: Stage, name: str) -> Said:
        """One invocation; a function that failed fails the test with its error."""
        import boto3
        from botocore.config import Config

        client = boto3.client(  # type: ignore[call-overload]
            "lambda",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(read_timeout=120, retries={"max_attempts": 0}),
        )
        before = self.log.stat().st_size if self.log.exists() else 0
        answer = client.invoke(FunctionName=function_of(name), Payload=payload_of(name).encode())
        said = answer["Payload"].read().decode()
        time.sleep(0.5)  # the container's last lines reach the file after the answer
        with self.log.open(encoding="utf-8") as log:
            log.seek(before)
            text = log.read()
        assert "FunctionError" not in answer, f"{said}\n{text}"
        return Said(answer=json.loads(said or "null"), log=text)


@contextmanager
def start_lambda(stage: Stage, log: Path) -> Iterator[Started]:
    """The server of SAM, ready."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["local", "start-lambda", "--port", str(port), "--env-vars", str(stage.variables), "--log-file", str(log)]
    words += ["--skip-pull-image", "--warm-containers", "LAZY", "--add-host", "host.docker.internal:host-gateway"]
    process = subprocess.Popen(
        [str(SAM), *words],
        cwd=ROOT,
        env=environment(AWS_ENDPOINT_URL=stage.url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await(process, port)
        yield Started(port=port, log=log)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _await(process: subprocess.Popen[str], port: int) -> None:
    for _ in range(600):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"sam local start-lambda did not start: {process.communicate()[1][-2000:]}")


def function_of(name: str) -> str:
    """The logical id of the function that a line names."""
    return shlex.split(documented()[name])[3]


def payload_of(name: str) -> str:
    """The event's text."""
    return (ROOT / f"events/{name}.json").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Bare:
    """The built artefact in an interpreter without the project's environment."""

    runtime: Path

    def run(self, stage: Stage, name: str) -> Said:
        """One run, which must end well."""
        variables = json.loads(stage.variables.read_text(encoding="utf-8"))["Parameters"]
        variables |= {"AWS_ENDPOINT_URL": stage.url}
        function = built.functions()[function_of(name)]
        done = built.invoke(function, json.loads(payload_of(name)), self.runtime, **variables)
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        log, _, answer = done.stdout.rstrip("\n").rpartition("\n")
        return Said(answer=json.loads(answer), log=log)
