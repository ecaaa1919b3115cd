"""`leeway remove`: take a model out of Leeway's care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.removing import Removal

Keep = Annotated[bool, typer.Option("--keep-endpoint", help="Leave the endpoint as it is, and its models with it.")]
Force = Annotated[bool, typer.Option("--force", help="Also while a training runs, which is stopped.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would go and what stays, and change nothing.")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why, for the journal.")]


def remove(
    model: options.Model,
    keep_endpoint: Keep = False,
    force: Force = False,
    dry_run: DryRun = False,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Take a model out of Leeway's care.

    The endpoint and the pipeline go; data, versions, runs and the journal stay, and applying it again takes them up.
    """
    from leeway.errors import Rejected
    from leeway_cli import removing
    from leeway_cli.target import connect

    target = connect(stack)
    plan = removing.removal(target, model, keep_endpoint=keep_endpoint)
    if not as_json:
        _show(plan, dry_run=dry_run)
    if plan.goes and not dry_run:
        if plan.run and not force:
            raise Rejected(removing.under_way(plan.run))
        target.before_change(f"remove {model}", yes=yes)
        removing.carry_out(target, plan, reason or "removed by hand", force=force)
    if as_json:
        goes = [vars(thing) for thing in plan.goes]
        removed = bool(plan.goes) and not dry_run
        console.show_json({"model": model, "goes": goes, "stays": list(plan.stays), "removed": removed})
    elif plan.goes and not dry_run:
        console.say(f"{model} is removed; its story: leeway explain {model}")


def _show(plan: Removal, *, dry_run: bool) -> None:
    from leeway_cli import layout

    for thing in plan.goes:
        note = f" ({thing.note})" if thing.note else ""
        console.say(f"{'would remove' if dry_run else 'remove'} {thing.what} {thing.name}{note}")
    if not plan.goes:
        console.say(f"nothing of {plan.model} is left to remove")
    for place, text in enumerate(plan.stays):
        for line in layout.field("stays" if not place else "", text, column=6):
            console.say(line)
