"""The rule of a rollout: how long it takes to add a large cohort to the evidence, and to decide."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.figure import Figure
from leeway.experiment.evidence import Cohort, Evidence
from leeway.experiment.guardrails import Guards, Minute
from leeway.experiment.ratio import Epoch
from leeway.experiment.rule import Course, Standing, judge

TIMES = 200
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LARGE = Cohort(champion=1_000_000, champion_successes=100_000, challenger=1_000_000, challenger_successes=100_400)
COURSE = Course(stages=(10, 25, 50), horizon=timedelta(days=28))


def measure() -> list[Figure]:
    """Medians, of a cohort of two million units, and of a look on the third day at all stages and a day of minutes."""
    minute = Minute(requests=540, errors=1, latency=20_000), Minute(requests=60, errors=0, latency=20_000)
    standing = Standing(
        now=BEGIN + timedelta(days=3),
        started=BEGIN,
        staged=BEGIN,
        stage=2,
        exposed=1_000_000,
        evidence=Evidence.of([LARGE]),
        epochs=tuple(Epoch(weights=(1 - share, share), units=(1_000_000, 1_000_000)) for share in (0.1, 0.25, 0.5)),
        guards=Guards.of([minute] * 1440),
    )
    added = _milliseconds(lambda: standing.evidence.add(LARGE))
    decided = _milliseconds(lambda: judge(COURSE, standing))
    return [
        Figure(name="rule: a cohort of two million units is added", value=added, unit="ms", bar=2),
        Figure(name="rule: a decision", value=decided, unit="ms", bar=0.2),
    ]


def _milliseconds(act: Callable[[], object]) -> float:
    """The median of many times."""
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return median(times) * 1000
