"""What a label poses: which problem, what counts as 1, and what knowing nothing would reach."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leeway.cells import shown
from leeway.errors import Rejected
from leeway.spec import BINARY, MULTICLASS, REGRESSION
from leeway_cli.inference.profile import Profile

YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "positive", "pos", "bad", "fraud", "churned", "churn", "left"})
ZERO_ONE = frozenset({"0", "1", "0.0", "1.0"})
MANY = 20  # whole numbers of more values than these are a quantity and no classes
CLASSES = 1000  # that a model can have


@dataclass(frozen=True, kw_only=True)
class Label:
    """The label; `positive` is None where it is 0 or 1.

    `share` is that of the positive class in the sample, or of several classes the most frequent one's; `spread` is the
    standard deviation of a number. `other` is the problem that the same texts may pose, "" where that is none.
    """

    name: str
    problem: str
    positive: str | None = None
    share: float = 0.0
    classes: int = 0
    spread: float = 0.0
    other: str = ""


def problem_of(label: Profile) -> str:
    """The problem that a label poses: binary, multiclass or regression."""
    if len({text.lower() for text in label.counts}) <= 2 or set(label.counts) <= ZERO_ONE:
        return BINARY
    quantity = label.fits("float") and (label.decimals or len(label.counts) > MANY)
    return REGRESSION if quantity else MULTICLASS


def label_of(label: Profile) -> Label:
    """The label; raises Rejected for one that cannot be learnt."""
    if not label.counts:
        raise Rejected(f"--label {label.name} is missing in every row that was read")
    return {BINARY: _binary, MULTICLASS: _multiclass, REGRESSION: _regression}[problem_of(label)](label)


def _binary(label: Profile) -> Label:
    if len({float(text) if text in ZERO_ONE else text.lower() for text in label.counts}) < 2:
        raise Rejected(
            f"--label {label.name} is {_texts(label)} in all {label.present:,} rows that were read, and a model learns "
            "from two classes: give a file that holds both, not sorted by the label"
        )
    positive = None if set(label.counts) <= ZERO_ONE else positive_of(label)
    means_one = {positive} if positive else {"1", "1.0"}
    ones = sum(count for text, count in label.counts.items() if text in means_one)
    return Label(name=label.name, problem=BINARY, positive=positive, share=ones / label.present, classes=2)


def _multiclass(label: Profile) -> Label:
    found = len(label.counts)
    if found > CLASSES or found > label.present / 2:
        wrong = next((text for text in label.counts if text not in label.numbers), "")
        number = f"; as a number it would do but for {shown(wrong, 20)} and the like" if label.numbers and wrong else ""
        raise Rejected(
            f"--label {label.name} has {found:,} values in {label.present:,} rows ({_texts(label)}): no classes that "
            f"come again; allowed: up to {CLASSES:,} of them, or numbers{number}"
        )
    share = max(label.counts.values()) / label.present
    other = REGRESSION if label.fits("float") else ""
    return Label(name=label.name, problem=MULTICLASS, share=share, classes=found, other=other)


def _regression(label: Profile) -> Label:
    numbers = [(label.numbers[text], count) for text, count in label.counts.items()]
    mean = sum(number * count for number, count in numbers) / label.present
    weights = [count / label.present for _, count in numbers]
    spread = math.fsum(w * (number - mean) ** 2 for w, (number, _) in zip(weights, numbers, strict=True)) ** 0.5
    other = MULTICLASS if not label.decimals and len(numbers) <= CLASSES and len(numbers) <= label.present / 2 else ""
    return Label(name=label.name, problem=REGRESSION, spread=spread, other=other)


def _texts(label: Profile) -> str:
    more = f" and {len(label.counts) - 5:,} more" if len(label.counts) > 5 else ""
    return ", ".join(shown(text, 20) for text in list(label.counts)[:5]) + more


def positive_of(label: Profile) -> str:
    """The text that counts as 1: the larger of two numbers, one that says yes, else the rarer one."""
    if label.fits("float"):
        return max(label.counts, key=float)
    says_yes = [text for text in label.counts if text.lower() in YES]
    if len({text.lower() for text in says_yes}) == 1:
        return max(says_yes, key=label.counts.__getitem__)
    return min(label.counts, key=label.counts.__getitem__)
