"""One thing that was looked at, and what is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from leeway_cli import console

OK, PROBLEM, NOTE = "ok", "problem", "note"
STYLES = {OK: "green", PROBLEM: "red", NOTE: "yellow"}


@dataclass(frozen=True, kw_only=True)
class Check:
    """`status` is ok, problem, or note: what is optional, or could not be found out. `repair` is a command, mostly."""

    name: str
    status: str
    says: str
    repair: str = ""

    def line(self) -> str:
        """The check in one line for people."""
        status = console.paint(f"{self.status:<7}", STYLES[self.status])
        repair = f"; to repair: {self.repair}" if self.repair else ""
        return f"{status}  {self.name:<13}  {console.plain(self.says + repair)}"


def ok(name: str, says: str) -> Check:
    """All is well."""
    return Check(name=name, status=OK, says=says)


def problem(name: str, says: str, repair: str) -> Check:
    """Something is in the way."""
    return Check(name=name, status=PROBLEM, says=says, repair=repair)


def note(name: str, says: str, repair: str = "") -> Check:
    """Something to know that is in nobody's way."""
    return Check(name=name, status=NOTE, says=says, repair=repair)
