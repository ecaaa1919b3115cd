"""What SageMaker's own algorithm reads: CSV without a header, the label first, and then the weight where rows have one.

The image hands its files to XGBoost's reader of texts, which rounds: of the shortest text that stands for a float32 it
may make the next one. All digits of the number, without an exponent, come out as they are from 1e-11 to 1e15.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np

from leeway.spec import ModelSpec
from serving.encoders import Encoders
from steps import weights
from steps.matrices import FEATURES, LABELS

BLOCK = 10_000  # rows: of many categories they become wide
CHANNELS = ("train", "validation")


def convert(encoders: Encoders, spec: ModelSpec, output: Path) -> None:
    """The matrices of both channels become `<channel>.csv`, which is then all that lies there."""
    for name in CHANNELS:
        folder = output / name
        with (folder / f"{name}.csv").open("w", encoding="ascii", newline="") as target:
            _write(target, encoders, folder, weighted=weights.counts(spec))
        for file in folder.glob("*.npy"):
            file.unlink()


def _write(target: IO[str], encoders: Encoders, folder: Path, *, weighted: bool) -> None:
    features, labels = np.load(folder / FEATURES, mmap_mode="r"), np.load(folder / LABELS)
    first = [labels]
    if weighted:
        given = weights.read(folder)
        first.append(np.ones_like(labels) if given is None else given)
    for start in range(0, len(labels), BLOCK):
        within = slice(start, start + BLOCK)
        rows = np.column_stack([*(column[within] for column in first), encoders.spread(features[within])])
        target.writelines(",".join(map(cell, row)) + "\n" for row in rows.tolist())


def cell(value: float) -> str:
    """A number of CSV; nothing for one that is missing."""
    if value != value:  # noqa: PLR0124  NaN, by a comparison that costs less than a call
        return ""
    text = repr(value)
    return f"{value:.60f}".rstrip("0") if "e-" in text else text
