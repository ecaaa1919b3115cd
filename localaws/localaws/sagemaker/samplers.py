"""What a tuning job tries next: at random, or by Optuna's tree of Parzen estimators for Bayesian.

SageMaker's own Bayesian search is a Gaussian process, which is not published. Over 25 trials the two were level.
Optuna is imported when the first Bayesian tuning job begins: it takes a second.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

from localaws.sagemaker.ranges import Categorical, Range


class Sampler(Protocol):
    """Gives values to try, and is told what came of them, by the number of the trial."""

    def ask(self, number: int) -> dict[str, str]:
        """Values by the names of hyperparameters."""
        ...

    def tell(self, number: int, objective: float | None) -> None:
        """The objective of a trial, None where it has none."""
        ...


def sampler_of(strategy: str, ranges: Sequence[Range], *, maximize: bool, seed: int | None) -> Sampler:
    """The sampler of a strategy; without a seed no two jobs search alike."""
    if strategy == "Random":
        return Uniform(ranges, seed)
    return Parzen(ranges, maximize=maximize, seed=seed)


class Uniform:
    """Random: evenly on each range's scale."""

    def __init__(self, ranges: Sequence[Range], seed: int | None) -> None:
        self._ranges, self._random = ranges, random.Random(seed)

    def ask(self, number: int) -> dict[str, str]:  # noqa: ARG002  every trial is drawn for itself
        """Values by the names of hyperparameters."""
        return {
            one.name: self._random.choice(one.values)
            if isinstance(one, Categorical)
            else one.written(self._random.uniform(*one.bounds))
            for one in self._ranges
        }

    def tell(self, number: int, objective: float | None) -> None:
        """Nothing is learnt."""


class Parzen:
    """Bayesian; trials that run are taken for bad ones, so that their neighbours are not tried beside them."""

    def __init__(self, ranges: Sequence[Range], *, maximize: bool, seed: int | None) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges, self._states = ranges, optuna.trial.TrialState
        self._space: dict[str, Any] = {
            one.name: optuna.distributions.CategoricalDistribution(one.values)
            if isinstance(one, Categorical)
            else optuna.distributions.FloatDistribution(*one.bounds)
            for one in ranges
        }
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        self._study = optuna.create_study(direction="maximize" if maximize else "minimize", sampler=sampler)
        self._trials: dict[int, Any] = {}

    def ask(self, number: int) -> dict[str, str]:
        """Values by the names of hyperparameters."""
        self._trials[number] = self._study.ask(self._space)
        places = self._trials[number].params
        return {
            one.name: places[one.name] if isinstance(one, Categorical) else one.written(places[one.name])
            for one in self._ranges
        }

    def tell(self, number: int, objective: float | None) -> None:
        """A trial without an objective is left out of what is learnt."""
        if objective is None:
            self._study.tell(self._trials[number], state=self._states.FAIL)
        else:
            self._study.tell(self._trials[number], objective)
