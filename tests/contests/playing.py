"""One rollout of a challenger whose worth is known, on an embedded AWS of its own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from leeway import keys
from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from simulations.deciders import Ours
from simulations.traffic import Look
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest, Lived
from tests.local.onboarding import table

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`rates` are the shares of predictions that are successes, by slot; an hour with its requests is one look."""

    rates: dict[str, float]
    an_hour: int
    bake: timedelta
    horizon: timedelta


# The worse ones have the looks and the ramp of the simulations, whose bar is in units: 50 looks of 200 at 10 percent.
KINDS = {
    "better": Kind(rates={"a": 0.20, "b": 0.25}, an_hour=600, bake=12 * HOUR, horizon=40 * HOUR),
    "equal": Kind(rates={"a": 0.20, "b": 0.20}, an_hour=600, bake=12 * HOUR, horizon=40 * HOUR),
    "worse": Kind(rates={"a": 0.10, "b": 0.05}, an_hour=200, bake=50 * HOUR, horizon=140 * HOUR),
}
PROMOTED, ROLLED_BACK, KEPT = "promoted", "rolled back", "kept"
ENDS = {"ChallengerPromoted": PROMOTED, "ChallengerRolledBack": ROLLED_BACK, "ChampionKept": KEPT}


@dataclass(frozen=True, kw_only=True)
class Played:
    """How a rollout ended, after how many requests.

    `exposed` are the units of the challenger that were counted by then; `late` are the others, whose outcomes were
    still to come, or which no experiment counts any more. `seconds` are of the processor.
    """

    kind: str
    seed: int
    end: str
    requests: int
    exposed: int
    late: int
    seconds: float


def play(name: str, seed: int) -> Played:
    """Play one to its end."""
    began, kind = time.process_time(), KINDS[name]
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalAWS(state_dir=Path(folder), lifecycle=Lifecycle(model_latency=0.02), start=BEGINS) as aws,
    ):
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        contest = Contest(aws=aws)
        contest.begin(
            reward="outcome", outcome_window=HOUR, horizon=kind.horizon, bake=kind.bake, min_exposure=100,
            stages=(10, 25, 50),
        )  # fmt: skip
        contest.challenge()
        hours = int(kind.horizon / HOUR) + 8
        lived = contest.live(hours, kind.rates, an_hour=kind.an_hour, seed=seed, within=timedelta(minutes=10))
        aws.advance(HOUR)
        ended = [ENDS[entry.what] for entry in contest.journal() if entry.what in ENDS]
        counted = [_Cohort.of(item) for item in table(aws).query(keys.model_pk("churn"), keys.COHORT)]
        serves = {PROMOTED: "two"}.get(ended[0] if ended else "", "one")
        right = (
            len(ended) == 1
            and bool(counted)
            and contest.answer() == serves
            and not aws.denied
            and all(cohort.true(lived) for cohort in counted)
            and _rolls_back(counted) == ([len(counted)] if ended == [ROLLED_BACK] else [])
        )
        exposed = sum(one.counts["challenger"] for one in counted)
        served = sum(one.slot == "b" for one in lived)
        return Played(
            kind=name, seed=seed, end=ended[0] if right else "BROKEN", requests=len(lived),
            exposed=exposed, late=served - exposed, seconds=time.process_time() - began,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Cohort:
    """What the stack has counted of the requests from `begin` to before `end`, by the names of a Look."""

    begin: datetime
    end: datetime
    counts: dict[str, int]

    @classmethod
    def of(cls, item: dict[str, Any]) -> _Cohort:
        begin, end = (keys.unstamp(text) for text in (item["sk"].rsplit("#", 1)[1], item["end"]))
        return cls(begin=begin, end=end, counts={one.name: int(item[one.name]) for one in fields(Look)})

    def true(self, lived: list[Lived]) -> bool:
        """Whether this is what became of them; captures, and so the counts, know a time up to its second."""
        begin, end = (at.replace(microsecond=0) for at in (self.begin, self.end))
        a, b = ([one.success for one in lived if begin <= one.at < end and one.slot == slot] for slot in "ab")
        return self.counts == {
            "champion": len(a), "champion_successes": sum(a), "challenger": len(b), "challenger_successes": sum(b)
        }  # fmt: skip


def _rolls_back(cohorts: list[_Cohort]) -> list[int]:
    """After how many cohorts the rule, as it is simulated, says that the challenger is worse."""
    rule = Ours()
    looks = [Look(**{name: np.array([count]) for name, count in one.counts.items()}) for one in cohorts]
    return [number for number, look in enumerate(looks, start=1) if rule.look(look)[0] < 0]
