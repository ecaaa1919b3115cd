"""CloudWatch Logs of jobs: groups and streams as SageMaker names them, and the operations that read them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.logs.streams import Stream

pytestmark = pytest.mark.contract
GROUP = "/aws/sagemaker/ProcessingJobs"


@pytest.fixture
def logs(lab: Any) -> Any:
    return lab.aws.client("logs")


def work(lab: Any, script: str, name: str = "work") -> str:
    """Run a job; the name of its stream."""
    lab.sm.create_processing_job(**lab.processing(name, script))
    lab.aws.settle()
    began = lab.sm.describe_processing_job(ProcessingJobName=name)["ProcessingStartTime"]
    return f"{name}/algo-1-{int(began.timestamp())}"


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"] if not event["message"].startswith("localaws:")]


def refused(code: str, call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_a_job_has_a_stream_named_for_it_in_the_group_of_its_kind(lab: Any, logs: Any) -> None:
    """Guide, "Logs that SageMaker sends to CloudWatch": <job>/algo-<instance>-<epoch>."""
    assert "does not exist" in refused("ResourceNotFoundException", logs.describe_log_streams, logGroupName=GROUP)
    name = work(lab, "echo one; echo two >&2; printf three")
    work(lab, "echo other", name="work-2")

    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="work/")["logStreams"]
    assert [stream["logStreamName"] for stream in found] == [name]
    job = lab.sm.describe_processing_job(ProcessingJobName="work")
    began = int(job["ProcessingStartTime"].timestamp() * 1000)
    assert abs(found[0]["firstEventTimestamp"] - began) <= 1
    answer = logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)
    assert messages(answer) == ["one", "two", "three"]
    refused("ResourceNotFoundException", logs.describe_log_streams, logGroupName="/aws/sagemaker/TrainingJobs")


def test_a_training_logs_into_a_group_of_its_own(lab: Any, logs: Any) -> None:
    lab.sm.create_training_job(**lab.training("fit", "print('round 1')"))
    lab.aws.settle()
    answer = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="fit/")
    assert messages(answer) == ["round 1"]


def test_events_are_read_forward_until_a_token_comes_back(lab: Any, logs: Any) -> None:
    name = work(lab, "seq 1 7")
    told: list[str] = []
    request: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": name, "startFromHead": True, "limit": 3}
    while True:
        answer = logs.get_log_events(**request)
        told += messages(answer)
        if answer["nextForwardToken"] == request.get("nextToken"):
            break
        request["nextToken"] = answer["nextForwardToken"]
    assert told == list("1234567")


def test_without_a_start_the_newest_are_read_and_then_backward(lab: Any, logs: Any) -> None:
    name = work(lab, "seq 1 5")
    newest = logs.get_log_events(logGroupName=GROUP, logStreamName=name, limit=2)
    assert messages(newest) == ["4", "5"]
    before = logs.get_log_events(logGroupName=GROUP, logStreamName=name, limit=2, nextToken=newest["nextBackwardToken"])
    assert messages(before) == ["2", "3"]


def test_events_are_filtered_by_words_time_and_stream(lab: Any, logs: Any) -> None:
    name = work(lab, "echo ERROR the disk is full; echo fine")
    work(lab, "echo ERROR elsewhere", name="other")
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern="ERROR")["events"]
    assert [event["message"] for event in found] == ["ERROR the disk is full", "ERROR elsewhere"]
    assert len({event["eventId"] for event in found}) == 2
    phrase = {"logGroupName": GROUP, "filterPattern": '"disk is" ERROR', "logStreamNames": [name]}
    assert messages(logs.filter_log_events(**phrase)) == ["ERROR the disk is full"]
    later = found[0]["timestamp"] + 3_600_000
    assert messages(logs.filter_log_events(logGroupName=GROUP, startTime=later)) == []
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern="ERROR", PaginationConfig={"PageSize": 1}
    )
    assert [len(page["events"]) for page in pages] == [1, 1]


def test_a_line_that_is_being_written_is_not_there_yet(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_bytes(b"begun\nhal")
    stream = Stream(name="s", created=0, parts=[(log, [(0, 1.0)])], whole=False)
    assert [event.message for event in stream.events()] == ["begun"]
    assert [event.message for event in replace(stream, whole=True).events()] == ["begun", "hal"]


def test_streams_are_ordered_and_paged(lab: Any, logs: Any) -> None:
    names = [work(lab, "echo x", name=name) for name in ("b", "a")]
    by_name = logs.describe_log_streams(logGroupName=GROUP, limit=1)
    assert [stream["logStreamName"] for stream in by_name["logStreams"]] == [names[1]]
    rest = logs.describe_log_streams(logGroupName=GROUP, nextToken=by_name["nextToken"])
    assert [stream["logStreamName"] for stream in rest["logStreams"]] == [names[0]]
    newest = logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)["logStreams"]
    assert [stream["logStreamName"] for stream in newest] in ([names[1], names[0]], names)


def test_refusals(lab: Any, logs: Any) -> None:
    work(lab, "echo x")
    refused("ResourceNotFoundException", logs.get_log_events, logGroupName=GROUP, logStreamName="work/none")
    refused("NotImplemented", logs.filter_log_events, logGroupName=GROUP, filterPattern="{ $.level = 1 }")
    refused("NotImplemented", logs.filter_log_events, logGroupName=GROUP, filterPattern="?one ?two")
    both = {"logStreamNames": ["a"], "logStreamNamePrefix": "a"}
    refused("InvalidParameterException", logs.filter_log_events, logGroupName=GROUP, **both)
    order = {"orderBy": "LastEventTime", "logStreamNamePrefix": "work"}
    refused("InvalidParameterException", logs.describe_log_streams, logGroupName=GROUP, **order)
