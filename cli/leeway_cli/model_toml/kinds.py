"""What a value of model.toml may be, by its kind; what an error message says of it is beside it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
YEAR = 366 * 86400
JOB_LIMIT = 28 * 86400  # SageMaker's longest MaxRuntimeInSeconds
PROCESSING_INSTANCES = 100  # SageMaker's largest InstanceCount of a processing job


def seconds(value: Any) -> int:
    """Whole seconds of a duration such as "90s", "5m", "1h", "180d" or "2w"."""
    found = re.fullmatch(r"(\d{1,9})([smhdw])", value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError("duration", "is not a duration")
    return int(found[1]) * SECONDS[found[2]]


def as_column(value: Any) -> Any:
    """`tenure = "int"` is short for `tenure = { type = "int" }`."""
    return {"type": value} if isinstance(value, str) else value


def as_text(value: Any) -> Any:
    """A label of 1 in TOML is the text "1" in a CSV file."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# XGBoost refuses [, ] and < in a feature's name; a comma, a quote or a line break would not survive a CSV header.
# Cells and the names in a header are read without the blanks around them.
ColumnName = Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\s\[\]<,\"]+( +[^\s\[\]<,\"]+)*$")]
Cell = Annotated[str, StringConstraints(max_length=200, pattern=r"^\S+( +\S+)*$")]
OwnFile = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OWN_FILE = 'the path of a Python file in the model\'s folder, such as "train.py"'
Instance = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
AlarmName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Duration = Annotated[int, BeforeValidator(seconds)]
METRICS = (
    '"auc", "aucpr", "accuracy", "f1", "logloss" or "brier"; for multiclass "accuracy", "f1_macro" or "mlogloss"; '
    'for regression "rmse", "mae" or "r2"'
)
DURATION = 'a duration such as "90s", "5m", "1h", "180d" or "2w"'
