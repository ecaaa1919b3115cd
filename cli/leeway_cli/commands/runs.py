"""`leeway runs`: trainings looked back on, one in full, or two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.runs.report import Report
    from leeway_cli.target import Target

Chosen = Annotated[
    list[str] | None, typer.Argument(help="One run in full, or two to compare: how an id begins, or v3.", metavar="RUN")
]
Last = Annotated[int, typer.Option("--last", min=1, help="How many, the newest first.")]
Mlflow = Annotated[str, typer.Option("--mlflow", help="Send these runs to the MLflow tracking server at this address.")]


def runs(
    model: options.Model,
    run: Chosen = None,
    last: Last = 5,
    mlflow: Mlflow = "",
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show trainings: data, parameters, metrics, outcome.

    With one run all that is known of it, with two what differed.
    """
    from leeway.retraining import records
    from leeway_cli import people
    from leeway_cli.exits import Usage
    from leeway_cli.runs import report
    from leeway_cli.target import connect

    chosen = run or []
    if len(chosen) > 2:
        raise Usage("name one run to see it in full, or two to compare them")
    target = connect(stack)
    people.remembered(target, model)
    if chosen:
        known = records.history(target.app.table, model)
        found = [report.in_full(target, report.find(known, model, text)) for text in chosen]
    else:
        found = [report.read(target, one) for one in report.newest(target, model, last)]
    if mlflow:
        _export(target, model, mlflow, found)
    _show(target, model, found, full=bool(chosen), as_json=as_json)


def _export(target: Target, model: str, uri: str, found: list[Report]) -> None:
    from leeway_cli.runs import mlflow

    to, experiment = mlflow.server(uri), target.settings.resource(model)
    fresh = mlflow.export(to, experiment, found)
    console.note(f"{len(found)} runs sent to {uri}, experiment {experiment}; {fresh} of them were new there")


def _show(target: Target, model: str, found: list[Report], *, full: bool, as_json: bool) -> None:
    from leeway_cli.runs import compare, lines, report

    pair = compare.compare(target, *found) if len(found) == 2 and full else None
    if as_json:
        shown = [report.as_json(one, target.now()) for one in found]
        differing = {"differences": compare.as_json(pair)} if pair else {}
        console.show_json({"model": model, "runs": shown, **differing})
        return
    if pair:
        console.say(f"{model}: from run {found[0].run.id[:8]} to run {found[1].run.id[:8]}")
        told = [compare.lines(pair)]
    else:
        show = lines.full if full else lines.brief
        told = [show(one, target.now()) for one in found]
    for text in told:
        for line in text:
            console.say(line)
    if not found:
        console.say(f"no training of {model} has begun yet: leeway status {model}")
