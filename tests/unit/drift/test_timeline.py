"""Windows become verdicts: what drifted, since when, in which words, and when nothing is known."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from leeway.drift.detector import Counts
from leeway.drift.reference import Feature, Reference
from leeway.drift.timeline import BAR, Status, Timeline, median
from leeway.drift.windows import Window

pytestmark = pytest.mark.unit

TENURE = Feature(
    name="tenure", type="int", edges=(0.0, 14.0, 29.0, 50.0, 72.0), shares=(0.02, 0.25, 0.5, 0.75, 1.0, 0.0)
)
CONTRACT = Feature(name="contract", type="category", texts=("month", "year"), shares=(0.6, 0.4, 0.0, 0.0))
REFERENCE = Reference(features=(TENURE, CONTRACT))
START = datetime(2026, 3, 2, 3, tzinfo=UTC)


def window(
    rows: int, tenure: tuple[float, ...] = TENURE.shares, contract: tuple[float, ...] = CONTRACT.shares
) -> Window:
    parts = {"tenure": tenure, "contract": contract}
    counts = {
        name: Counts(rows=rows, events=tuple(round(rows * share) for share in shares)) for name, shares in parts.items()
    }
    return Window(records=rows, rows=rows, counts=counts)


YOUNGER = (0.05, 0.5, 0.75, 0.9, 1.0, 0.0)


def told(windows: list[Window], timeline: Timeline | None = None, start: datetime = START) -> tuple[Timeline, Status]:
    found = timeline or Timeline.begin(REFERENCE)
    for number, one in enumerate(windows):
        found, status = found.after(start + timedelta(hours=number), one, REFERENCE)
    return found, status


def test_where_nothing_changes_it_is_stable() -> None:
    _, status = told([window(500)] * 30)
    assert (status.verdict, status.culprits) == ("stable", ())
    assert status.why.startswith("no drift: evidence ")
    assert status.why.endswith(" against a bar of 1,000")


def test_drift_names_feature_median_and_since_when() -> None:
    _, status = told([window(500)] * 5 + [window(500, tenure=YOUNGER)] * 3)
    assert status.verdict == "drifted"
    assert status.evidence >= BAR
    assert status.culprits[0].feature == "tenure"
    assert status.culprits[0].since == START + timedelta(hours=5)
    assert "tenure: median 29 → 14, since 2026-03-02 08:00" in status.why


def test_of_a_category_the_shares_are_told() -> None:
    _, status = told([window(500)] + [window(500, contract=(0.3, 0.3, 0.4, 0.0))] * 2)
    assert status.culprits[0].what == "is a value that training knew less well in 0.0% → 40.0% of rows"


def test_missing_values_are_drift_too() -> None:
    _, status = told([window(500, tenure=(0.01, 0.15, 0.3, 0.45, 0.6, 0.4))] * 3)
    assert status.culprits[0].feature == "tenure"
    assert "→" in status.culprits[0].what


def test_too_few_rows_are_unknown_and_wait_for_more() -> None:
    timeline, status = told([window(30)] * 3)
    assert status.verdict == "unknown"
    assert "90 of the 100 rows that a verdict takes" in status.why
    assert told([window(30)], timeline, START + timedelta(hours=3))[1].verdict == "stable"
    drifted = [window(40, tenure=YOUNGER)] * 40
    assert {told(drifted[:n])[1].verdict for n in range(1, 41)} == {"unknown", "stable", "drifted"}


def test_no_traffic_is_unknown_and_what_had_no_use_is_named() -> None:
    _, status = told([Window(records=7, unused={"the answer is missing": 7})])
    assert status.verdict == "unknown"
    assert "records without use: 7 because the answer is missing" in status.why


def test_an_hour_without_traffic_neither_ends_nor_begins_an_alarm() -> None:
    timeline, drifted = told([window(500, tenure=YOUNGER)] * 4)
    after, status = told([Window()], timeline, START + timedelta(hours=4))
    assert (status.verdict, status.evidence) == ("unknown", drifted.evidence)
    assert after.detector == timeline.detector


def test_drift_after_hours_without_traffic_begins_after_them() -> None:
    _, status = told([window(500)] * 3 + [Window()] * 3 + [window(500, tenure=YOUNGER)] * 3)
    assert status.culprits[0].since == START + timedelta(hours=6)


def test_it_is_the_same_after_being_kept() -> None:
    timeline, _ = told([window(500)] * 3 + [window(500, tenure=YOUNGER), window(20)])
    kept = Timeline.from_json(json.loads(json.dumps(timeline.to_json())))
    assert kept == timeline
    assert told([window(500)], kept) == told([window(500)], timeline)


def test_the_median_lies_between_its_edges() -> None:
    assert median(TENURE, TENURE.shares) == 29.0
    assert median(TENURE, (0.0, 0.4, 0.6, 0.8, 1.0, 0.0)) == pytest.approx(21.5)
    assert median(TENURE, (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)) is None
    assert median(TENURE, []) is None
