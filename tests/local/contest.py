"""A champion and challengers in an experiment, with traffic whose answers go wrong, or take longer, as a test says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from leeway.experiment.assignment import Assignment
from leeway.rollout import records
from leeway.rollout.challenge.experiment import PROMOTED, Experiment
from leeway.spec import ModelSpec, Rollout, Serving
from localaws.sagemaker.batches import Answered
from localaws.sagemaker.serving import Asked
from tests.local.onboarding import INBOX, onboard, spec, table
from tests.local.registered import MINUTE, NAME, Registered

HOUR = timedelta(hours=1)
RULES = Rollout(strategy="ab", stages=(10, 50), bake=timedelta(minutes=20), min_exposure=50, horizon=timedelta(hours=3))


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A request, the slot that answered it, and what became of it."""

    at: datetime
    slot: str
    success: bool


@dataclass(frozen=True, kw_only=True)
class Contest(Registered):
    """One model whose versions have to prove themselves."""

    serving: Serving = field(default_factory=Serving)

    def begin(self, **rules: Any) -> None:
        """Version 1 serves."""
        super().begin()
        self.specify(**rules)
        self.serve(self.register("one"))

    def specify(self, **rules: Any) -> ModelSpec:
        """Apply the rules of the rollout."""
        applied = replace(spec(), rollout=replace(RULES, **rules), serving=self.serving)
        onboard(self.aws, applied)
        return applied

    def challenge(self, name: str = "two", champion: str = "one") -> str:
        """A version is approved, and brought up beside the champion."""
        arn = self.register(name, champion=champion)
        self.serve(arn)
        return arn

    def traffic(self, minutes: int, *, a_minute: int = 60) -> list[Answered]:
        """Requests to the endpoint itself, by its weights, from now on."""
        start = self.aws.now()
        return self.aws.traffic(NAME, list(_asked(start, minutes, a_minute)))

    def until(self, what: str, *, minutes: int = 240, a_minute: int = 60) -> int:
        """Send traffic until something is in the journal; the minutes that it took."""
        before = len(self.journal(what))
        for minute in range(0, minutes, 5):
            if len(self.journal(what)) > before:
                return minute
            self.traffic(5, a_minute=a_minute)
        raise AssertionError(f"no {what} in {minutes} minutes: {[(one.what, one.why) for one in self.journal()]}")

    def live(
        self,
        hours: int,
        rates: dict[str, float],
        *,
        an_hour: int = 600,
        seed: int = 1,
        silent: str = "",
        within: timedelta = HOUR,
    ) -> list[Lived]:
        """Requests and what becomes of them, by the true rate of success of each slot, until the experiment is over.

        They come `within` the first part of each hour: each minute with requests costs a container's answer and a file
        of captures. Labels come within minutes after the hour of their predictions, but for the `silent` slot.
        """
        chance, truth = random.Random(seed), list[Lived]()
        for hour in range(hours):
            if self.experiment is None or self.experiment.state == PROMOTED:
                break
            start = self.aws.now()
            asked = [
                Asked(at=start + n * within / an_hour, body=b"1\n", inference_id=f"{seed}-{hour}-{n}")
                for n in range(an_hour)
            ]
            answers = self.aws.traffic(NAME, asked)
            self.aws.advance_to(max(start + HOUR - HOUR / an_hour, self.aws.now()))
            lines = ["inference_id,label"]
            for one, answer in zip(asked, answers, strict=True):
                success = chance.random() < rates[answer.variant]
                lines += [f"{one.inference_id},{success:d}"] if answer.variant != silent else []
                truth.append(Lived(at=one.at, slot=answer.variant, success=success))
            key = f"labels/churn/{self.aws.now():%Y/%m/%d/%H}/{seed}-{hour}.csv"
            self.aws.client("s3").put_object(Bucket=INBOX, Key=key, Body="\n".join(lines).encode())
        return truth

    def wake(self) -> None:
        """As the command line does after it has written."""
        item = {"model": "churn"}
        url = self.aws.client("sqs").get_queue_url(QueueName="leeway-rollout.fifo")["QueueUrl"]
        self.aws.client("sqs").send_message(
            QueueUrl=url, MessageBody=f'{{"model": "{item["model"]}"}}', MessageGroupId="churn",
            MessageDeduplicationId=keys.stamp(self.aws.now()),
        )  # fmt: skip
        self.aws.settle()

    @property
    def item(self) -> dict[str, Any]:
        return table(self.aws).get(keys.model_pk("churn"), keys.ROLLOUT) or {}

    @property
    def experiment(self) -> Experiment | None:
        return records.experiment(self.item)

    @property
    def assignment(self) -> Assignment:
        """As `predict` reads it."""
        found = table(self.aws).get(keys.model_pk("churn"), keys.ASSIGNMENT)
        assert found
        return Assignment.from_item(found)

    @property
    def weights(self) -> dict[str, float]:
        return {one["VariantName"]: one["CurrentWeight"] for one in self.endpoint()["ProductionVariants"]}

    def wish(self, what: str) -> None:
        """What `leeway promote` and `leeway abort` write."""
        experiment = self.experiment
        assert experiment
        wish = {"what": what, "experiment": experiment.id, "by": "ada", "reason": "a good one"}
        table(self.aws).put(Put(item={**self.item, "wish": wish}))
        self.wake()
        self.aws.advance(2 * MINUTE)


def _asked(start: datetime, minutes: int, a_minute: int) -> Iterator[Asked]:
    for number in range(minutes * a_minute):
        yield Asked(at=start + number * MINUTE / a_minute, body=b"1\n")
