"""Keys of the table's items and of the artifacts bucket's objects: every name that is stored, in one place."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

SPEC = "spec"
RETRAINER = "retrainer"
ROLLOUT = "rollout"
APPROVER = "approver"
MONITOR = "monitor"
MACHINES = (RETRAINER, ROLLOUT, APPROVER, MONITOR)
ARRIVAL, PENDING, RUN, REQUEST = "arrival#", "pending#", "run#", "request#"
PACKAGE, SLOT, JOURNAL = "package#", "slot#", "journal#"
ASSIGNMENT, EPOCH, COHORT = "assignment", "epoch#", "cohort#"
MODELS = "models"  # pk of the list of models, sk = model
DRIFT = "-drift"  # ends the name of a model's own alarm
BY_MODEL_MONITOR = "-model-monitor-"  # before the number of an alarm on Model Monitor's metrics
ALARM = re.compile(rf"(.+?)(?:{DRIFT}|{BY_MODEL_MONITOR}[0-9]+)", re.DOTALL)
CHALLENGER = "-challenger"  # ends the name of a challenger's own endpoint
UNKNOWN = "_unknown"  # stands for a model whose name cannot be one


def model_pk(model: str) -> str:
    """Partition of everything that is kept about one model."""
    return f"model#{model}"


def own_alarm(stack: str, model: str) -> str:
    """Name of the alarm that `leeway apply` makes for a model."""
    return f"{stack}-{model}{DRIFT}"


def alarm_pk(alarm: str) -> str:
    """Partition of the models whose specifications name an alarm; sk = model."""
    return f"alarm#{alarm}"


def model_of(pk: str) -> str:
    """The model of a partition."""
    return pk.removeprefix("model#")


def digest(*parts: str | int) -> str:
    """sha256 (64 hex digits) of the parts; a NUL between them, so that ("ab", "c") is not ("a", "bc")."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "surrogatepass")).hexdigest()


def stamp(at: datetime) -> str:
    """A time as a sortable key part, in UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unstamp(text: str) -> datetime:
    """The time of a `stamp`."""
    return datetime.fromisoformat(text)
