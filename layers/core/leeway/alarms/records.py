"""Which models an alarm concerns: by the name of a model's own, and by what their specifications name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leeway import keys, models
from leeway.aws.table import Delete, Put, Table, Write
from leeway.settings import Settings


def named(alarm: str, model: str) -> Put:
    """The write that says that a model's specification names an alarm."""
    return Put(item={"pk": keys.alarm_pk(alarm), "sk": model})


def changed(model: str, before: Iterable[str], now: Iterable[str]) -> list[Write]:
    """The writes that go with another specification."""
    gone = sorted(set(before) - set(now))
    return [*(named(alarm, model) for alarm in now), *(Delete(pk=keys.alarm_pk(alarm), sk=model) for alarm in gone)]


def concerned(table: Table, settings: Settings, alarm: str) -> list[str]:
    """The models that an alarm concerns and that are looked after."""
    own = settings.model_of_alarm(alarm)
    others = [str(item["sk"]) for item in table.query(keys.alarm_pk(alarm), "")]
    return [model for model in sorted({*others, *([own] if own else [])}) if models.find(table, model) is not None]


def only_once(write: Put) -> Put:
    """The same, refused where it is there."""
    return replace(write, new=True)
