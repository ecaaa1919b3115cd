"""Models and configurations that were made and serve no more: which of them go. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

KEPT = 2  # beside the configuration in force: an update needs the one before, and so does SageMaker's way back


@dataclass(frozen=True, kw_only=True)
class Made:
    """A configuration that was asked for, with its models."""

    config: str
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Retire:
    """Delete a configuration, and those of its models that no other one has; `left` is what was made and stays."""

    config: str
    models: tuple[str, ...]
    left: tuple[Made, ...]


def noted(made: Sequence[Made], asked: Made) -> tuple[Made, ...]:
    """With what is asked for now as the last."""
    return (*(one for one in made if one.config != asked.config), asked)


def leftover(made: Sequence[Made], config: str, models: Collection[str]) -> Retire | None:
    """The oldest that may go; `config` with its `models` is in force, None where nothing is too much."""
    others = [one for one in made if one.config != config]
    if len(others) <= KEPT:
        return None
    left = tuple(one for one in made if one != others[0])
    used = {*models, *(model for one in left for model in one.models)}
    unused = tuple(model for model in others[0].models if model not in used)
    return Retire(config=others[0].config, models=unused, left=left)
