"""The serving code of an endpoint: `model_fn` and `transform_fn`, as SageMaker's XGBoost container calls them.

The container turns every error of an `input_fn` into a 500; only a `transform_fn` that returns a response can say 4xx.
It also accepts nothing of the sort from a tuple, so a response object it must be: the container's own where it is
there, else one with the same attributes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leeway.cells import Value
from leeway.errors import Rejected
from leeway.request import Takes, csv_rows, json_rows
from serving.encoders import Encoders
from serving.scorer import Scorer, load_folder

CSV, JSON = "text/csv", "application/json"
PARAMETERS = {"", "charset=utf-8", "charset=utf8", "header=absent"}  # of a content type
READERS: dict[str, Callable[[Takes, bytes], list[tuple[Value, ...]]]] = {CSV: csv_rows, JSON: json_rows}


@dataclass(frozen=True)
class PlainResponse:
    """An answer, where the container's own class is not there."""

    response: str
    status: int = 200
    mimetype: str = CSV


def model_fn(model_dir: str) -> Scorer:
    """Load the model; the container calls it once a worker."""
    return load_folder(Path(model_dir))


def transform_fn(model: Scorer, content: bytes | str, content_type: str, accept: str) -> Any:
    """Score the rows of a request; a wrong one is answered with 4xx and what is allowed."""
    media = _media_type(content_type)
    if media not in READERS:
        return _error(415, f"the content type is {content_type}; allowed: {CSV} or {JSON} in UTF-8")
    answer = _answer_type(accept, media)
    if answer is None:
        return _error(406, f"the accepted type is {accept}; allowed: {CSV} or {JSON}")
    body = content.encode() if isinstance(content, str) else bytes(content)
    try:
        rows = READERS[media](model.encoders.takes, body)
    except Rejected as error:
        return _error(400, str(error))
    return _response(written(model.encoders, model.score(rows), answer), 200, answer)


def written(encoders: Encoders, scores: np.ndarray, media: str) -> str:
    """Scores as a body, each with the fewest digits that give its float32 again.

    A line of CSV holds the score, of a multiclass model the probabilities of all classes in their order.
    """
    if scores.ndim > 1:
        return _of_classes(encoders.classes, scores, media)
    texts = [str(score) for score in scores]
    if media == CSV:
        return "\n".join(texts) + "\n"
    return json.dumps({"predictions": [{"score": float(text)} for text in texts]})


def _of_classes(classes: Sequence[str], scores: np.ndarray, media: str) -> str:
    rows = [[str(score) for score in row] for row in scores]
    if media == CSV:
        return "".join(",".join(texts) + "\n" for texts in rows)
    found = []
    for texts, best in zip(rows, scores.argmax(axis=1)):  # noqa: B905  one is made of the other
        probabilities = dict(zip(classes, map(float, texts), strict=True))
        found.append({"score": float(texts[best]), "label": classes[best], "probabilities": probabilities})
    return json.dumps({"predictions": found})


def _media_type(content_type: str) -> str:
    media, *parameters = (content_type or "").lower().replace(" ", "").replace('"', "").split(";")
    return media if set(parameters) <= PARAMETERS else ""


def _answer_type(accept: str, asked: str) -> str | None:
    """The first type of an Accept header that can be given; the request's own for `*/*`."""
    for part in (accept or "*/*").split(","):
        media = part.partition(";")[0].strip().lower()
        if media in {"*/*", ""}:
            return asked
        if media in READERS:
            return media
    return None


def _error(status: int, reason: str) -> Any:
    text = json.dumps({"error": reason}, ensure_ascii=False)
    return _response(text.encode("utf-8", "replace").decode(), status, JSON)  # JSON can name halves of characters


def _response(body: str, status: int, media: str) -> Any:
    try:
        from sagemaker_containers.beta.framework import worker
    except ImportError:
        return PlainResponse(body, status, media)
    return worker.Response(response=body, status=status, mimetype=media)
