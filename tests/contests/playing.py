"""One rollout of a challenger whose worth is known, on an embedded AWS of its own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from leeway import keys
from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.onboarding import table

ROOT = Path(__file__).parents[2]
# Shares of predictions that are successes, of the champion and of the challenger.
WORTH = {"better": (0.20, 0.25), "equal": (0.20, 0.20), "worse": (0.10, 0.05)}
# Requests of an hour, which are one look. The worse have the 200 of the simulations, whose bar is in units.
AN_HOUR = {"better": 600, "equal": 600, "worse": 200}
PROMOTED, ROLLED_BACK, KEPT = "promoted", "rolled back", "kept"
ENDS = {"ChallengerPromoted": PROMOTED, "ChallengerRolledBack": ROLLED_BACK, "ChampionKept": KEPT}


@dataclass(frozen=True, kw_only=True)
class Played:
    """How a rollout ended, after how many requests; `exposed` are units of the challenger that were counted by then.

    `seconds` are of the processor.
    """

    kind: str
    seed: int
    end: str
    requests: int
    exposed: int
    seconds: float


def play(kind: str, seed: int) -> Played:
    """Play one to its end."""
    began, champion = time.process_time(), WORTH[kind][0]
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalAWS(state_dir=Path(folder), lifecycle=Lifecycle(model_latency=0.02), start=BEGINS) as aws,
    ):
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        contest = Contest(aws=aws)
        contest.begin(
            reward="outcome", outcome_window=HOUR, horizon=40 * HOUR, bake=12 * HOUR, min_exposure=100,
            stages=(10, 25, 50),
        )  # fmt: skip
        contest.challenge()
        sent = contest.live(
            48, {"a": champion, "b": WORTH[kind][1]}, an_hour=AN_HOUR[kind], seed=seed, within=timedelta(minutes=10)
        )
        aws.advance(HOUR)
        ended = [ENDS[entry.what] for entry in contest.journal() if entry.what in ENDS]
        serves = {PROMOTED: "two"}.get(ended[0] if ended else "", "one")
        right = bool(ended) and contest.answer() == serves and not aws.denied
        counted = table(aws).query(keys.model_pk("churn"), keys.COHORT)
        return Played(
            kind=kind, seed=seed, end=ended[0] if right else "BROKEN", requests=sent,
            exposed=sum(one["challenger"] for one in counted), seconds=time.process_time() - began,
        )  # fmt: skip
