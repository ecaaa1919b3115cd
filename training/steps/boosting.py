"""Boosting in segments: after each the model is saved, loaded and seeded anew, whether or not it is kept.

XGBoost's generators cannot be saved, so with sampling a training that was merely continued would give another model.
Segments begin alike whether the process before has just done the last one or was taken away hours ago.
"""

from __future__ import annotations

import re
import signal
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

import xgboost

from leeway.errors import Rejected
from steps.checkpoints import Checkpoints, Progress

SHORTEST, MOST = 50, 4  # rounds of a segment, and segments: to load a model costs as many predictions as it has trees
GRACE = (
    60.0  # seconds after SIGTERM in which a segment may end: SageMaker kills after 120, and has files to bring to S3
)
BIGGER_IS_BETTER = {"auc", "aucpr", "map", "ndcg"}
UNUSED = re.compile(r"Parameters: \{([^}]*)\} are not used")
METRIC = re.compile(r"\t(train|validation)-([^:\t]+):(\S+)")


@dataclass(kw_only=True)
class Notice:
    """Whether the instance is to be taken away; `began` is a moment of the monotonic clock."""

    began: float | None = None

    def listen(self) -> None:
        """Take SIGTERM for it from now on."""
        signal.signal(signal.SIGTERM, self._heard)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.began = self.began or time.monotonic()

    def leaves(self, seconds: float) -> bool:
        """Whether there is still time for so many seconds of work."""
        return self.began is None or time.monotonic() + seconds < self.began + GRACE


def segment(rounds: int) -> int:
    """Rounds of each segment of a training of so many rounds."""
    return max(SHORTEST, -(-rounds // MOST))


@dataclass(frozen=True, kw_only=True)
class Boosting:
    """One training: `parts` are the train part and the validation part with their names, in this order."""

    parameters: Mapping[str, object]
    parts: Sequence[tuple[xgboost.DMatrix, str]]
    rounds: int
    patience: int
    checkpoints: Checkpoints
    notice: Notice = field(default_factory=Notice)

    def run(self) -> xgboost.Booster:
        """The model, of its best round where there is early stopping; ends the process where its instance goes."""
        found = self.checkpoints.latest()
        progress, model = found or (Progress(best=self.rounds - 1), None)
        if found:
            print(f"resumed after round {progress.rounds - 1}", flush=True)
        if self.checkpoints.identity:
            self.notice.listen()
        booster = self._booster(progress, model)
        while not self._over(progress):
            progress = self._segment(booster, progress)
            if not self._over(progress):
                body = bytes(booster.save_raw(raw_format="ubj"))
                self.checkpoints.save(progress, body, progress.rounds // self.segment)
                self._go_on(progress, 0, 0.0)
                booster = self._booster(progress, body)
        return booster[: progress.best + 1] if self.patience else booster

    @property
    def segment(self) -> int:
        """Rounds of a segment; but for the last one, all have as many."""
        return segment(self.rounds)

    def _over(self, progress: Progress) -> bool:
        late = self.patience and progress.rounds - 1 - progress.best >= self.patience
        return progress.rounds >= self.rounds or bool(progress.rounds and late)

    def _booster(self, progress: Progress, model: bytes | None) -> xgboost.Booster:
        """XGBoost only warns of a parameter that it does not know or use: a key that does nothing is refused here."""
        seed = int(str(self.parameters["seed"])) + progress.rounds // self.segment
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            booster = xgboost.Booster(
                {**self.parameters, "seed": str(seed)},
                [data for data, _ in self.parts],
                bytearray(model) if model else None,
            )
            booster.num_boosted_rounds()  # configures it, and so checks the parameters
        for warning in heard:
            if unused := UNUSED.search(str(warning.message)):
                raise Rejected(f"hyperparameters that XGBoost does not use here: {unused[1].strip()}")
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        return booster

    def _segment(self, booster: xgboost.Booster, progress: Progress) -> Progress:
        """Boost up to the next place for a checkpoint, or to where the training is over."""
        began, first = time.monotonic(), progress.rounds
        end = min(self.rounds, (first // self.segment + 1) * self.segment)
        for number in range(first, end):
            booster.update(self.parts[0][0], number)
            progress = self._told(booster, progress)
            if self._over(progress) or number + 1 == end:
                break
            self._go_on(progress, end - number - 1, (time.monotonic() - began) / (number - first + 1))
        return progress

    def _told(self, booster: xgboost.Booster, progress: Progress) -> Progress:
        """Print a round as SageMaker's metric expressions expect it (a tab as #011), and see whether it is the best.

        As the algorithm does, early stopping looks at the last metric of the last part.
        """
        number = progress.rounds
        found = METRIC.findall(str(booster.eval_set(list(self.parts), number)))
        values = [f"#011{part}-{name}:{float(value):.5f}" for part, name, value in found]
        print(f"[{number}]{''.join(values)}", flush=True)
        _, name, value = found[-1]
        gain = float(value) if name.split("@")[0] in BIGGER_IS_BETTER else -float(value)
        if gain > progress.best_value:
            return Progress(rounds=number + 1, best=number, best_value=gain)
        return Progress(rounds=number + 1, best=progress.best, best_value=progress.best_value)

    def _go_on(self, progress: Progress, left: int, seconds: float) -> None:
        """Where the instance goes, end: at once after a checkpoint, and before one that would not come in time."""
        if self.notice.began is not None and not (left and self.notice.leaves(left * seconds)):
            kept = progress.rounds // self.segment * self.segment
            raise SystemExit(f"interrupted after {progress.rounds} rounds; checkpoints hold {kept}")
