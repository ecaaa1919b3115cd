"""Importing any module of the layer or any handler builds no client and reads no environment."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.architecture

# Run in a fresh interpreter. The SDK itself is imported first: what it reads for its own sake is not ours.
PROBE = """
import importlib, os, socket, sys, threading
import boto3, botocore.session, botocore.client, aws_lambda_powertools

def trap(what):
    def refuse(*args, **kwargs):
        frame, trail = sys._getframe(1), []
        while frame:
            trail.append(frame.f_code.co_filename)
            frame = frame.f_back
        raise SystemExit(f"{what} while importing {importing[0]}: " + " < ".join(trail[:6]))
    return refuse

importing = [""]
ours = tuple(sys.argv[1].split(":"))
environ = type(os.environ)
original = environ.__getitem__

def watched(self, key):
    frame = sys._getframe(1)
    while frame:
        name = frame.f_code.co_filename
        if name.startswith(ours):
            trap(f"reads the environment ({key})")()
        frame = frame.f_back
    return original(self, key)

environ.__getitem__ = watched
botocore.session.Session.create_client = trap("makes a client")
boto3.session.Session.__init__ = trap("makes a session")
socket.socket.connect = trap("connects")
threading.Thread.start = trap("starts a thread")
for name in sys.argv[2:]:
    importing[0] = name
    importlib.import_module(name)
"""


def probe(root: Path, names: list[str], extra: Path | None = None) -> subprocess.CompletedProcess[str]:
    folders = [str(root / "layers/core"), str(root / "functions"), *([str(extra)] if extra else [])]
    command = [sys.executable, "-W", "error", "-c", PROBE, ":".join(folders), *names]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(folders)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=root)


def test_import_has_no_effect(root: Path, modules: list[Any]) -> None:
    names = [module.name for module in modules if module.path.startswith(("layers/core/", "functions/"))]
    assert names
    answer = probe(root, names)
    assert answer.returncode == 0, answer.stderr[-2000:]


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        pytest.param("import boto3\nclient = boto3.client('s3')", "makes a session", id="client"),
        pytest.param("import os\nTABLE = os.environ['PATH']", "reads the environment (PATH)", id="environment"),
        pytest.param("import os\nTABLE = os.environ.get('TABLE')", "reads the environment (TABLE)", id="with-default"),
        pytest.param("import os\nTABLE = os.getenv('TABLE')", "reads the environment (TABLE)", id="getenv"),
        pytest.param("import botocore.session as b\nb.Session().create_client('s3')", "while importing", id="botocore"),
        pytest.param(
            "from aws_lambda_powertools import Logger\nlogger = Logger()", "reads the environment", id="logger"
        ),
    ],
)
def test_the_probe_catches_what_it_looks_for(root: Path, tmp_path: Path, code: str, complaint: str) -> None:
    (tmp_path / "offender.py").write_text(code)
    answer = probe(root, ["offender"], extra=tmp_path)
    assert answer.returncode != 0
    assert complaint in answer.stderr
