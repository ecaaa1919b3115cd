"""The README's five minutes: a CSV file of one's own becomes a served model, by typed lines alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local.real_clients import ROOT, Shell, embedded_aws

pytestmark = [pytest.mark.local, pytest.mark.story]
INBOX = "s3://leeway-inbox-123456789012-us-east-1"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with embedded_aws(tmp_path) as shell:
        yield replace(shell, folder=tmp_path)


def typed() -> list[list[str]]:
    """The lines of the README's path, from `init` on."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Your own data")[1].split("```")[1]
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    return [line for line in lines if line and line[0] in {"leeway", "aws"}]


def test_the_readme_leads_from_a_file_to_a_served_model(shell: Shell, shared: Path) -> None:
    shutil.copy(shared / "data/telco_churn.csv", shell.folder / "customers.csv")
    lines = typed()
    assert [line[1] for line in lines] == [
        "init", "validate", "apply", "s3", "local", "status", "approve", "local", "invoke", "explain",
    ]  # fmt: skip
    answers = {line[1]: shell.run(*[word.replace("s3://INBOX", INBOX) for word in line]) for line in lines}

    assert "19 features" in answers["validate"]
    assert f"{INBOX}/inbox/customers/" in answers["apply"]
    assert "1 waits for approval" in answers["status"]
    scores = [json.loads(line) for line in answers["invoke"].splitlines()]
    assert len(scores) == 7043
    assert "Endpoint in service: version 1 serves" in answers["explain"]
    assert json.loads(shell.run("leeway", "doctor", "--json"))["checks"][-1]["status"] == "ok"
