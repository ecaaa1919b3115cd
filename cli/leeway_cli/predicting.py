"""Predictions by the URL of the function `predict`: rows of a file, signed with the caller's own credentials."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session

from leeway.errors import LeewayError, Missing, Rejected, Unavailable
from leeway_cli import typed
from leeway_cli.exits import Usage
from leeway_cli.target import Target

OUTPUT, POLICY = "PredictUrl", "PredictPolicyArn"
BATCH = 500  # rows a request
STDIN = Path("-")
START = 15  # seconds that a function may take to start
FORBIDDEN, TOO_MANY, BROKEN = 403, 429, 500
Row = Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows of one unit, "" for none."""

    unit: str
    rows: Sequence[Row]


def requests(rows: Sequence[Row], unit: str, column: str) -> list[Request]:
    """All rows for one unit, or each for the one that it names in a column, which stays here."""
    if not column:
        return [Request(unit=unit, rows=rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    return [Request(unit=_named(row, column, number), rows=[row]) for number, row in enumerate(rows, 1)]


def _named(row: Row, column: str, number: int) -> str:
    found = row.get(column) if isinstance(row, Mapping) else None
    if found in (None, ""):
        raise Usage(f"row {number} has no {column}")
    return str(found)


def read(file: Path) -> list[Row]:
    """Rows of a CSV file with a header, or of a JSON list of objects or lists; raises Usage for anything else."""
    text = _text(file)
    rows = _json_rows(text) if text.lstrip().startswith(("[", "{")) else _csv_rows(text)
    if not rows:
        raise Usage("there are no rows")
    return rows


def _json_rows(text: str) -> list[Row]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Usage(f"this is not JSON: {error}") from error
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict | list) for row in rows):
        raise Usage("a row is an object or a list of values")
    return rows


def _csv_rows(text: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text))
    lines = [line for line in reader if line]
    header = [cell.strip() for cell in lines[0]] if lines else []
    for number, line in enumerate(lines[1:], 1):
        if len(line) != len(header):
            raise Usage(f"row {number} has {len(line)} cells, and the header {len(header)}")
    return [dict(zip(header, line, strict=True)) for line in lines[1:]]


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STDIN else file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise Usage(f"there is no file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{file} cannot be read: {error}") from error


class Caller:
    """Asks the URL of a stack; knows nothing of the model but its name."""

    def __init__(self, target: Target, model: str, deadline: int | None) -> None:
        self._target, self._model, self._deadline = target, model, deadline
        if OUTPUT not in target.outputs:
            raise Missing(f"the stack has no output {OUTPUT}: deploy it again with this version's template")
        self._session = URLLib3Session(timeout=(deadline or 60_000) // 1000 + START)

    def ask(self, asked: Sequence[Request]) -> Iterator[dict[str, Any]]:
        """The answers, one after the other; the first refusal ends them."""
        for one in asked:
            yield self._ask(one)

    def _ask(self, asked: Request) -> dict[str, Any]:
        document = {"model": self._model, "rows": asked.rows, "unit_id": asked.unit or None}
        body = json.dumps(document | {"deadline_ms": self._deadline}).encode()
        request = AWSRequest("POST", self._target.outputs[OUTPUT], {"Content-Type": "application/json"}, body)
        try:
            credentials = boto3.Session().get_credentials()
            if credentials is None:
                raise Unavailable(f"no AWS credentials are set; {typed.how()}")
            SigV4Auth(credentials, "lambda", self._target.region).add_auth(request)
            answer = self._session.send(request.prepare())
        except (BotoCoreError, HTTPClientError) as error:
            raise Unavailable(f"{self._target.outputs[OUTPUT]} does not answer: {error}") from error
        return self._answer(answer.status_code, answer.text)

    def _answer(self, status: int, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if status < 300 and isinstance(found, dict):
            return found
        raise self._refusal(status, found if isinstance(found, dict) else {})

    def _refusal(self, status: int, found: Mapping[str, Any]) -> LeewayError:
        if status == FORBIDDEN:
            policy = self._target.outputs.get(POLICY, "of the stack")
            return Rejected(f"these credentials may not ask for predictions; attach the policy {policy} to their role")
        said = str(found.get("error") or found.get("Message") or "")
        if status >= BROKEN or status == TOO_MANY:
            where = f"the function's log is /aws/lambda/{self._target.settings.stack}-predict"
            return Unavailable(f"no prediction ({status}): {said or where}")
        return Rejected(said or f"the URL answered {status}")
