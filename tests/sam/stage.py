"""What `events/README.md` tells a reader to do once, done for the tests; and its lines, run as they stand there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^- `(sam local invoke (\w+) -e events/(\S+)\.json)`$", re.MULTILINE)
REGION, INBOX = "us-east-1", "leeway-inbox-123456789012-us-east-1"


def documented() -> dict[str, str]:
    """The one line of each event, by the event's name."""
    text = (ROOT / "events/README.md").read_text(encoding="utf-8")
    return {name: line for line, _, name in LINE.findall(text)}


@dataclass(frozen=True, kw_only=True)
class Said:
    """What came of one invocation: the function's answer, and all that was logged."""

    answer: Any
    log: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The function's own messages, which powertools writes as JSON."""
        found = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in found if line.get("service") == "leeway"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An embedded AWS as the demonstration leaves it; `variables` is the file for `--env-vars`.

    `way` is how functions are run on it.
    """

    port: int
    variables: Path
    way: Callable[[Stage, str], Said] | None = None

    @property
    def url(self) -> str:
        """Where this machine reaches it."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A client of it."""
        import boto3

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def run(self, name: str) -> Said:
        """Run the function of a documented line on its event."""
        assert self.way, "a stage without a way to run functions"
        return self.way(self, name)

    def journal(self, model: str) -> list[Mapping[str, str]]:
        """`what` and `why` of all that the journal holds of a model, the oldest first."""
        answer = self.client("dynamodb").query(
            TableName="leeway",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": f"model#{model}"}, ":sk": {"S": "journal#"}},
            ConsistentRead=True,
        )
        return [{key: item[key]["S"] for key in ("what", "why", "actor")} for item in answer["Items"]]


def environment(**more: str) -> dict[str, str]:
    """For the programs that are started: this machine's, without any AWS account of its user."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONDONTWRITE"))}
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": REGION}
    return ours | credentials | {"SAM_CLI_TELEMETRY": "0", "NO_COLOR": "1"} | more
