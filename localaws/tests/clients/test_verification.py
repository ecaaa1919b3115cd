"""`make verify-aws` against the port, as against an account: what is told first, what runs, what is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.contract, pytest.mark.story]
TOOL = Path(__file__).parents[2] / "tools/verify_on_aws.py"
ROOT = Path(__file__).parents[3]


def run(port: Any, *words: str, **kept: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *words]
    environment = port.env | kept | {"PATH": os.environ["PATH"]}
    return subprocess.run(
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def ours(port: Any) -> list[str]:
    buckets = [bucket["Name"] for bucket in port.aws("s3api", "list-buckets")["Buckets"]]
    groups = port.aws("sagemaker", "list-model-package-groups", "--name-contains", "localaws-contract-")
    tables = port.aws("dynamodb", "list-tables")["TableNames"]
    queues = (
        port.aws("sqs", "--endpoint-url", port.url, "list-queues", "--queue-name-prefix", "localaws-contract-") or {}
    )
    found = buckets + tables + [one["ModelPackageGroupName"] for one in groups["ModelPackageGroupSummaryList"]]
    return [name for name in found if name.startswith("localaws-contract-")] + queues.get("QueueUrls", [])


def test_without_a_yes_nothing_is_done(port: Any) -> None:
    done = run(port)
    assert done.returncode == 1
    assert "tests in account 123456789012, region us-east-1, names localaws-contract-" in done.stdout
    assert "They cost less than $0.0" in done.stdout
    assert done.stdout.endswith("Nothing was done.\n")
    assert ours(port) == []


def test_the_tests_run_over_the_port_and_leave_nothing(port: Any) -> None:
    """Each test's own clean-up ran, and that of the end finds nothing; what a broken run leaves it takes away."""
    done = run(port, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert ours(port) == []


def test_what_a_broken_run_left_is_taken_away(port: Any) -> None:
    sys.path.insert(0, str(TOOL.parent))
    from account import Account

    class Session:
        """boto3 over the port."""

        def client(self, service: str) -> Any:
            import boto3

            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
            return boto3.client(service, endpoint_url=port.url, **keys)  # type: ignore[call-overload]

    account = Account(session=Session(), prefix="localaws-contract-left-")
    other = Account(session=Session(), prefix="localaws-contract-other-")
    for one in (account, other):
        one.client("s3").create_bucket(Bucket=one.name("objects"))
        one.client("s3").put_object(Bucket=one.name("objects"), Key="a", Body=b"x")
        one.client("sqs").create_queue(QueueName=one.name("line"))
        one.client("sagemaker").create_model_package_group(ModelPackageGroupName=one.name("models"))
        one.client("ssm").put_parameter(Name=f"/{one.prefix}/switch", Value="x", Type="String")
    told = account.sweep()
    assert len(told) == 4
    assert all("left" in line for line in told)
    assert account.sweep() == []
    assert len(other.sweep()) == 4
