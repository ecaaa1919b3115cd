"""`leeway invoke`: ask the model that serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.scoring import Scored


def invoke(
    model: options.Model,
    csv: Annotated[list[str] | None, typer.Option("--csv", help="A row of values, in the features' order.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A CSV file; with a header, columns are found.")] = None,
    json_row: Annotated[
        list[str] | None, typer.Option("--json-row", help='A row as an object: {"tenure": 3, …}.')
    ] = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Score rows with what serves, one score a line; of a multiclass model, the likeliest class and its probability."""
    from leeway_cli import scoring
    from leeway_cli.exits import Usage
    from leeway_cli.target import connect

    if [bool(csv), file is not None, bool(json_row)].count(True) != 1:
        raise Usage(
            "say what to score: --csv ROW, --file FILE or --json-row OBJECT (each --csv and --json-row is a row)"
        )
    target = connect(stack)
    request = scoring.from_options(target, model, csv or [], file, json_row or [])
    answer = scoring.ask(target, model, request)
    if as_json:
        console.show_json({"model": model, "variant": answer.variant, "scores": answer.scores} | _classes(answer))
        return
    for prediction in answer.predictions:
        label = "" if prediction.label is None else f"{console.plain(prediction.label)} "
        console.say(label + json.dumps(prediction.score))


def _classes(answer: Scored) -> dict[str, Any]:
    """Of a multiclass model, the likeliest class and the probability of each."""
    if any(prediction.label is None for prediction in answer.predictions):
        return {}
    found = answer.predictions
    return {"labels": [one.label for one in found], "probabilities": [one.probabilities for one in found]}
