"""Where the story plays: the embedded AWS in the background, its clock, and everything that was told."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from leeway.errors import LeewayError, Rejected, Unavailable
from leeway_cli import console, server, timeline
from leeway_cli.embedded import come_up, shell_variables
from leeway_cli.story.watch import News, Watch
from leeway_cli.target import Target, connect

LOOK = 0.3  # seconds between two looks at what happened
HOUR = timedelta(hours=1)
LOOKED_AT = timedelta(minutes=23)  # by when the monitor has looked at an hour, and CloudWatch at its alarms
STEP, LONGEST = 30.0, 7200.0  # virtual seconds of one advance, and of all of them in one act


@dataclass(kw_only=True)
class Stage:
    """Plays and tells. `told` is the timeline so far, in the order in which it was told."""

    state: Path | None
    port: int
    bind: str
    stack: str
    model: str = ""
    told: list[News] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    _day: date | None = None

    def open(self) -> None:
        """Start the embedded AWS, or find it, and point this process at it."""
        begun = time.monotonic()
        self.server, fresh = come_up(self.state, self.port, self.bind, self.stack, None)
        os.environ.update(shell_variables(self.server))
        os.environ.pop("AWS_PROFILE", None)
        self.target: Target = connect(self.stack)
        self.seconds["start"] = time.monotonic() - begun
        what = f"{'up' if fresh else 'found'} at {self.server.url}: S3, SQS, Lambda, DynamoDB, EventBridge, SageMaker"
        console.say(f"the embedded AWS is {what}")

    def watch(self, model: str) -> None:
        """Tell from now on what happens to this model."""
        self.model = model
        self._watch = Watch(target=self.target, model=model)

    def act(self, title: str) -> Callable[[], None]:
        """Begin an act; call what is returned at its end."""
        begun = time.monotonic()
        console.say()
        console.say(console.paint(title, "bold"))

        def end() -> None:
            self.look()
            self.seconds[title] = time.monotonic() - begun

        return end

    def you(self, what: str, why: str = "") -> None:
        """Tell what the person at the keyboard does."""
        self.tell(News(at=self.now(), actor="you", what=what, why=why))

    def tell(self, news: News) -> None:
        """One line of the story."""
        self.told.append(news)
        self._turn_the_page(news.at.astimezone(UTC).date())
        console.say(timeline.told(news.at.astimezone(UTC), news.actor, news.text()))

    def tell_of(self, waits: str) -> None:
        """What the rollout waits for, where it says so."""
        if waits:
            self.tell(News(at=self.now(), actor="rollout", what="Waiting", why=waits))

    def _turn_the_page(self, day: date) -> None:
        """The date where it is another one than that of the line before."""
        if self._day not in {None, day}:
            console.say(console.paint(f"  {day:%A, %-d %B}", "dim"))
        self._day = day

    def look(self) -> None:
        """Tell what is new."""
        for news in self._watch.look():
            self.tell(news)

    def now(self) -> datetime:
        """The virtual time."""
        return datetime.fromisoformat(self.server.ask("GET", "clock")["now"])

    def until[Found](self, look: Callable[[], Found | None], hoped: str) -> Found:
        """Let virtual time pass, telling what happens, until `look` finds something; raises Unavailable."""
        passed = 0.0
        while passed <= LONGEST:
            self.look()
            found = look()
            if found is not None:
                return found
            self._advance(STEP)
            passed += STEP
        errors = [error.splitlines()[-1] for error in self.server.ask("GET", "status")["errors"]]
        why = f"; the embedded AWS failed: {errors[-1]}" if errors else ""
        hours = LONGEST / 3600
        raise Unavailable(
            f"{hoped} did not happen within {hours:.0f} hours of virtual time{why}; see {self.server.log}"
        )

    def to_the_hour(self) -> datetime:
        """Move to the next full hour, which is returned; what happens on the way is told."""
        now = self.now()
        hour = now.replace(minute=0, second=0, microsecond=0) + HOUR
        self._advance((hour - now).total_seconds() + 1)
        return hour

    def until_looked_at(self, hour: datetime) -> None:
        """Move to when the monitor has looked at an hour; what comes of that is told."""
        self._advance((hour + HOUR + LOOKED_AT - self.now()).total_seconds())

    def ask(self, calls: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """Ask the endpoint at moments of virtual time, and tell what happened meanwhile; an answer for each call."""
        request = {"endpoint": self.target.settings.resource(self.model), "calls": calls}
        found = self.server.ask("POST", "traffic", request, patience=server.ADVANCE)
        self.look()
        answers: list[dict[str, Any]] = found["answers"]
        return answers

    def settle(self) -> None:
        """Let everything that is due now happen, and tell it."""
        self._meanwhile(lambda: self.server.ask("POST", "settle", {}, patience=server.ADVANCE))

    def _advance(self, seconds: float) -> None:
        self._meanwhile(lambda: self.server.ask("POST", "advance", {"seconds": seconds}, patience=server.ADVANCE))

    def _meanwhile(self, work: Callable[[], Any]) -> None:
        """Tell what happens while a request of the admin interface is being worked on."""
        failed: list[LeewayError] = []

        def run() -> None:
            try:
                work()
            except LeewayError as error:
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(LOOK)
            self.look()
        if failed:
            raise failed[0]


def refuse_a_model_that_is_there(target: Target, model: str) -> None:
    """The story begins with version 1: raises Rejected where the model has a story already."""
    from leeway import models

    if models.find(target.app.table, model) is not None:
        raise Rejected(f"the embedded AWS holds a model {model} already; begin afresh: leeway local reset, leeway demo")
