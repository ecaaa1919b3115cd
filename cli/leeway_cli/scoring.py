"""Rows for the endpoint, from what people have: a row, a file with a header, an object."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from leeway import models
from leeway.aws.translate import translated
from leeway.errors import Rejected
from leeway_cli import people
from leeway_cli.exits import Usage
from leeway_cli.target import Target

BATCH = 500  # rows a request; an endpoint takes 6 MB
CSV, JSON = "text/csv", "application/json"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows to score: bodies of one content type, each small enough for one request."""

    media: str
    bodies: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Scores in the order of the rows, and the variant that gave them."""

    scores: list[float]
    variant: str


def from_options(target: Target, model: str, lines: list[str], file: Path | None, objects: list[str]) -> Request:
    """The rows that a command line names; raises Usage where they are none."""
    if lines:
        return Request(media=CSV, bodies=["\n".join(lines) + "\n"])
    if file is not None:
        return from_csv(_text(file), features(target, model))
    return Request(media=JSON, bodies=[json.dumps([_object(text) for text in objects])])


def features(target: Target, model: str) -> list[str]:
    """Names of a model's features in the order in which the endpoint wants them."""
    found = people.model(target, model)
    spec = models.specification(target.app.objects, target.settings.artifacts_bucket, found)
    return [column.name for column in spec.data.columns]


def from_csv(text: str, names: Sequence[str]) -> Request:
    """Rows of a CSV file: by its header where it has one that names a feature, else as they stand."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    header = [cell.strip() for cell in rows[0]] if rows else []
    if set(header) & set(names):
        if absent := [name for name in names if name not in header]:
            raise Usage(f"the file lacks {', '.join(absent)}")
        places = [header.index(name) for name in names]
        rows = [[row[place] if place < len(row) else "" for place in places] for row in rows[1:]]
    if not rows:
        raise Usage("the file holds no rows")
    return Request(media=CSV, bodies=[_written(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)])


def ask(target: Target, model: str, request: Request) -> Scored:
    """Scores of the version that serves; raises Rejected with the endpoint's own words for a wrong row."""
    runtime = target.client("sagemaker-runtime")
    scores: list[float] = []
    variant = ""
    for body in request.bodies:
        answer = _invoke(runtime, target.settings.resource(model), request.media, body)
        variant = answer.get("InvokedProductionVariant", "")
        scores.extend(float(line) for line in answer["Body"].read().decode().split())
    return Scored(scores=scores, variant=variant)


def _invoke(runtime: Any, endpoint: str, media: str, body: str) -> Any:
    with translated(f"endpoint {endpoint}"):
        try:
            return runtime.invoke_endpoint(EndpointName=endpoint, ContentType=media, Accept=CSV, Body=body.encode())
        except ClientError as error:
            if error.response["Error"].get("Code") != "ModelError":
                raise
            raise Rejected(f"the model refused: {_said(error)}") from error


def _said(error: ClientError) -> str:
    """The container's own sentence, which SageMaker passes on as OriginalMessage."""
    response: Mapping[str, Any] = error.response
    text = str(response.get("OriginalMessage") or response["Error"].get("Message", ""))
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Usage(f"--json-row is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Usage('--json-row is not an object; write {"tenure": 3, …}')
    return value


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise Usage(f"there is no file {file}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{file} cannot be read: {error}") from error
