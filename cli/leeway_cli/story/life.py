"""Who asks while a challenger is tried, and what becomes of them: half an hour at a time, the labels after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from leeway.errors import Rejected, Unavailable
from leeway.spec import ModelSpec, Rollout
from leeway_cli import contest, scoring
from leeway_cli.story.drops import People
from leeway_cli.story.stage import HOUR, Stage

# Requests of half an hour: the fewer their minutes, the fewer captured files; and so few in a minute that no latency is
# judged, which on a busy laptop says nothing of a model.
SPAN = HOUR / 2
MINUTES, AT_ONCE = 12, 33
MANY = MINUTES * AT_ONCE
WORD = 3  # spans after which Leeway's own view is told, where nothing else happens
SOONEST = timedelta(hours=1)  # that a label can take, and a stage last, in a story
SEEN, LONGEST = timedelta(hours=3), timedelta(days=7)


def shortened(spec: ModelSpec) -> ModelSpec:
    """With an experiment that is over in days: what becomes of predictions is known within the hour here."""
    rules = spec.rollout
    quick = replace(
        rules,
        outcome_window=min(rules.outcome_window, SOONEST),
        bake=min(rules.bake, SOONEST),
        cycle=min(rules.cycle, SEEN),
        horizon=min(rules.horizon, LONGEST),
        min_exposure=min(rules.min_exposure, Rollout.min_exposure),
    )
    return replace(spec, rollout=quick)


@dataclass(kw_only=True)
class Life:
    """Goes on from where the last experiment has left it; the same people come again when all have been there."""

    stage: Stage
    people: People
    asked: int = 0

    def goes_on(self, version: int) -> None:
        """Until an experiment with this version is over, one way or the other; raises Unavailable where it is not."""
        found = contest.look(self.stage.target, self.stage.model)
        names = scoring.features(self.stage.target, self.stage.model)
        self._bodies = scoring.from_csv(self.people.text, names, batch=1).bodies
        longest = found.rules.horizon + SOONEST + 2 * HOUR
        for span in range(int(longest / SPAN)):
            if span and not span % WORD:
                self.stage.tell_of(contest.look(self.stage.target, self.stage.model).waits)
            self._a_span()
            found = contest.look(self.stage.target, self.stage.model)
            if found.experiment is None or found.experiment.challenger.version != version:
                return
        raise Unavailable(f"the experiment with version {version} is not over after {longest}: {found.waits}")

    def _a_span(self) -> None:
        """Some ask at a time; the labels of all are there at the end."""
        start, calls, labels = self.stage.now(), [], ["inference_id,label"]
        for number in range(MANY):
            place, name = self.asked % len(self._bodies), f"demo-{self.asked}"
            at = start + SPAN * (number // AT_ONCE + 1) / MINUTES
            calls.append({"at": at.isoformat(), "body": self._bodies[place], "inference_id": name})
            labels.append(f"{name},{self.people.labels[place]}")
            self.asked += 1
        answers = self.stage.ask(calls)
        if refused := [one["body"] for one in answers if one["status"] != 200]:
            raise Rejected(f"{len(refused)} of {MANY} requests got no answer; the first: {refused[0]}")
        key = f"labels/{self.stage.model}/{self.stage.now():%Y/%m/%d/%H}/{self.asked}.csv"
        body = "\n".join(labels).encode()
        self.stage.target.app.objects.put(self.stage.target.settings.inbox_bucket, key, body, "text/csv")
