"""Cases of a parametrized test: alike enough for `make test` to run one and the others elsewhere."""

from __future__ import annotations

from typing import Any

import pytest


def of_the_stories(*values: Any) -> list[Any]:
    """The values as cases that run with the stories alone."""
    return [pytest.param(value, marks=pytest.mark.story) for value in values]


def of_the_proof(*values: Any) -> list[Any]:
    """The values as cases that run with `make prove` alone."""
    return [pytest.param(value, marks=pytest.mark.proof) for value in values]
