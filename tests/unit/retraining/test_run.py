"""What names a run, and what it says of its end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from leeway.retraining.run import BROKEN, next_attempt, run_key
from leeway.retraining.triggers import prospect
from leeway.retraining.verdict import Report, report
from leeway.retraining.words import count, moment, plain, span
from tests.unit.retraining.values import HOUR, MINUTE, NOW, request, run

pytestmark = pytest.mark.unit
PARTS = {"model": "churn", "manifest": "m", "definition": "d", "champion": "c"}


def test_a_run_is_named_by_what_it_trains() -> None:
    assert run_key(**PARTS) == run_key(**PARTS)
    assert len({run_key(**PARTS), *(run_key(**PARTS | {part: "x"}) for part in PARTS)}) == 5


def test_names_fit_what_sagemaker_allows() -> None:
    """Reference: ClientRequestToken 32 to 128 characters, display name at most 82 of [a-zA-Z0-9](-*[a-zA-Z0-9])*."""
    named = run(HOUR)
    assert re.fullmatch(r"[0-9a-f]{64}", named.token)
    assert named.id == named.token[:20]
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", named.name)
    assert len(named.name) <= 82


def test_the_next_attempt_has_another_token() -> None:
    runs = [run(HOUR, attempt=2), run(2 * HOUR, attempt=1), run(MINUTE, key="other", attempt=7)]
    assert next_attempt("k", runs) == 3
    assert next_attempt("new", runs) == 1
    assert len({r.token for r in [*runs, run(HOUR, attempt=3)]}) == 4


@pytest.mark.parametrize(
    ("broken", "wishes", "words"),
    [
        pytest.param([MINUTE], [], "attempt 2 of 3 in 60 s", id="first"),
        pytest.param([MINUTE, HOUR], [], "attempt 3 of 3 in 5 min", id="second"),
        pytest.param([MINUTE, HOUR, 2 * HOUR], [], "3 in a row broke", id="third"),
        pytest.param([HOUR], [request("manual", MINUTE)], "attempt 1 of 3 at once", id="somebody-asked-meanwhile"),
        pytest.param([MINUTE], [request("manual", HOUR)], "attempt 2 of 3 in 60 s", id="somebody-had-asked-before"),
    ],
)
def test_what_comes_after_a_broken_run(broken: list[timedelta], wishes: list[Any], words: str) -> None:
    assert words in prospect([run(age, BROKEN) for age in broken], wishes, NOW - timedelta(days=9), HOUR)


@pytest.mark.parametrize(
    ("document", "passed"),
    [
        pytest.param({"passed": 1, "reason": "good"}, True, id="passed"),
        pytest.param({"passed": 0, "reason": "bad"}, False, id="failed"),
        pytest.param({"passed": "1"}, None, id="text"),
        pytest.param({"passed": 2}, None, id="two"),
        pytest.param({"passed": 0.5}, None, id="half"),
        pytest.param({"passed": None}, None, id="null"),
        pytest.param({}, None, id="nothing"),
        pytest.param(None, None, id="no-report"),
        pytest.param(7, None, id="a-number"),
        pytest.param([{"passed": 1}], None, id="a-list"),
    ],
)
def test_only_a_clear_report_decides(document: Any, passed: bool | None) -> None:
    assert report(document, "passed").passed is passed


@pytest.mark.parametrize("reason", [None, 7, "", ["a"]])
def test_a_report_without_words_says_so(reason: Any) -> None:
    assert report({"passed": 0, "reason": reason}, "passed") == Report(passed=False, reason="no reason given")


def test_words_from_outside_are_one_bounded_line() -> None:
    assert plain("a\nb\x1b[31m\u202ec") == "a b [31m c"
    cut = plain("step Train: " + "x" * 10_000 + "OSError: [Errno 28] No space left on device")
    assert len(cut) == 500
    assert cut.startswith("step Train: x")
    assert cut.endswith("x" * 100 + "OSError: [Errno 28] No space left on device")


def test_words() -> None:
    assert [count(1, "file"), count(2041, "row"), count(0, "row")] == ["1 file", "2,041 rows", "0 rows"]
    spans = [timedelta(seconds=60), 5 * MINUTE, 90 * MINUTE, 3 * HOUR, 72 * HOUR]
    assert [span(time) for time in spans] == ["60 s", "5 min", "90 min", "3 h", "3 days"]
    assert moment(NOW) == "2026-03-02 12:00:00 UTC"
