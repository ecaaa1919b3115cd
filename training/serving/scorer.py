"""A trained model with its encoders: loads only what this XGBoost made, and scores rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xgboost

from leeway.cells import Value
from leeway.errors import Rejected
from leeway.training import REGRESSION
from serving.encoders import ENCODERS, MISSING, MODEL, Encoders

TOLERANCE = 1e-5
PLACE = re.compile(r"^\[[0-9:]+\] \S+:[0-9]+: ")  # clock and source line, which XGBoost puts before what it says


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """A booster and what it takes."""

    booster: xgboost.Booster
    encoders: Encoders

    def score(self, rows: Sequence[Sequence[Value]]) -> np.ndarray:
        """Float32: the probability of the positive class for each row, or the number.

        Of a multiclass model, a row of probabilities, one for each class.
        """
        return self.score_matrix(self.encoders.matrix(rows))

    def score_matrix(self, matrix: np.ndarray) -> np.ndarray:
        """As `score`, for rows that are encoded."""
        if not len(matrix):
            return np.zeros((0, len(self.encoders.classes)) if self.encoders.classes else 0, dtype=np.float32)
        scores: np.ndarray = self.booster.predict(as_data(self.encoders, matrix))
        return scores

    def probe(self) -> float | tuple[float, ...]:
        """The score of a row in which everything is missing."""
        score = self.score_matrix(np.full((1, len(self.encoders.columns)), MISSING, dtype=np.float32))[0]
        return tuple(float(part) for part in score) if np.ndim(score) else float(score)

    def files(self) -> dict[str, bytes]:
        """The two files of a model archive."""
        return self.stamped(bytes(self.booster.save_raw(raw_format="ubj")))

    def stamped(self, model: bytes) -> dict[str, bytes]:
        """The same of a model's file as it is; raises Rejected where it is none of these features and answers."""
        if (takes := self.booster.num_features()) != (given := self._width()):
            raise Rejected(f"the model takes {takes} features, and the data have {given}")
        try:
            probe = self.probe()
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise Rejected(f"the model scores no row: {said(error)}") from error
        if wrong := self._wrong(probe):
            raise Rejected(wrong)
        stamp = replace(self.encoders, xgboost=xgboost.__version__, model=_sha256(model), probe=probe)
        return {MODEL: model, ENCODERS: stamp.to_bytes()}

    def _wrong(self, probe: float | tuple[float, ...]) -> str:
        """What a score of this problem cannot be."""
        scores, problem = np.atleast_1d(probe), self.encoders.problem
        answers = len(self.encoders.classes) or 1
        if len(scores) != answers or isinstance(probe, tuple) != bool(self.encoders.classes):
            return f"the model answers {len(scores)} numbers for a row, and of {problem} data there are {answers}"
        if problem != REGRESSION and not ((scores >= 0) & (scores <= 1)).all():
            return f"the model answers {_short(probe)}, which is no probability: another objective is needed"
        return ""

    def _width(self) -> int:
        blank = np.full((1, len(self.encoders.columns)), MISSING, dtype=np.float32)
        return int(as_data(self.encoders, blank).num_col())


def said(error: Exception) -> str:
    """The first line of XGBoost's error, the same each time."""
    return PLACE.sub("", str(error).partition("\n")[0])


def as_data(
    encoders: Encoders, matrix: np.ndarray, labels: np.ndarray | None = None, weights: np.ndarray | None = None
) -> xgboost.DMatrix:
    """XGBoost's form of encoded rows."""
    if encoders.indicators:
        return xgboost.DMatrix(encoders.spread(matrix), label=labels, weight=weights, missing=MISSING)
    return xgboost.DMatrix(
        matrix,
        label=labels,
        weight=weights,
        missing=MISSING,
        feature_names=encoders.names,
        feature_types=encoders.types,
        enable_categorical=True,
    )


def load(model: bytes, encoders: bytes) -> Scorer:
    """A scorer of an archive's files; raises Rejected where this XGBoost did not make them.

    A model of another version may load without an error and score wrongly: 3.2 and 3.4 write base_score as 3.0 does not
    read it, which shifts every probability and leaves AUC as it was. So the version must be equal, and the probe too.
    A damaged model may end the process while it is read: so the sha256 comes first.
    """
    found = Encoders.from_bytes(encoders)
    if found.xgboost != xgboost.__version__:
        raise Rejected(f"the model was made by xgboost {found.xgboost}, and this is xgboost {xgboost.__version__}")
    if found.model != _sha256(model):
        raise Rejected(f"{MODEL} is not the one that was trained with these encoders, or it is damaged")
    scorer = Scorer(booster=booster(model), encoders=found)
    try:
        probe = scorer.probe()
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise Rejected(f"{MODEL} cannot be read: {said(error)}") from error
    if not _alike(probe, found.probe):
        raise Rejected(f"the model scores its probe {_short(probe)}, and scored it {found.probe} when it was trained")
    return scorer


def booster(model: bytes) -> xgboost.Booster:
    """The model of a file; raises Rejected where it is none."""
    found = xgboost.Booster()
    try:
        found.load_model(bytearray(model))
    except xgboost.core.XGBoostError as error:
        raise Rejected(f"{MODEL} cannot be read: {said(error)}") from error
    return found


def _alike(probe: float | tuple[float, ...], recorded: object) -> bool:
    """Of a regression's numbers, which may be of any size, the difference counts in relation to them."""
    if isinstance(probe, tuple) != isinstance(recorded, tuple) or not isinstance(recorded, float | tuple):
        return False
    ours, theirs = np.atleast_1d(probe), np.atleast_1d(recorded)
    return len(ours) == len(theirs) and bool(np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE))


def _short(probe: float | tuple[float, ...]) -> str:
    return f"{probe:.6f}" if isinstance(probe, float) else ", ".join(f"{part:.6f}" for part in probe[:5])


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def load_folder(folder: Path) -> Scorer:
    """A scorer of an extracted archive."""
    return load((folder / MODEL).read_bytes(), (folder / ENCODERS).read_bytes())
