"""`leeway rollout`, `promote` and `abort`: an experiment as it stands, and what a person may say to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway_cli.target import Target

Reason = Annotated[str, typer.Option("--reason", "-m", help="Why, for the journal.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Show it again and again, until Ctrl-C.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write the newest experiment as one HTML file, with charts.")]
PAUSE = 5.0  # seconds between two looks


def rollout(
    model: options.Model,
    watch: Watch = False,
    html: Html = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show how a challenger stands against the champion.

    Stage and weights, how many requests it has had, the evidence for and against it beside the bar that decides, the
    guardrails, and what is waited for. --html tells the newest experiment over time, one that is over too.
    """
    from leeway_cli import contest
    from leeway_cli.target import connect

    target = connect(stack)
    if html is not None:
        _write(target, model, html)
    while True:
        found = contest.look(target, model)
        if as_json:
            console.show_json(contest.as_json(found))
        else:
            console.say(f"{target}, {target.now():%Y-%m-%d %H:%M:%S} UTC")
            for line in contest.lines(found, target.now()):
                console.say(line)
        if not watch:
            return
        time.sleep(PAUSE)
        if not as_json:
            console.say()


def _write(target: Target, model: str, to: Path) -> None:
    from leeway_cli.exits import Usage
    from leeway_cli.trial.page import page
    from leeway_cli.trial.past import look_back

    try:
        to.write_text(page(look_back(target, model), str(target), target.now()), encoding="utf-8")
    except OSError as error:
        raise Usage(f"{to} cannot be written: {error.strerror}") from error
    console.note(f"written: {to}")


def promote(
    model: options.Model,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """Let the challenger take over now, whatever the evidence.

    The old champion stays beside it for the bake time: until then, leeway rollback is one change of weights.
    """
    from leeway.rollout.challenge.experiment import PROMOTE

    _wish(PROMOTE, "PromotionRequested", model, reason, stack, yes=yes)


def abort(
    model: options.Model,
    reason: Reason = "",
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
) -> None:
    """End the experiment, or the canary: the champion gets all of the traffic back.

    The challenger is tried again when it is approved once more.
    """
    from leeway.rollout.challenge.experiment import ABORT

    _wish(ABORT, "AbortRequested", model, reason, stack, yes=yes)


def _wish(what: str, name: str, model: str, reason: str, stack: str, *, yes: bool) -> None:
    import uuid
    from dataclasses import asdict

    from leeway import keys
    from leeway.aws.table import Update
    from leeway.rollout.challenge.experiment import Wish
    from leeway_cli import people
    from leeway_cli.target import connect

    target = connect(stack)
    experiment, version = _on_its_way(target, model, what)
    target.before_change(f"{what} version {version} of {model}", yes=yes)
    wish = Wish(what=what, experiment=experiment, by=people.name(), reason=reason)
    write = Update(pk=keys.model_pk(model), sk=keys.ROLLOUT, values={"wish": asdict(wish)})
    people.record(target, people.entry(target, model, name, reason or f"{what} by hand", version=version), write)
    target.app.waker.wake(keys.ROLLOUT, model, target.now(), uuid.uuid4().hex)
    console.say(f"asked for; follow it with: leeway rollout {model} --watch")


def _on_its_way(target: Target, model: str, what: str) -> tuple[str, int]:
    """The name of what is under way, and its version; raises Rejected where nothing is of which this can be asked."""
    from leeway.errors import Rejected
    from leeway.rollout.challenge.experiment import PROMOTE, REVERTED, RUNNING, SHADOW
    from leeway_cli import contest

    seen = contest.look(target, model)
    if seen.canary is not None:
        if what == PROMOTE:
            raise Rejected(f"version {seen.canary.version} comes by a canary, which SageMaker alone hurries on")
        return seen.canary.config, seen.canary.version
    found = seen.experiment
    if found is None:
        raise Rejected(f"no version of {model} is in an experiment; leeway rollout {model} says how it stands")
    if found.state == REVERTED or (what == PROMOTE and found.state not in {SHADOW, RUNNING}):
        raise Rejected(f"the experiment with version {found.challenger.version} is decided: leeway rollout {model}")
    if what == PROMOTE and found.started is None:
        raise Rejected(f"version {found.challenger.version} is still being brought up; promote it when it has traffic")
    return found.id, found.challenger.version
