"""`leeway predict`: ask as an application does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from leeway_cli import console, options

File = Annotated[
    Path, typer.Argument(help="CSV with a header, or a JSON list of rows; - reads standard input.", metavar="FILE|-")
]
Unit = Annotated[str, typer.Option("--unit", help="Whom the rows are about: who has a version keeps it.")]
Column = Annotated[str, typer.Option("--unit-column", help="The column that says whom each row is about.")]
Deadline = Annotated[
    int | None, typer.Option("--deadline", min=100, max=60_000, help="Milliseconds for an answer [default: 10000].")
]


def predict(
    model: options.Model,
    file: File,
    unit: Unit = "",
    unit_column: Column = "",
    deadline: Deadline = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Score rows as an application does: by the function's URL, signed, each unit by the version that it has.

    One score a line; of a multiclass model, the likeliest class and its probability.
    """
    from leeway_cli import predicting
    from leeway_cli.exits import Usage
    from leeway_cli.target import connect

    if unit and unit_column:
        raise Usage("say --unit or --unit-column, not both")
    asked = predicting.requests(predicting.read(file), unit, unit_column)
    caller = predicting.Caller(connect(stack), model, deadline)
    if as_json:
        console.show_json(list(caller.ask(asked)))
        return
    said = set()
    for answer in caller.ask(asked):
        for number, score in enumerate(answer["scores"]):
            label = f"{console.plain(str(answer['labels'][number]))} " if "labels" in answer else ""
            console.say(label + json.dumps(score))
        said.add(_who(answer))
    console.note(f"answered by {', '.join(sorted(said))}")


def _who(answer: dict[str, Any]) -> str:
    version = f"version {answer['version']}" if answer["version"] is not None else "a version about to be replaced"
    return version + (" in the challenger's place" if answer["fell_back"] else "")
