"""`leeway approve`, `reject` and `rollback`: people decide in the registry, `rollout` carries it out."""

from __future__ import annotations

from typing import Annotated

import typer

from leeway_cli import console, options

Version = Annotated[int, typer.Argument(min=1, help="The version's number in the registry.", metavar="VERSION")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why; kept with the version in the registry.")]


def approve(
    model: options.Model,
    version: Version,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Approve a version, so that it is rolled out."""
    from leeway_cli import registry
    from leeway_cli.target import connect

    target = connect(stack)
    found = registry.version(target, model, version)
    registry.refuse_own(target, model, found)
    target.before_change(f"approve version {version} of {model}", yes=yes)
    registry.decide(target, found, "Approved", reason or "approved by hand")
    again = "; it was already, and so this says it again" if found.status == "Approved" else ""
    console.say(f"version {version} is approved{again}; it is rolled out: leeway status {model}")


def reject(
    model: options.Model,
    version: Version,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Reject a version.

    Where it serves, the last version that is still approved comes back.
    """
    from leeway_cli import registry
    from leeway_cli.target import connect

    target = connect(stack)
    found = registry.version(target, model, version)
    if found.status == "Rejected":
        console.say(f"version {version} of {model} is rejected already; nothing to do")
        return
    target.before_change(f"reject version {version} of {model}", yes=yes)
    serving, after = registry.serving(target, model), registry.next_desired(target, model, without=version)
    registry.decide(target, found, "Rejected", reason or "rejected by hand")
    console.say(f"version {version} is rejected; {_consequence(version, serving, after)}")


def rollback(
    model: options.Model,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Reject what serves, so the version before comes back."""
    from leeway.errors import Rejected
    from leeway_cli import registry
    from leeway_cli.target import connect

    target = connect(stack)
    serving = registry.serving(target, model)
    if serving is None:
        raise Rejected(f"no version of {model} serves, so there is nothing to roll back")
    after = registry.next_desired(target, model, without=serving)
    if after is None:
        raise Rejected(
            f"version {serving} of {model} serves, and no other would take its place: approve one first, "
            f"or reject this one by itself: leeway reject {model} {serving}"
        )
    target.before_change(f"roll {model} back from version {serving} to version {after}", yes=yes)
    found = registry.version(target, model, serving)
    registry.decide(target, found, "Rejected", reason or "rolled back by hand")
    console.say(f"version {serving} is rejected; {_consequence(serving, serving, after)}")


def _consequence(version: int, serving: int | None, after: int | None) -> str:
    if serving != version:
        return f"what serves stays as it is (version {serving})" if serving else "nothing serves yet"
    if after is None:
        return "no other takes its place, so the endpoint stays as it is until a version is approved"
    return f"version {after} is the one wanted now, and comes back"
