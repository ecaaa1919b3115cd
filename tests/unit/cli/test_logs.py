"""Reading CloudWatch's pages backward, and lines as they are told."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from leeway_cli import logs
from leeway_cli.logs import Line, Step, Stream

pytestmark = pytest.mark.unit


class Pages:
    """GetLogEvents over given pages, the newest first; some may be empty, as the service's may."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        place = int(request.get("nextToken", 0))
        page = self.pages[place] if place < len(self.pages) else []
        return {
            "events": [{"timestamp": 0, "message": message} for message in page],
            "nextBackwardToken": str(min(place + 1, len(self.pages))),
        }


@pytest.mark.parametrize(
    ("pages", "count", "wanted"),
    [
        pytest.param([["d", "e"], [], ["b", "c"], ["a"]], 100, "abcde", id="all, over an empty page"),
        pytest.param([["d", "e"], ["b", "c"]], 3, "cde", id="the newest"),
        pytest.param([["d", "e"]], 2, "de", id="enough at once"),
        pytest.param([[]], 5, "", id="none"),
    ],
)
def test_the_newest_lines_in_their_order(pages: list[list[str]], count: int, wanted: str) -> None:
    client = Pages(*pages)
    assert "".join(line.message for line in logs.newest(client, "g", "s", count)) == wanted
    assert client.asked[0] == {"logGroupName": "g", "logStreamName": "s", "limit": count}


def test_no_more_is_asked_for_than_a_page_holds() -> None:
    client = Pages(["x"])
    logs.newest(client, "g", "s", 50_000)
    assert client.asked[0]["limit"] == 10_000


class Jobs:
    """SageMaker's lists of jobs, all of one execution."""

    def get_paginator(self, operation: str) -> Any:
        kind = "Processing" if "processing" in operation else "Training"
        names = {"Processing": [("Evaluate", 3), ("Prepare", 1)], "Training": [("Train", 2)]}[kind]
        found = [
            {
                f"{kind}JobName": f"pipelines-abc-{name}-x1",
                f"{kind}JobArn": f"arn:job/pipelines-abc-{name}-x1",
                f"{kind}JobStatus": "Completed",
                "CreationTime": at,
            }
            for name, at in names
        ]
        return SimpleNamespace(
            paginate=lambda NameContains: [{f"{kind}JobSummaries": found if NameContains == "pipelines-abc-" else []}]  # noqa: N803  boto3's name
        )


@pytest.mark.parametrize(("execution", "names"), [("arn:x/ABC", ["Prepare", "Train", "Evaluate"]), ("arn:x/other", [])])
def test_jobs_of_an_execution_that_is_gone_are_found_by_their_names(execution: str, names: list[str]) -> None:
    found = logs.by_name(Jobs(), SimpleNamespace(execution=execution))  # type: ignore[arg-type]
    assert [step["StepName"] for step in found] == names
    assert all(logs._job(step) for step in found)


def test_a_step_is_told_with_where_it_logs() -> None:
    line = Line(at=datetime(2026, 3, 1, 9, 0, 7, tzinfo=UTC), message="a\x1b[31m")
    step = Step(
        name="Train", status="Failed", reason="out\nof memory", job="j", group=logs.TRAINING,
        streams=[Stream(name="j/algo-1-7", lines=[line])],
    )  # fmt: skip
    assert list(logs.lines(step)) == [
        r"Train failed: out\x0aof memory",
        "  /aws/sagemaker/TrainingJobs: j/algo-1-7",
        r"  09:00:07  a\x1b[31m",
    ]


def test_a_job_that_wrote_nothing_is_said_to() -> None:
    step = Step(name="Train", status="Executing", reason="", job="j", group=logs.TRAINING, streams=[])
    assert "nothing logged by j yet" in list(logs.lines(step))[1]
    assert logs.as_json(step)["streams"] == []
