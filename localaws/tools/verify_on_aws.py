"""Runs the contract tests that can in the AWS account of this shell: `verify_on_aws.py`, with `--yes` unasked.

What they cost at most is told first. Whatever they make has one prefix, and is deleted in the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from account import PREFIX, Account, estimate

TESTS = Path(__file__).resolve().parents[1] / "tests/contract"


def main(arguments: list[str]) -> int:
    """Ask, run, take away; the exit code is that of the tests."""
    prefix = f"{PREFIX}{uuid.uuid4().hex[:8]}-"
    account = Account.of_the_environment(prefix)
    number = (TESTS / "test_on_aws.py").read_text(encoding="utf-8").count("\ndef test_")
    where = account.client("sts").get_caller_identity()["Account"]
    print(f"{number} tests in account {where}, region {account.session.region_name}, names {prefix}*")
    print(f"They cost less than ${max(estimate(number), 0.01):.2f}.")
    if "--yes" not in arguments and not _agreed():
        print("Nothing was done.")
        return 1
    environment = os.environ | {"LEEWAY_AWS_VERIFIED": "1", "LEEWAY_AWS_PREFIX": prefix}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-m", "on_aws", str(TESTS)]
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        for left in account.sweep():
            print(f"deleted {left}")


def _agreed() -> bool:
    try:
        return input("Go on? [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
