"""Classes of a multiclass label: those that the training part holds, and rows with any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leeway.cells import shown
from leeway.spec import MULTICLASS, Data
from steps.dataset import REPORTED, Dataset, Sample
from steps.split import Parts


def known(parts: Parts, problem: str) -> tuple[Parts, list[Sample]]:
    """The parts without the rows whose class the training part lacks, and those rows: no model can have learnt it."""
    if problem != MULTICLASS:
        return parts, []
    classes = {sample.row.label for sample in parts.train}
    validation, holdout = (
        [sample for sample in part if sample.row.label in classes] for part in (parts.validation, parts.holdout)
    )
    strangers = [
        sample for part in (parts.validation, parts.holdout) for sample in part if sample.row.label not in classes
    ]
    return Parts(train=parts.train, validation=validation, holdout=holdout), strangers


def strange(dataset: Dataset, strangers: Sequence[Sample], data: Data) -> Iterator[tuple[str, int, str]]:
    """File, line and reason of such rows, for the report of bad ones."""
    for sample in strangers[:REPORTED]:
        file, line = sample.place
        yield dataset.paths[file].name, line, f"{data.label} is {shown(sample.row.answer)}, which the train part lacks"
