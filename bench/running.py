"""Servers as processes of their own, with boto3 clients of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench.figure import NotMeasured
from bench.loop import ROOT, free_port


class Running:
    """A server process and boto3 clients of it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def client(self, service: str) -> Any:
        """One client of its own."""
        session: Any = boto3.Session("bench", "bench", region_name="us-east-1")
        config = Config(proxies={}, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", config=config)

    def first_answer(self, ask: Callable[[], Any]) -> None:
        """Until it answers."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(BotoCoreError, ClientError, OSError):
                ask()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise NotMeasured("a server did not start")

    def resident(self) -> float:
        """Megabytes that the process holds."""
        words = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout) / 1024  # noqa: S603  ps


@contextmanager
def server(*words: str) -> Iterator[Running]:
    """A module of this environment as a server; its port takes the place of PORT."""
    port = free_port()
    command = [sys.executable, "-m", *[word.replace("PORT", str(port)) for word in words]]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  our own
    try:
        yield Running(process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def embedded() -> Iterator[Running]:
    """The embedded AWS with Leeway's stack, once it answers."""
    words = ["localaws", "serve", "--template", str(ROOT / "template.yaml"), "--stack", "leeway", "--port", "PORT"]
    with tempfile.TemporaryDirectory() as state, server(*words, "--state", state) as running:
        running.first_answer(lambda: urllib.request.urlopen(f"http://127.0.0.1:{running.port}/", timeout=5).close())
        yield running
