"""Metrics of a multiclass model, each row with its weight."""

from __future__ import annotations

import numpy as np

from steps.binary import LEAST, f1, mean, total
from steps.calibration import calibration_error

SHOWN = 50  # classes in a confusion matrix; it grows with their square


def metrics(codes: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """All of them; `scores` has a column of probabilities for each class, and the likeliest class is the guess."""
    guessed = scores.argmax(axis=1) if len(scores) else np.zeros(0, dtype=np.int64)
    sure = scores.max(axis=1, initial=0.0).astype(np.float64)
    return {
        "accuracy": mean(guessed == codes, weights),
        "f1_macro": f1_macro(codes, guessed, weights),
        "mlogloss": mean(surprises(codes, scores), weights),
        **_weighted(codes, guessed, weights),
        "expected_calibration_error": calibration_error(sure, guessed == codes, weights),
    }


def surprises(codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The log loss of each row."""
    given = scores[np.arange(len(codes)), codes.astype(np.int64)].astype(np.float64)
    found: np.ndarray = -np.log(np.clip(given, LEAST, 1.0))
    return found


def f1_macro(codes: np.ndarray, guessed: np.ndarray, weights: np.ndarray) -> float:
    """The mean of F1 over the classes that come in the rows or were guessed, each counting the same."""
    present = np.union1d(codes, guessed)
    each = [f1(codes == code, guessed == code, weights) for code in present]
    return mean(np.array(each), np.ones(len(each)))


def _weighted(codes: np.ndarray, guessed: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Model Monitor's: of each class, weighed by how often it comes."""
    present = np.unique(codes)
    share = np.array([total(weights[codes == code]) for code in present])
    hits = np.array([total(weights[(codes == code) & (guessed == code)]) for code in present])
    taken = np.array([total(weights[guessed == code]) for code in present])
    precision = np.divide(hits, taken, out=np.zeros(len(present)), where=taken > 0)
    recall = np.divide(hits, share, out=np.zeros(len(present)), where=share > 0)
    return {"weighted_precision": mean(precision, share), "weighted_recall": mean(recall, share)}


def confusion(codes: np.ndarray, scores: np.ndarray, classes: tuple[str, ...]) -> dict[str, dict[str, int]] | None:
    """Rows by class and by the class that was guessed; None where there are too many classes to show."""
    if len(classes) > SHOWN or not len(codes):
        return None
    size = scores.shape[1]
    places = codes.astype(np.int64) * size + scores.argmax(axis=1)
    table = np.bincount(places, minlength=size * size).reshape(size, size)
    return {truth: {guess: int(table[n, m]) for m, guess in enumerate(classes)} for n, truth in enumerate(classes)}
