"""`leeway logs`: what the steps of a training printed."""

from __future__ import annotations

from typing import Annotated

import typer

from leeway_cli import console, options

Run = Annotated[str, typer.Argument(help="How the run's id begins, or v3; without it, the newest.", metavar="[RUN]")]
Step = Annotated[str, typer.Option("--step", help="This step alone.")]
Last = Annotated[int, typer.Option("--last", min=1, help="Only the newest lines of each stream.")]


def logs(
    model: options.Model,
    run: Run = "",
    step: Step = "",
    last: Last = 50,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show where a training's steps log, and what.

    The last lines of each step, from CloudWatch Logs.
    """
    from leeway.errors import Missing
    from leeway.retraining import records
    from leeway_cli import logs as read
    from leeway_cli import people
    from leeway_cli.runs import report
    from leeway_cli.target import connect

    target = connect(stack)
    people.remembered(target, model)
    known = records.history(target.app.table, model) if run else report.newest(target, model, 1)
    if not known:
        raise Missing(f"no training of {model} has begun yet, so nothing is logged: leeway status {model}")
    chosen = report.find(known, model, run) if run else known[0]
    found = read.steps(target, chosen, last, step)
    if as_json:
        console.show_json({"model": model, "run": chosen.id, "steps": [read.as_json(one) for one in found]})
        return
    console.say(f"run {chosen.id} of {model}: {chosen.status.lower()}")
    for one in found:
        for line in read.lines(one):
            console.say(line)
    if not found:
        console.say("no step has run as a job yet")
