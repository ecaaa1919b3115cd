"""What a tuning searches: the hyperparameters that SageMaker's XGBoost lets be tuned, and the ranges of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WHOLE = ("max_delta_step", "max_depth", "num_round")
TUNABLE = (
    *WHOLE, "alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda",
    "min_child_weight", "subsample",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Range:
    """Both ends belong to it; `scaling` is auto, linear, logarithmic or reverse_logarithmic."""

    name: str
    min: float
    max: float
    scaling: str = "auto"


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """[training.tuning]: `objective` is a metric of the validation part, such as validation:auc.

    `strategy` is bayesian or random. With `early_stop`, SageMaker ends trials that are worse than others were by then.
    """

    max_trials: int = 20
    parallel: int = 2
    strategy: str = "bayesian"
    objective: str
    early_stop: bool = False
    ranges: tuple[Range, ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tuning:
        """Of the checked document, where ranges stand by name; raises ValueError for what it does not know."""
        try:
            ranges = sorted(document["ranges"].items())
            return cls(**{**document, "ranges": tuple(Range(name=name, **ends) for name, ends in ranges)})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"spec: training.tuning cannot be read: {error}") from error
