"""`leeway retrain`, `pause` and `resume`: what a person tells the reconcilers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.target import Target

MaybeModel = Annotated[str, typer.Argument(help="The model's name; without it, all models.", metavar="[MODEL]")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why, for the journal.")]


def retrain(
    model: options.Model,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Ask for a training now.

    Neither cooldown nor daily cap bind it; only one training of a model runs at a time.
    """
    import uuid

    from leeway import keys
    from leeway.aws.table import Put
    from leeway_cli import people
    from leeway_cli.target import connect

    target = connect(stack)
    people.model(target, model)
    target.before_change(f"ask for a training of {model}", yes=yes)
    token, why = uuid.uuid4().hex, reason or "asked for by hand"
    who = {"by": people.name(), "identity": people.identity(target)}
    request = {"trigger": "manual", "at": keys.stamp(target.now()), "reason": why, **who}
    item = {"pk": keys.model_pk(model), "sk": f"{keys.REQUEST}manual#{token}", **request}
    people.record(target, people.entry(target, model, "RetrainingRequested", why), Put(item=item, new=True))
    target.app.waker.wake(keys.RETRAINER, model, target.now(), token)
    console.say(f"asked for; follow it with: leeway status {model}, leeway explain {model}")
    if target.app.kill_switch.is_on():
        console.note("everything is paused: nothing starts before: leeway resume")


def pause(
    model: MaybeModel = "",
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Stop what is automatic, for a model or for all.

    What serves goes on serving, and what arrives is kept.
    """
    _switch(model, reason, stack, yes=yes, on=True)


def resume(
    model: MaybeModel = "",
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Undo `leeway pause`.

    What came in the meantime is looked at now.
    """
    _switch(model, reason, stack, yes=yes, on=False)


def _switch(model: str, reason: str, stack: str, *, yes: bool, on: bool) -> None:
    from leeway_cli import people
    from leeway_cli.target import connect

    target = connect(stack)
    verb, what = ("pause", "Paused") if on else ("resume", "Resumed")
    why = reason or f"{verb}d by hand"
    if model:
        found = people.model(target, model)
        if found.paused == on:
            console.say(f"{model} is {'paused' if on else 'not paused'} already; nothing to do")
            return
        target.before_change(f"{verb} {model}", yes=yes)
        _mark(target, model, what, why, on=on)
        affected = [model]
    else:
        target.before_change(f"{verb} all models", yes=yes)
        target.app.kill_switch.set(on=on)
        affected = people.known(target)
        for name in affected:
            people.record(target, people.entry(target, name, what, f"all models: {why}"))
    if not on:
        _wake(target, affected)
    console.say(f"{verb}d: {', '.join(affected) or 'no models yet'}")


def _mark(target: Target, model: str, what: str, why: str, *, on: bool) -> None:
    from leeway import keys
    from leeway.aws.table import Update
    from leeway_cli import people

    mark = Update(pk=keys.model_pk(model), sk=keys.SPEC, values={"paused": on}, expect={"paused": not on})
    people.record(target, people.entry(target, model, what, why), mark)


def _wake(target: Target, models: list[str]) -> None:
    import uuid

    from leeway import keys

    for name in models:
        for machine in keys.MACHINES:
            target.app.waker.wake(machine, name, target.now(), uuid.uuid4().hex)
