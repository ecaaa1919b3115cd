"""One rollout of a challenger whose worth is known, on an embedded AWS of its own."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from tests.local.contest import HOUR, Contest

ROOT = Path(__file__).parents[2]
BASE = 0.20  # of the champion's predictions are successes
WORTH = {"better": 0.05, "equal": 0.0, "worse": -0.05}
PROMOTED, ROLLED_BACK, KEPT = "promoted", "rolled back", "kept"
ENDS = {"ChallengerPromoted": PROMOTED, "ChallengerRolledBack": ROLLED_BACK, "ChampionKept": KEPT}


def play(kind: str, seed: int) -> tuple[str, int]:
    """How a rollout ended, and after how many requests."""
    lifecycle = Lifecycle(model_latency=0.02)
    with tempfile.TemporaryDirectory() as folder, LocalAWS(state_dir=Path(folder), lifecycle=lifecycle) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        contest = Contest(aws=aws)
        contest.begin(reward="outcome", outcome_window=HOUR, horizon=timedelta(hours=40), stages=(10, 25, 50))
        contest.challenge()
        sent = contest.live(48, {"a": BASE, "b": BASE + WORTH[kind]}, seed=seed)
        aws.advance(HOUR)
        ended = [ENDS[entry.what] for entry in contest.journal() if entry.what in ENDS]
        serves = {PROMOTED: "two"}.get(ended[0] if ended else "", "one")
        return (ended[0] if ended and contest.answer() == serves and not aws.denied else "BROKEN"), sent
