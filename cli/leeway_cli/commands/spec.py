"""`leeway validate` and `leeway apply`: from a model.toml to a model that is looked after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, layout, options

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway_cli.model_toml.check import Checked
    from leeway_cli.target import Target

Folder = Annotated[
    Path, typer.Argument(help="A model.toml, or the folder that holds one.", metavar="MODEL_DIR_OR_TOML")
]


def validate(
    path: Folder,
    per_day: Annotated[
        int | None,
        typer.Option("--per-day", min=1, max=10**9, help="Requests a day (or units): tell how long a rollout takes."),
    ] = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Check a model.toml, without AWS.

    Every mistake at once, each with file, line, key, value and what is allowed; and how much traffic an experiment
    needs to decide.
    """
    from leeway_cli.exits import Bad
    from leeway_cli.model_toml.check import check

    checked = check(path, stack)
    if as_json:
        console.show_json(_report(checked, per_day))
    elif checked.spec is not None:
        console.say(f"{checked.file}: good; model {checked.spec.model.name}, {len(checked.spec.data.columns)} features")
        _tell_pace(checked.spec, per_day)
    else:
        for line in checked.lines():
            console.say(console.plain(line))
    if checked.spec is None:
        raise Bad(_count(checked))


def apply(
    path: Folder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Put a model.toml in force.

    That is its pipeline, its group in the registry, its code and its specification. Twice is as once.
    """
    from leeway_cli import applying
    from leeway_cli.exits import Bad
    from leeway_cli.model_toml.check import check
    from leeway_cli.target import connect

    checked = check(path, stack)
    if checked.spec is None:
        for line in checked.lines():
            console.note(console.plain(line))
        raise Bad(f"{_count(checked)}; nothing was changed")
    target = connect(stack)
    wanted = applying.wanted(target, checked.spec, checked.own)
    changes = applying.changes(target, wanted)
    if as_json and (dry_run or not changes):
        console.show_json({"model": wanted.model, "changes": [vars(change) for change in changes], "applied": False})
        return
    _tell_seen(target, checked.spec)
    for change in changes:
        console.say(f"{'would ' if dry_run else ''}{change.verb} {change.what}: {change.detail}")
    if not changes:
        console.say(f"{wanted.model}: nothing to change")
    elif dry_run:
        console.say("nothing was changed (--dry-run)")
    else:
        target.before_change(f"apply {checked.file} as model {wanted.model}", yes=yes)
        applying.carry_out(target, wanted, changes)
        console.say(
            f"{wanted.model} is in force; drop data at s3://{target.settings.inbox_bucket}/inbox/{wanted.model}/"
        )


def _tell_pace(spec: ModelSpec, per_day: float | None) -> None:
    from leeway_cli.pace import pace

    found = pace(spec.rollout, per_day)
    for line in found.lines() if found else ():
        for part in layout.wrapped(line):
            console.note(part)


def _tell_seen(target: Target, spec: ModelSpec) -> None:
    """At the traffic that the model has had, where it had some and somebody may look."""
    from leeway.errors import Rejected
    from leeway_cli.pace import compares, seen

    if not compares(spec.rollout):
        return
    try:
        per_day = seen(target.client("cloudwatch"), target.settings.resource(spec.model.name), target.now())
    except Rejected as error:
        console.note(f"how long an experiment takes is not known: {error}")
        return
    _tell_pace(spec, per_day)


def _report(checked: Checked, per_day: float | None) -> dict[str, object]:
    from leeway_cli.pace import pace

    problems = [problem.as_json(str(checked.file)) for problem in checked.problems]
    spec = checked.spec
    found = pace(spec.rollout, per_day) if spec else None
    return {
        "file": str(checked.file),
        "good": spec is not None,
        "problems": problems,
        "spec": spec.to_json() if spec else None,
        "sha256": spec.sha256 if spec else None,
        "pace": found.as_json() if found else None,
    }


def _count(checked: Checked) -> str:
    number = len(checked.problems)
    return f"{checked.file} has {layout.counted(number, 'mistake')}"
