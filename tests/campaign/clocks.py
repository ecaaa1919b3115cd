"""R9: the clocks of the functions differ from everybody else's."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

from tests.campaign.scenarios import ROOT, World
from tests.campaign.stage import Arranged

MOST = timedelta(minutes=10)
# All but the order of the runs, which are kept by the clock of whoever began them, and what was said on the way.
COMPARED = (
    "arrivals", "pending", "requests", "trainings", "packages", "serving", "executions", "endpoint",
    "endpoint changes", "watched", "objects", "dead letters", "denied",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Skew:
    """Every function's clock is off by so much: time is an argument, so a handler asks for it, and nobody else."""

    by: timedelta

    def __str__(self) -> str:
        return f"skew/{self.by.total_seconds():+.0f}s"

    def arrange(self, world: World) -> Arranged:
        """Another `datetime` in each handler's module."""
        asked: list[datetime] = []

        class Off(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                asked.append(datetime.now(tz))
                return super().now(tz) + self.by

        for module in _handlers():
            module.datetime = Off
        return lambda: len(asked) > 0


def _handlers() -> list[Any]:
    names = sorted(path.parent.name for path in Path(ROOT / "functions").glob("*/app.py"))
    found = [importlib.import_module(f"{name}.app") for name in names]
    return [module for module in found if hasattr(module, "datetime")]


def skews() -> Iterator[Skew]:
    """Ten minutes before and behind."""
    yield Skew(by=-MOST)
    yield Skew(by=MOST)
