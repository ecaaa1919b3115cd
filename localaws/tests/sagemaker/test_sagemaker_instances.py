"""Processing jobs on several instances: who gets what, where it goes, and how the job ends.

Sources: the guide's pages "How Amazon SageMaker Processing Runs Your Processing Container Image" and "How Amazon
SageMaker Processing Configures Input and Output For Your Processing Container"; the API's ProcessingS3Input and
ProcessingClusterConfig; aws/amazon-sagemaker-examples#1075.
"""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.contract
HOST = 'sed \'s/.*"current_host": "//; s/".*//\' /opt/ml/config/resourceconfig.json'
SHOW = f"cd /opt/ml/processing; ls -R in* > out/$({HOST})"


def source(uri: str, **rest: Any) -> dict[str, Any]:
    given = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": "in", "S3Input": given | {"S3DataDistributionType": "ShardedByS3Key"} | rest}


def processed(lab: Any, instances: int, script: str, *inputs: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A job of one line of shell, at its end; /opt/ml/processing/out goes to result/."""
    output = {"S3Uri": "s3://lab/result", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    request = lab.processing(
        "work", script, ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}]}, **rest
    )
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = instances
    if inputs:
        request["ProcessingInputs"] = list(inputs)
    lab.sm.create_processing_job(**request)
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_processing_job(ProcessingJobName="work")
    return found


def listed(lab: Any) -> dict[str, list[str]]:
    """Names of files by the instance that has them."""
    hosts = [key.removeprefix("result/") for key in lab.keys("result/")]
    return {
        host: [name for name in lab.get(f"result/{host}").decode().split() if name.endswith(".csv")] for host in hosts
    }


def test_each_instance_knows_itself_and_all_others(lab: Any) -> None:
    """Guide: resourceconfig.json has current_host and hosts, named algo-1, algo-2 and so on."""
    script = "cp /opt/ml/config/resourceconfig.json /opt/ml/processing/out/$$.json"
    job = processed(lab, 3, script)
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 3
    found = [json.loads(lab.get(key)) for key in lab.keys("result/")]
    hosts = ["algo-1", "algo-2", "algo-3"]
    assert sorted(found, key=lambda one: one["current_host"]) == [{"current_host": h, "hosts": hosts} for h in hosts]


@pytest.mark.parametrize("kind", ["S3Prefix", "ManifestFile"])
def test_files_that_are_sharded_are_dealt_out(lab: Any, kind: str) -> None:
    """API: "sharded by Amazon S3 key, downloading one shard of data to each processing instance"; about 1/n each."""
    names = [f"{n}.csv" for n in range(8)]
    for name in [*names, "other.csv"]:
        lab.put(f"in/{name}" if name in names else name, b"1\n")
    uri = "s3://lab/in/"
    if kind == "ManifestFile":
        uri = lab.put("lists/today.json", json.dumps([{"prefix": "s3://lab/in/"}, *names]).encode())
    processed(lab, 3, SHOW, source(uri, S3DataType=kind))
    found = listed(lab)
    assert sorted(found) == ["algo-1", "algo-2", "algo-3"]
    assert sorted(name for share in found.values() for name in share) == names
    assert {len(share) for share in found.values()} == {2, 3}


@pytest.mark.parametrize("given", [{"S3DataDistributionType": "FullyReplicated"}, {"S3DataDistributionType": None}])
def test_files_that_are_replicated_go_to_all(lab: Any, given: dict[str, Any]) -> None:
    """API: FullyReplicated, which is what is done where nothing is said."""
    for name in ("a.csv", "b.csv"):
        lab.put(f"in/{name}", b"1\n")
    one = source("s3://lab/in/")
    one["S3Input"] = {key: value for key, value in (one["S3Input"] | given).items() if value}
    processed(lab, 2, SHOW, one)
    assert listed(lab) == {"algo-1": ["a.csv", "b.csv"], "algo-2": ["a.csv", "b.csv"]}


def test_with_fewer_files_than_instances_some_get_none(lab: Any) -> None:
    """API, of trainings: "some nodes won't get any data"; the folder is there all the same, which is assumed."""
    lab.put("in/a.csv", b"1\n")
    job = processed(lab, 3, SHOW, source("s3://lab/in/"))
    assert job["ProcessingJobStatus"] == "Completed"
    assert sorted(map(len, listed(lab).values())) == [0, 0, 1]


def test_a_prefix_without_a_file_fails_the_job(lab: Any) -> None:
    """Reference 8: ClientError before any container begins."""
    job = processed(lab, 2, "true", source("s3://lab/none/"))
    assert job["FailureReason"].startswith("ClientError: Data download failed")


def test_one_container_that_fails_fails_the_job(lab: Any) -> None:
    """Guide: "fails if any of the containers exits with a non-zero exit code"; then nothing is stored."""
    script = (
        f"test $({HOST}) = algo-2 && {{ echo no column age; exit 7; }}; touch /opt/ml/processing/out/half; sleep 30"
    )
    job = processed(lab, 2, script)
    assert job["ProcessingJobStatus"] == "Failed"
    assert "exit code 7 on algo-2: no column age" in job["FailureReason"]
    assert lab.keys("result/") == []
    assert (job["ProcessingEndTime"] - job["ProcessingStartTime"]).total_seconds() < 20


def test_all_are_stopped_when_the_time_is_over(lab: Any) -> None:
    """Reference 1.7."""
    job = processed(lab, 2, "sleep 30", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Stopped", "MaxRuntimeExceeded")


def test_each_instance_has_a_stream_of_its_own(lab: Any) -> None:
    """Guide, "Logs that SageMaker sends to CloudWatch": <job>/algo-<instance>-<epoch>."""
    job = processed(lab, 2, HOST)
    began, logs = int(job["ProcessingStartTime"].timestamp()), lab.aws.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="work/")["logStreams"]
    assert [one["logStreamName"] for one in streams] == [f"work/algo-1-{began}", f"work/algo-2-{began}"]
    for number, one in enumerate(streams, 1):
        events = logs.get_log_events(logGroupName=group, logStreamName=one["logStreamName"])["events"]
        assert events[-1]["message"] == f"algo-{number}"


def test_more_instances_than_there_may_be(lab: Any) -> None:
    """API: ProcessingInstanceCount is 1 to 100."""
    request = lab.processing("work")
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 101
    lab.refused("create_processing_job", "ValidationException", **request)
