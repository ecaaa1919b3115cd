"""`leeway local` killed in the middle of a training and started again: the model is trained, approved and serves."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway_cli import churn, server
from tests.local.real_clients import BIN, ROOT, Shell, embedded_aws

pytestmark = [pytest.mark.local, pytest.mark.story]
INBOX = "s3://leeway-inbox-123456789012-us-east-1/inbox/churn"


def _restarted(shell: Shell) -> Shell:
    """Kill the server, wherever it is at, and bring it up again on its folder."""
    state = Path(shell.env["LEEWAY_STATE"])
    up = server.found(state)
    os.kill(up.pid, signal.SIGKILL)
    shell.run("leeway", "local", "up", "--port", str(up.port))
    return shell


def _training(shell: Shell) -> bool:
    """Asked without a command, which may take longer than the training."""
    up = server.found(Path(shell.env["LEEWAY_STATE"]))
    return any("Train" in job for job in up.ask("GET", "status")["jobs"])


def test_models_outlive_the_server_and_a_training_its_death(tmp_path: Path) -> None:
    with embedded_aws(tmp_path) as shell:
        shell.run("leeway", "apply", str(ROOT / "training/models/churn"), "--yes")
        start = datetime.now(UTC) - timedelta(days=60)
        rows = churn.customers(600, seed=1, start=start, span=timedelta(days=50), drift=0.0)
        file = tmp_path / "first.csv"
        file.write_bytes(churn.as_csv(rows))
        shell.run("aws", "s3", "cp", str(file), f"{INBOX}/first.csv")
        _restarted(shell)
        # A function that died with the server had a message, which comes back after twelve minutes.
        advance = [str(BIN / "leeway"), "local", "advance", "20m"]
        with subprocess.Popen(advance, env=shell.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as pumping:
            for _ in range(6000):
                if _training(shell):
                    break
                time.sleep(0.02)
            else:
                raise AssertionError("no training began")
            _restarted(shell)
            pumping.wait(60)
        shell.run("leeway", "local", "advance", "20m")
        (version,) = _versions(shell)
        assert version["ModelApprovalStatus"] == "PendingManualApproval"
        shell.run("leeway", "approve", "churn", "1", "--yes")
        _restarted(shell)
        shell.run("leeway", "local", "advance", "10m")
        sample = tmp_path / "rows.csv"
        sample.write_text("".join(file.read_text().splitlines(keepends=True)[:4]))
        before = shell.json("leeway", "invoke", "churn", "--file", str(sample), "--json")
        _restarted(shell)
        assert shell.json("leeway", "invoke", "churn", "--file", str(sample), "--json") == before
        assert len(_versions(shell)) == 1


def _versions(shell: Shell) -> list[dict[str, Any]]:
    answer = shell.aws("sagemaker", "list-model-packages", "--model-package-group-name", "leeway-churn")
    return list(answer["ModelPackageSummaryList"])
