"""How much each row counts in training: by its column, and by the frequency of its class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leeway.spec import ModelSpec

WEIGHTS = "weights.npy"  # beside the features, where rows do not all count the same


def counts(spec: ModelSpec) -> bool:
    """Whether rows count for more or less than others in any part."""
    return spec.data.weight is not None or spec.training.balance


def write(folder: Path, spec: ModelSpec, labels: np.ndarray, given: np.ndarray) -> None:
    """Weights of a part. Only the train part is balanced: what is measured is measured on the data as they are."""
    balance = spec.training.balance and folder.name == "train"
    if spec.data.weight is None and not balance:
        return
    weights = given.astype(np.float64)
    np.save(folder / WEIGHTS, (balanced(labels, weights) if balance else weights).astype(np.float32))


def balanced(labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each class weighs the same, and all together what they weighed before: n / (k * n of the class)."""
    codes = labels.astype(np.int64)
    sums = np.bincount(codes, weights)
    present = sums > 0
    factors = np.divide(weights.sum(), present.sum() * sums, out=np.zeros(len(sums)), where=present)
    found: np.ndarray = weights * factors[codes]
    return found


def read(folder: Path) -> np.ndarray | None:
    """None where all rows count the same."""
    path = folder / WEIGHTS
    return np.load(path) if path.is_file() else None
