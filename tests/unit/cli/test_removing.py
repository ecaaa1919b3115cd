"""Which resources are a model's own, by their names alone."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from leeway.retraining.run import EXECUTING, Run
from leeway_cli import removing

pytestmark = pytest.mark.unit


class Listing:
    """A target of the stack `leeway` whose SageMaker lists some names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.settings = SimpleNamespace(resource=lambda model: f"leeway-{model}")

    def client(self, _: str) -> Any:
        return self

    get_paginator = client

    def paginate(self, **_: str) -> Any:
        found = [{"EndpointConfigName": name, "ModelName": name} for name in self.names]
        return [
            {"EndpointConfigs": found[:1], "Models": found[:1]},
            {"EndpointConfigs": found[1:], "Models": found[1:]},
        ]


def test_configurations_of_a_model_with_a_longer_name_are_left_alone() -> None:
    own = f"leeway-churn-{'a' * 12}"
    others = [
        f"leeway-churn-eu-{'b' * 12}",
        f"leeway-churn-{'c' * 12}-{'d' * 12}",
        "leeway-churn",
        "x-leeway-churn-" + "a" * 12,
    ]
    target: Any = Listing(*others, own)
    assert [thing.name for thing in removing._configs(target, "churn")] == [own]


def test_models_of_a_model_with_a_longer_name_are_left_alone() -> None:
    own = f"leeway-churn-v12-{'a' * 10}"
    target: Any = Listing(
        own, f"leeway-churn-v2-v1-{'b' * 10}", f"leeway-churn-v1-{'c' * 12}", "leeway-churn-v1-theirs"
    )
    assert [thing.name for thing in removing._models(target, "churn")] == [own]


def test_a_training_under_way_is_said_with_the_way_out() -> None:
    run = Run(
        model="churn", created=datetime(2026, 3, 1, tzinfo=UTC), key="k", attempt=1, trigger="data", manifest="m",
        champion="c", definition="d", files=1, rows=1, status=EXECUTING,
    )  # fmt: skip
    assert removing.under_way(run) == (
        f"a training of churn is under way (run {run.id[:8]}, executing); wait for its end, or stop it: --force"
    )
