"""`leeway doctor`: what is in the way, and the command that clears it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leeway_cli import console, layout, options

if TYPE_CHECKING:
    from leeway_cli.doctor.check import Check


def doctor(stack: options.Stack = options.STACK, as_json: options.Json = False) -> None:
    """Find what is in the way: machine, AWS, stack.

    Changes nothing and takes seconds, also without AWS. Each problem comes with what repairs it.
    """
    from leeway_cli.doctor.check import PROBLEM
    from leeway_cli.exits import Bad

    found = []
    for check in _checks(stack):
        found.append(check)
        if not as_json:
            console.say(check.line())
    problems = [check for check in found if check.status == PROBLEM]
    if as_json:
        console.show_json({"good": not problems, "checks": [vars(check) for check in found]})
    if problems:
        raise Bad(f"{layout.counted(len(problems), 'problem')}; begin with: {problems[0].name}")


def _checks(stack: str) -> Iterator[Check]:
    import os

    from leeway_cli import server
    from leeway_cli.doctor import machine, way
    from leeway_cli.doctor import stack as deployed

    yield from machine.checks(server.ROOT)
    found = way.find()
    yield from found.checks
    if found.make:
        local = way.is_local(os.environ.get("AWS_ENDPOINT_URL", ""))
        yield from deployed.checks(stack, server.ROOT / "template.yaml", found.make, local=local)
