"""L1, L2: very many files at once, their events in any order and some of them twice, while calls fail."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from leeway.spec import Retraining
from localaws import Delivery, Mode
from tests.local.onboarding import HEADER, INBOX
from tests.local.trainings import HOUR, MODEL, REGISTERS, Trainings

ARRIVAL = "leeway-data-arrival"
CALLERS = {ARRIVAL, "leeway-retrainer", "leeway-sagemaker-changed"}
QUIET = HOUR  # far longer than a message that failed stays unseen, so that all of a window are one training
PATIENCE = 3600.0  # real seconds, for all that is due at one moment
A_WAVE = 500  # events that come at one moment, as when a queue has run full
DOUBLED, FAILING = 0.1, 0.02  # of all events, and of all calls of those functions
RECORDED = "Object Created"


@dataclass(kw_only=True)
class Burst:
    """A model into whose inbox files come; `chance` is seeded, so that each run is the same."""

    model: Trainings
    chance: random.Random = field(default_factory=lambda: random.Random(20261126))
    doubled: int = 0
    _moments: list[float] = field(default_factory=list)
    _again: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """The model is there, and from now on events come late, in any order and twice, and calls fail."""
        self.model.onboard(REGISTERS, Retraining(daily_cap=100), quiet_period=QUIET, max_wait=24 * HOUR)
        aws = self.model.aws
        aws.settle()
        aws.on_event(self._fate)
        for mode in Mode:
            aws.faults.add(self._fails, mode)

    def drop(self, names: Iterable[str]) -> None:
        """Put the files into the inbox, and let what comes of it happen, to the end of the training."""
        self._put([(name, 7) for name in names])

    def overwrite(self, name: str, times: int) -> None:
        """Put one file again and again, always the same row with another tenure: 0, 1, 2 and so on."""
        self._put([(name, tenure) for tenure in range(times)])

    def _put(self, files: list[tuple[str, int]]) -> None:
        start = self.model.aws.now().timestamp() + HOUR.total_seconds() / 2
        self._moments = [start + wave for wave in range(1 + len(files) // A_WAVE)]
        s3 = self.model.aws.client("s3")
        for name, tenure in files:
            rows = b"c1,2026-02-01,%d,month,1\n" % tenure * 10
            s3.put_object(Bucket=INBOX, Key=f"inbox/{MODEL}/{name}.csv", Body=HEADER + rows)
        self.model.aws.advance(HOUR, timeout=PATIENCE)
        while self.model.pending():
            self.model.aws.advance(HOUR / 2, timeout=PATIENCE)

    def calls(self) -> int:
        """Of the function that looks at files, those that failed and were made again among them."""
        return self.model.aws.calls.count(caller=ARRIVAL)

    def _fate(self, event: dict[str, Any]) -> Delivery | None:
        """At a moment of its own; one in ten a second time, at another moment and as an event of its own."""
        if event["detail-type"] != RECORDED or event["detail"]["bucket"]["name"] != INBOX or event["id"] in self._again:
            return None
        if self.chance.random() < DOUBLED:
            self.doubled += 1
            again = event | {"id": str(UUID(int=self.doubled))}
            self._again.add(again["id"])
            world = self.model.aws.world
            world.later(self._delay(), partial(world.deliver, again), "the event again")
        return Delivery(delay=self._delay())

    def _delay(self) -> float:
        return self.chance.choice(self._moments) - self.model.aws.now().timestamp()

    def _fails(self, call: Any) -> bool:
        return call.caller in CALLERS and self.chance.random() < FAILING / len(Mode)
