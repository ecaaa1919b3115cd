"""A person at the command line in this process, and models with real trainings to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from leeway_cli import churn
from leeway_cli.main import app
from localaws import LocalAWS, inprocess
from tests.local.onboarding import INBOX

ROOT = Path(__file__).parents[2]
CHURN = (ROOT / "training/models/churn/model.toml").read_text()
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Types `leeway`; `folder` is where their models are, `name` by what AWS knows them."""

    aws: LocalAWS
    folder: Path
    name: str = "person"

    def type(self, *words: str, code: int = 0) -> Result:
        """What a command answers; another exit code than `code` fails the test."""
        with inprocess.as_function(self.name):
            answer = CliRunner().invoke(app, list(words), env={"COLUMNS": "140"})
        assert answer.exit_code == code, f"leeway {' '.join(words)}\n{answer.output}\n{answer.exception!r}"
        return answer

    def says(self, *words: str, code: int = 0) -> str:
        """Its standard output."""
        return str(self.type(*words, code=code).stdout)

    def json(self, *words: str, code: int = 0) -> Any:
        """The same, parsed."""
        return json.loads(self.says(*words, "--json", code=code))

    def apply(self, toml: str) -> None:
        file = self.folder / "model.toml"
        file.write_text(toml)
        self.says("apply", str(file), "--yes")

    def drop(self, model: str, name: str, body: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=INBOX, Key=f"inbox/{model}/{name}", Body=body)

    def customers(self, name: str, seed: int, count: int = 400, drift: float = 0.0) -> None:
        """A month of the telephone company's customers, the newer the higher the seed."""
        start = self.aws.now() - timedelta(days=30 * (5 - seed))
        rows = churn.customers(count, seed=seed, start=start, span=timedelta(days=29), drift=drift)
        self.drop("churn", name, churn.as_csv(rows))

    def trained(self) -> None:
        """Let the quiet period pass, and what comes of it."""
        self.aws.advance(5 * MINUTE)

    def approve(self, model: str, version: int) -> None:
        self.says("approve", model, str(version), "--reason", "looks right", "--yes")
        self.aws.advance(2 * MINUTE)

    def mutating(self) -> int:
        """Calls of this person that changed something."""
        return sum(call.caller == "person" for call in self.aws.calls.mutating)
