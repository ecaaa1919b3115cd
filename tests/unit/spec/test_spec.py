"""The checked spec: what is written is what is read, and equal specs have equal names."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from leeway.spec import ModelSpec

pytestmark = pytest.mark.unit


def document() -> dict[str, Any]:
    return {
        "model": {"name": "churn", "problem": "binary"},
        "data": {
            "id": "customer_id",
            "label": "churned",
            "quiet_period": 300,
            "columns": {
                "tenure": {"type": "int", "min": 0, "nullable": True},
                "contract": {"type": "category", "values": ["month", "year"]},
            },
        },
        "training": {"split": "hash", "hyperparameters": {"eta": 0.1, "objective": "binary:logistic"}},
    }


def test_reads_durations_columns_and_defaults() -> None:
    spec = ModelSpec.from_json(document())
    assert spec.data.quiet_period == timedelta(minutes=5)
    assert spec.data.max_wait == timedelta(hours=1)
    assert [column.name for column in spec.data.columns] == ["contract", "tenure"]
    assert spec.data.columns[0].values == ("month", "year")
    assert spec.retraining.daily_cap == 2


def test_what_is_written_is_what_is_read() -> None:
    spec = ModelSpec.from_json(document())
    assert ModelSpec.from_json(json.loads(spec.canonical())) == spec


def test_the_order_of_keys_does_not_change_the_name() -> None:
    turned = document()
    turned["data"]["columns"] = dict(reversed(turned["data"]["columns"].items()))
    turned = dict(reversed(turned.items()))
    assert ModelSpec.from_json(turned).sha256 == ModelSpec.from_json(document()).sha256


def test_a_changed_value_changes_the_name() -> None:
    changed = document()
    changed["data"]["columns"]["tenure"]["min"] = 1
    assert ModelSpec.from_json(changed).sha256 != ModelSpec.from_json(document()).sha256


def test_durations_are_whole_seconds_in_json() -> None:
    written = ModelSpec.from_json(document()).to_json()
    assert written["data"]["window"] == 180 * 24 * 3600
    assert written["training"]["max_runtime"] == 3600


def test_a_key_of_another_version_is_refused_by_name() -> None:
    newer = document()
    newer["data"]["columns"]["tenure"]["unit"] = "month"
    with pytest.raises(ValueError, match=r"does not know data\.columns\.tenure\.unit"):
        ModelSpec.from_json(newer)


@pytest.mark.parametrize("path", [("data", "id"), ("model", "name"), ("training", "split"), ("data", "columns")])
def test_what_is_missing_is_named(path: tuple[str, str]) -> None:
    partial = document()
    del partial[path[0]][path[1]]
    with pytest.raises(ValueError, match=path[1]):
        ModelSpec.from_json(partial)


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelSpec.from_json(document()).data.min_rows = 1  # type: ignore[misc]
