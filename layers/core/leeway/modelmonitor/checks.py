"""The checks of Model Monitor, of one hour against the baseline: which constraints do not hold.

`data_type_check` is of a whole column: a request with a value of another type was refused by the model, and its record
is counted among those without use. Source: developer guide, `model-monitor-interpreting-violations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from leeway.drift.detector import Counts
from leeway.drift.distances import categorical, chi_squared, robust
from leeway.drift.reference import Feature, Reference
from leeway.drift.windows import Window
from leeway.modelmonitor.constraints import CHI_SQUARED, ROBUST, Config, Constraint, Constraints
from leeway.modelmonitor.statistics import inferred
from leeway.modelmonitor.violations import Violation

CLOSE = 1e-9  # by how much a share may fall short because it is a float
NUMBERS = {"Integral", "Fractional"}


def violated(reference: Reference, window: Window, constraints: Constraints) -> list[Violation]:
    """In the order of the constraints; none of an hour without rows."""
    if not window.rows or not constraints.config.evaluate:
        return []
    features = {feature.name: feature for feature in reference.features}
    found = list(_columns(set(features), {one.name for one in constraints.features}))
    for one in constraints.features:
        counts = window.counts.get(one.name)
        if one.name in features and counts is not None and one.config.evaluate:
            found += _feature(features[one.name], counts, one, reference.rows)
    return found


def _columns(there: set[str], wanted: set[str]) -> Iterator[Violation]:
    numbers = f"Number of columns in current dataset: {len(there)}, in baseline constraints: {len(wanted)}"
    if wanted - there:
        names = ", ".join(sorted(wanted - there))
        yield Violation(
            feature="Missing columns",
            check="missing_column_check",
            description=f"There are missing columns in current dataset ({names}). {numbers}",
        )
    if there - wanted:
        names = ", ".join(sorted(there - wanted))
        yield Violation(
            feature="Extra columns",
            check="extra_column_check",
            description=f"There are extra columns in current dataset ({names}). {numbers}",
        )


def _feature(feature: Feature, counts: Counts, one: Constraint, rows: int) -> Iterator[Violation]:
    present = counts.rows - counts.events[-1]
    share = present / counts.rows if counts.rows else 1.0
    if one.completeness is not None and share < one.completeness - CLOSE:
        yield _short(feature, "completeness_check", share)
    if not present:
        return
    if one.type != "Unknown" and (one.type in NUMBERS) != feature.numeric and one.config.datatype > 0:
        yield Violation(
            feature=feature.name,
            check="data_type_check",
            description="Data type match requirement is not met."
            f" Expected data type: {one.type}, Expected match: {one.config.datatype:.1%}."
            f" Observed: 100.0% of data is {inferred(feature)}.",
        )
        return
    inside = None if feature.numeric or one.domains is None else _inside(feature, counts, one.domains)
    if inside is not None and inside < one.config.domain - CLOSE:
        yield _short(feature, "categorical_values_check", inside)
    if one.config.compare:
        yield from _drift(feature, counts, one.config, rows)


def _short(feature: Feature, check: str, share: float) -> Violation:
    description = f"Value: {share:.6g} does not meet the constraint requirement! "
    return Violation(feature=feature.name, check=check, description=description)


def _inside(feature: Feature, counts: Counts, domains: tuple[str, ...]) -> float | None:
    """The share of present values that are in the domains; None where some are that training knew less well."""
    *known, others, missing = counts.events
    if others and set(domains) - set(feature.texts):
        return None  # they are counted as one, and may be in the domains or not
    hits = sum(count for text, count in zip(feature.texts, known, strict=True) if text in domains)
    return hits / (counts.rows - missing)


def _drift(feature: Feature, counts: Counts, config: Config, rows: int) -> Iterator[Violation]:
    if not feature.numeric and config.categorical_method == CHI_SQUARED:
        p_value = chi_squared(_texts(feature, counts), _baseline_texts(feature, rows))
        if p_value < config.categorical:
            said = f"p-value: {p_value:.6g} is below the threshold: {config.categorical:g}"
            yield Violation(feature=feature.name, check="baseline_drift_check", description=said)
        return
    threshold = config.threshold if feature.numeric else config.categorical
    found = distance(feature, counts, config.method, rows)
    if found > threshold:
        kind = "Numerical" if feature.numeric else "Categorical"
        said = f"{kind} distance: {found:.6g} exceeds threshold: {threshold:g}"
        yield Violation(feature=feature.name, check="baseline_drift_check", description=said)


def distance(feature: Feature, counts: Counts, method: str, rows: int) -> float:
    """Between the present values of an hour and of a baseline of so many rows, at its edges; 0 where there are none."""
    present, of_baseline = counts.rows - counts.events[-1], rows * (1 - feature.shares[-1])
    if not present or not of_baseline:
        return 0.0
    found = _numeric(feature, counts) if feature.numeric else _categorical(feature, counts, rows)
    return found if method != ROBUST else robust(found, present, of_baseline)


def _numeric(feature: Feature, counts: Counts) -> float:
    present, share = counts.rows - counts.events[-1], 1 - feature.shares[-1]
    pairs = zip(counts.events[:-1], feature.shares[:-1], strict=True)
    return max((abs(hits / present - before / share) for hits, before in pairs), default=0.0)


def _categorical(feature: Feature, counts: Counts, rows: int) -> float:
    found = categorical(_texts(feature, counts), _baseline_texts(feature, rows))
    return 0.0 if isnan(found) else found


def _texts(feature: Feature, counts: Counts) -> dict[str, float]:
    """Counts by text; those that training knew less well are one that has no name."""
    return dict(zip([*feature.texts, "\0"], map(float, counts.events[:-1]), strict=True))


def _baseline_texts(feature: Feature, rows: int) -> dict[str, float]:
    return {text: share * rows for text, share in zip([*feature.texts, "\0"], feature.shares[:-1], strict=True)}
