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
from leeway.errors import Missing, Rejected
from leeway.spec import MULTICLASS, ModelSpec
from leeway_cli import people
from leeway_cli.exits import Usage
from leeway_cli.target import Target

BATCH = 500  # rows a request; an endpoint takes 6 MB
OF_CLASSES = 50  # of a multiclass model, whose answer has a probability for each of up to a thousand classes
CSV, JSON = "text/csv", "application/json"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows to score: bodies of one content type, each small enough for one request."""

    media: str
    bodies: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the model says of one row; `label` and `probabilities` are of a multiclass model."""

    score: float
    label: str | None = None
    probabilities: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Predictions in the order of the rows, and the variant that gave them."""

    predictions: Sequence[Prediction]
    variant: str

    @property
    def scores(self) -> list[float]:
        """The score of each row."""
        return [prediction.score for prediction in self.predictions]


def from_options(target: Target, model: str, lines: list[str], file: Path | None, objects: list[str]) -> Request:
    """The rows that a command line names; raises Usage where they are none."""
    if lines:
        return Request(media=CSV, bodies=["\n".join(lines) + "\n"])
    if file is not None:
        spec = specification(target, model)
        batch = OF_CLASSES if spec.model.problem == MULTICLASS else BATCH
        return from_csv(_text(file), [column.name for column in spec.data.columns], batch)
    return Request(media=JSON, bodies=[json.dumps([_object(text) for text in objects])])


def features(target: Target, model: str) -> list[str]:
    """Names of a model's features in the order in which the endpoint wants them."""
    return [column.name for column in specification(target, model).data.columns]


def specification(target: Target, model: str) -> ModelSpec:
    """The specification in force."""
    return models.specification(target.app.objects, target.settings.artifacts_bucket, people.model(target, model))


def from_csv(text: str, names: Sequence[str], batch: int = BATCH) -> Request:
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
    return Request(media=CSV, bodies=[_written(rows[start : start + batch]) for start in range(0, len(rows), batch)])


def ask(target: Target, model: str, request: Request) -> Scored:
    """Scores of the version that serves; raises Rejected with the endpoint's own words for a wrong row."""
    runtime = target.client("sagemaker-runtime")
    predictions: list[Prediction] = []
    variant = ""
    for body in request.bodies:
        try:
            answer = _invoke(runtime, target.settings.resource(model), request.media, body)
        except Rejected:
            _must_serve(target, model)
            raise
        variant = answer.get("InvokedProductionVariant", "")
        predictions += [Prediction(**found) for found in json.loads(answer["Body"].read())["predictions"]]
    return Scored(predictions=predictions, variant=variant)


def _must_serve(target: Target, model: str) -> None:
    """Raises Missing where the reason for a refusal is that there is no endpoint, or no such model."""
    people.model(target, model)
    try:
        target.app.sagemaker.endpoint(target.settings.resource(model))
    except Missing as error:
        raise Missing(f"nothing serves {model} yet; what is waited for: leeway status {model}") from error


def _invoke(runtime: Any, endpoint: str, media: str, body: str) -> Any:
    with translated(f"endpoint {endpoint}"):
        try:
            return runtime.invoke_endpoint(EndpointName=endpoint, ContentType=media, Accept=JSON, Body=body.encode())
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
