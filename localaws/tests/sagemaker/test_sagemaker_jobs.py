"""Processing and training jobs: the container's contract, ends and reasons, events (reference 1.3, 1.7, 8.1, 9.2)."""

import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.contract
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"


def source(uri: str, path: str, **rest: Any) -> dict[str, Any]:
    given = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": path.rpartition("/")[2], "S3Input": given | rest}


def target(uri: str) -> dict[str, Any]:
    output = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    return {"Outputs": [{"OutputName": "out", "S3Output": output}]}


def processed(lab: Any, script: str, **rest: Any) -> dict[str, Any]:
    """A processing job of one line of shell, at its end."""
    lab.sm.create_processing_job(**lab.processing("work", script, **rest))
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_processing_job(ProcessingJobName="work")
    return found


def trained(lab: Any, code: str, **rest: Any) -> dict[str, Any]:
    """A training of this train.py, at its end."""
    lab.sm.create_training_job(**lab.training("fit", code, **rest))
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_training_job(TrainingJobName="fit")
    return found


# Processing


def test_a_processing_job_takes_its_time(lab: Any) -> None:
    """11: jobs take time; 5.1 of the API: InProgress until the container ends."""
    arn = lab.sm.create_processing_job(**lab.processing("work", "true"))["ProcessingJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:processing-job/work"
    began = lab.sm.describe_processing_job(ProcessingJobName="work")
    assert (began["ProcessingJobStatus"], "ProcessingEndTime" in began) == ("InProgress", False)
    lab.aws.settle()
    ended = lab.sm.describe_processing_job(ProcessingJobName="work")
    assert ended["ProcessingJobStatus"] == "Completed"
    assert ended["CreationTime"] <= ended["ProcessingStartTime"] <= ended["ProcessingEndTime"]
    assert not {"FailureReason", "ExitMessage"} & set(ended)


def test_inputs_and_outputs_are_folders_of_the_container(lab: Any) -> None:
    """3.12, 8.1: a prefix with its folders in, a folder out; names of files are what follows the prefix."""
    lab.put("in/a.csv", b"1\n")
    lab.put("in/deep/b.csv", b"2\n")
    lab.put("inbox/c.csv", b"3\n")
    script = "cd /opt/ml/processing/in && mkdir ../out/x && cat a.csv deep/b.csv > ../out/x/all && ls > ../out/names"
    inputs = [source("s3://lab/in", "/opt/ml/processing/in")]
    job = processed(lab, script, ProcessingInputs=inputs, ProcessingOutputConfig=target("s3://lab/result/"))
    assert job["ProcessingJobStatus"] == "Completed"
    assert (lab.get("result/x/all"), lab.get("result/names")) == (b"1\n2\n", b"a.csv\ndeep\n")


def test_the_disks_of_a_job_go_with_it(lab: Any) -> None:
    """8.1: what is not uploaded is lost; and jobs would fill the laptop's disk."""
    place = lab.aws.state_dir / "jobs"
    assert processed(lab, "head -c 1000 /dev/zero > /opt/ml/big; exit 3")["ProcessingJobStatus"] == "Failed"
    assert trained(lab, "open('/opt/ml/model/a', 'w')")["TrainingJobStatus"] == "Completed"
    assert list(place.iterdir()) == []
    assert (lab.aws.state_dir / "logs" / "jobs" / "fit.log").is_file(), "what it printed stays"


def test_a_manifest_brings_what_it_lists(lab: Any) -> None:
    """API: S3DataType ManifestFile, a JSON list of a prefix and names."""
    for name in ("a", "b", "c"):
        lab.put(f"in/{name}.csv", name.encode())
    listed = lab.put("lists/today.json", json.dumps([{"prefix": "s3://lab/in/"}, "a.csv", "c.csv"]).encode())
    inputs = [source(listed, "/opt/ml/processing/in", S3DataType="ManifestFile")]
    script = "ls /opt/ml/processing/in > /opt/ml/processing/out/names"
    processed(lab, script, ProcessingInputs=inputs, ProcessingOutputConfig=target("s3://lab/result"))
    assert lab.get("result/names") == b"a.csv\nc.csv\n"


def test_an_input_that_is_not_there_fails_the_job(lab: Any) -> None:
    """8: ClientError before the container begins."""
    job = processed(lab, "true", ProcessingInputs=[source("s3://lab/none/", "/opt/ml/processing/in")])
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert "s3://lab/none/" in job["FailureReason"]


def test_a_failing_command_is_an_algorithm_error_and_stores_nothing(lab: Any) -> None:
    """8.1: the reason has the exit code and what was said last."""
    script = "echo half > /opt/ml/processing/out/half; echo no column age >&2; exit 7"
    job = processed(lab, script, ProcessingOutputConfig=target("s3://lab/result"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError")
    assert "exit code 7" in job["FailureReason"]
    assert "no column age" in job["FailureReason"]
    assert lab.keys("result/") == []


def test_the_exit_message_is_a_file_of_the_container(lab: Any) -> None:
    """3.10: the first KB of /opt/ml/output/message, in DescribeProcessingJob alone (1.7)."""
    job = processed(lab, "printf 'CompletedWithViolations: %2000d' 1 > /opt/ml/output/message")
    assert job["ExitMessage"].startswith("CompletedWithViolations: ")
    assert len(job["ExitMessage"]) == 1024
    assert all("ExitMessage" not in detail for detail in lab.events("Processing Job State Change"))


def test_a_processing_container_knows_its_job(lab: Any) -> None:
    """3.12: /opt/ml/config, the environment of the request, none of this machine's."""
    script = (
        "cp /opt/ml/config/processingjobconfig.json /opt/ml/config/resourceconfig.json /opt/ml/processing/out &&"
        ' echo "$MODE $AWS_ACCESS_KEY_ID" > /opt/ml/processing/out/env'
    )
    processed(lab, script, Environment={"MODE": "full"}, ProcessingOutputConfig=target("s3://lab/result"))
    assert json.loads(lab.get("result/processingjobconfig.json"))["ProcessingJobName"] == "work"
    assert json.loads(lab.get("result/resourceconfig.json"))["current_host"] == "algo-1"
    assert lab.get("result/env") == b"full \n"


def test_a_processing_job_over_its_time_is_stopped(lab: Any) -> None:
    """1.7: a timeout is Stopped, not Failed."""
    job = processed(lab, "sleep 30", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"


def test_events_of_a_processing_job(lab: Any) -> None:
    """1.3: enumerations in capitals where the API has PascalCase, but the status as it is; times in milliseconds."""
    lab.put("in/a", b"1")
    inputs = [source("s3://lab/in", "/opt/ml/processing/in", S3DataDistributionType="FullyReplicated")]
    processed(lab, "exit 1", ProcessingInputs=inputs, ProcessingOutputConfig=target("s3://lab/result"))
    began, ended = lab.events("Processing Job State Change")
    assert (began["ProcessingJobStatus"], ended["ProcessingJobStatus"]) == ("InProgress", "Failed")
    assert (began["FailureReason"], began["ProcessingEndTime"]) == (None, None)
    assert "exit code 1" in ended["FailureReason"]
    assert isinstance(ended["ProcessingEndTime"], int)
    given = ended["ProcessingInputs"][0]["S3Input"]
    assert (given["S3DataType"], given["S3InputMode"], given["S3DataDistributionType"]) == (
        "S3_PREFIX",
        "FILE",
        "FULLYREPLICATED",
    )
    assert lab.aws.events[-1]["resources"] == ["arn:aws:sagemaker:us-east-1:123456789012:processing-job/work"]


def test_tags_are_a_flat_map_in_events(lab: Any) -> None:
    """1.3: observed events have {"k": "v"}, not Key and Value."""
    processed(lab, "true", Tags=[{"Key": "project", "Value": "churn"}])
    assert lab.events("Processing Job State Change")[-1]["Tags"] == {"project": "churn"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"S3InputMode": "Pipe"}, "Pipe", id="pipe"),
        pytest.param({"S3CompressionType": "Gzip"}, "Gzip", id="gzip"),
    ],
)
def test_an_input_that_would_be_read_wrongly_is_refused(lab: Any, change: dict[str, Any], what: str) -> None:
    """COVERAGE: what is not emulated answers an error."""
    request = lab.processing("work", ProcessingInputs=[source("s3://lab/in", "/opt/ml/processing/in", **change)])
    assert what in lab.refused("create_processing_job", "NotImplemented", **request)


def test_a_data_set_definition_and_the_images_own_entry_point_are_refused(lab: Any) -> None:
    """COVERAGE: what is not emulated answers an error."""
    data = {"InputName": "a", "DatasetDefinition": {"DataDistributionType": "FullyReplicated", "InputMode": "File"}}
    request = lab.processing("work", ProcessingInputs=[data])
    assert "DatasetDefinition" in lab.refused("create_processing_job", "NotImplemented", **request)
    request = lab.processing("work")
    del request["AppSpecification"]["ContainerEntrypoint"]
    assert "ContainerEntrypoint" in lab.refused("create_processing_job", "NotImplemented", **request)


# Training


def test_the_model_is_an_archive_under_the_jobs_name(lab: Any) -> None:
    """8.1: <S3OutputPath>/<job>/output/model.tar.gz of /opt/ml/model, output.tar.gz of /opt/ml/output/data."""
    code = (
        "import os\n"
        "open(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('m')\n"
        "open('/opt/ml/output/data/plot', 'w').write('p')\n"
    )
    job = trained(lab, code)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://lab/models/fit/output/model.tar.gz"
    for name, member in (("model", "model"), ("output", "plot")):
        with tarfile.open(fileobj=io.BytesIO(lab.get(f"models/fit/output/{name}.tar.gz"))) as tar:
            assert tar.getnames() == [member]


def test_a_training_container_has_what_the_toolkit_gives(lab: Any) -> None:
    """8.1: channels, hyperparameters that are strings in the file and arguments to the script, SM_ variables."""
    lab.put("train/a.csv", b"1,2\n")
    code = (
        "import json, os, sys\n"
        "said = {'argv': sys.argv[1:], 'file': json.load(open('/opt/ml/input/config/hyperparameters.json')),\n"
        "        'train': os.listdir('/opt/ml/input/data/train'), 'channels': os.environ['SM_CHANNELS'],\n"
        "        'name': os.environ['TRAINING_JOB_NAME'], 'eta': os.environ['SM_HP_ETA']}\n"
        "json.dump(said, open('/opt/ml/model/said', 'w'))\n"
    )
    request = lab.training("fit", code)
    request["HyperParameters"] |= {"eta": "0.3", "objective": '"binary:logistic"'}
    s3 = {"S3Uri": "s3://lab/train/", "S3DataType": "S3Prefix"}
    request["InputDataConfig"] = [{"ChannelName": "train", "DataSource": {"S3DataSource": s3}}]
    lab.sm.create_training_job(**request)
    lab.aws.settle()
    with tarfile.open(fileobj=io.BytesIO(lab.get("models/fit/output/model.tar.gz"))) as tar:
        member = tar.extractfile("said")
        assert member is not None
        said = json.load(member)
    assert said["argv"] == ["--eta", "0.3", "--objective", "binary:logistic"]
    assert said["file"]["eta"] == "0.3"
    assert (said["train"], said["channels"], said["name"], said["eta"]) == (["a.csv"], '["train"]', "fit", "0.3")


def test_a_failing_training_says_why_by_its_own_file(lab: Any) -> None:
    """8.1: the first 1,024 letters of /opt/ml/output/failure are the reason."""
    job = trained(lab, "import sys\nopen('/opt/ml/output/failure', 'w').write('label must be in [0,1]')\nsys.exit(1)")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert "label must be in [0,1]" in job["FailureReason"]
    assert lab.keys("models/fit/") == []


def test_a_failing_training_without_the_file_shows_its_last_lines(lab: Any) -> None:
    """8.1."""
    assert "ValueError: no rows" in trained(lab, "raise ValueError('no rows')")["FailureReason"]


def test_a_training_over_its_time_is_stopped_and_its_model_is_kept(lab: Any) -> None:
    """1.7, 8.1: Stopped with MaxRuntimeExceeded; artefacts present at the stop are uploaded."""
    code = "import time\nopen('/opt/ml/model/part', 'w').write('p')\ntime.sleep(30)\n"
    job = trained(lab, code, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert lab.keys("models/fit/") == ["models/fit/output/model.tar.gz"]


def test_a_stopped_training_ends_as_stopped(lab: Any) -> None:
    """8.1, 9.2: SIGTERM; a finished job cannot be stopped."""
    lab.sm.create_training_job(**lab.training("fit", "import time\ntime.sleep(60)\n"))
    seen: list[str] = []

    def stop() -> None:
        lab.sm.stop_training_job(TrainingJobName="fit")
        seen.append(lab.sm.describe_training_job(TrainingJobName="fit")["TrainingJobStatus"])

    lab.aws.world.later(0.3, stop, "stop")
    lab.aws.settle()
    job = lab.sm.describe_training_job(TrainingJobName="fit")
    assert (seen, job["TrainingJobStatus"]) == (["Stopping"], "Stopped")
    message = lab.refused("stop_training_job", "ValidationException", TrainingJobName="fit")
    assert message == "The request was rejected because the training job is in status Stopped."


def test_metrics_are_the_last_values_by_the_images_own_expressions(lab: Any) -> None:
    """8.1, 8.2: FinalMetricDataList is the last value, not the best; a tab is printed as #011."""
    code = "print('[0]#011train-auc:0.9#011validation-auc:0.88')\nprint('[1]\\ttrain-auc:0.95\\tvalidation-auc:0.8')\n"
    found = {entry["MetricName"]: entry["Value"] for entry in trained(lab, code)["FinalMetricDataList"]}
    assert {name: round(value, 6) for name, value in found.items()} == {"train:auc": 0.95, "validation:auc": 0.8}


def test_metrics_of_ones_own_image_are_by_ones_own_expressions(lab: Any) -> None:
    """8.1: MetricDefinitions{Name, Regex}."""
    request = lab.training("fit", "print('loss=3.5')\nprint('loss=2.5')\n", OWN_IMAGE)
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    lab.sm.create_training_job(**request)
    lab.aws.settle()
    found = lab.sm.describe_training_job(TrainingJobName="fit")["FinalMetricDataList"]
    assert [(entry["MetricName"], entry["Value"]) for entry in found] == [("loss", 2.5)]


METRICS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
OVERRIDE = "You can't override the metric definitions for Amazon SageMaker algorithms"


def test_a_built_in_image_refuses_metric_definitions(lab: Any) -> None:
    """aws/sagemaker-python-sdk#2226: SageMaker's own XGBoost image is a built-in algorithm, in script mode too."""
    request = lab.training("fit")
    request["AlgorithmSpecification"]["MetricDefinitions"] = METRICS
    assert OVERRIDE in lab.refused("create_training_job", "ValidationException", **request)
    assert lab.sm.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_built_in_image_refuses_metric_definitions_in_a_pipeline(lab: Any) -> None:
    """As above, told when the pipeline is made."""
    arguments = lab.training("fit")
    del arguments["TrainingJobName"]
    arguments["AlgorithmSpecification"]["MetricDefinitions"] = METRICS
    text = lab.definition({"Name": "Train", "Type": "Training", "Arguments": arguments})
    request = {"PipelineName": "train", "PipelineDefinition": text, "RoleArn": arguments["RoleArn"]}
    assert OVERRIDE in lab.refused("create_pipeline", "ValidationException", **request)


def test_events_of_a_training(lab: Any) -> None:
    """1.7: secondary status and its transitions, PascalCase, epoch milliseconds, explicit nulls."""
    trained(lab, "raise SystemExit(2)")
    began, ended = lab.events("Training Job State Change")
    assert (began["TrainingJobStatus"], began["SecondaryStatus"]) == ("InProgress", "Training")
    assert (began["FailureReason"], began["TrainingEndTime"]) == (None, None)
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Failed", "Failed")
    assert "exit code 2" in ended["FailureReason"]
    assert [phase["Status"] for phase in ended["SecondaryStatusTransitions"]] == ["Starting", "Training", "Failed"]
    assert isinstance(ended["SecondaryStatusTransitions"][0]["StartTime"], int)
    assert set(ended["HyperParameters"]) == {"sagemaker_program", "sagemaker_submit_directory"}


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        pytest.param({"RetryStrategy": {"MaximumRetryAttempts": 2}}, "RetryStrategy", id="retry"),
        pytest.param(
            {
                "ResourceConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 5,
                    "KeepAlivePeriodInSeconds": 60,
                }
            },
            "KeepAlivePeriodInSeconds",
            id="warm-pool",
        ),
        pytest.param(
            {"ResourceConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
            "one instance",
            id="two-instances",
        ),
        pytest.param(
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "CompressionType": "Gzip",
                        "DataSource": {"S3DataSource": {"S3Uri": "s3://lab/t", "S3DataType": "S3Prefix"}},
                    }
                ]
            },
            "Gzip",
            id="gzip",
        ),
        pytest.param(
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "InputMode": "Pipe",
                        "DataSource": {"S3DataSource": {"S3Uri": "s3://lab/t", "S3DataType": "S3Prefix"}},
                    }
                ]
            },
            "Pipe",
            id="pipe",
        ),
    ],
)
def test_a_training_that_would_run_otherwise_is_refused(lab: Any, extra: dict[str, Any], what: str) -> None:
    """COVERAGE: what is not emulated answers an error that names it."""
    assert what in lab.refused("create_training_job", "NotImplemented", **lab.training("fit", **extra))


# Both


def test_a_name_is_used_once(lab: Any) -> None:
    """9.2: ResourceInUse, the one refusal of a second create that is no ValidationException."""
    lab.sm.create_training_job(**lab.training("job"))
    message = lab.refused("create_training_job", "ResourceInUse", **lab.training("job"))
    assert message.startswith(
        "Training job names must be unique within an AWS account and region, "
        "and a training job with this name already exists"
    )
    lab.sm.create_processing_job(**lab.processing("job"))
    lab.refused("create_processing_job", "ResourceInUse", **lab.processing("job"))


def test_unknown_jobs(lab: Any) -> None:
    """9.2: ValidationException with a text of each kind's own."""
    for operation in ("describe_training_job", "stop_training_job"):
        message = lab.refused(operation, "ValidationException", TrainingJobName="none")
        assert message.startswith("Requested resource not found")
    for operation in ("describe_processing_job", "stop_processing_job"):
        message = lab.refused(operation, "ValidationException", ProcessingJobName="none")
        assert message.startswith("Could not find requested job")


@pytest.mark.parametrize("name", [pytest.param("j" * 64, id="long"), pytest.param("a_b", id="underscore")])
def test_names_of_jobs(lab: Any, name: str) -> None:
    """8.1: at most 63 letters, digits and hyphens."""
    lab.refused("create_processing_job", "ValidationException", **lab.processing(name))


def test_jobs_are_listed_by_status_name_and_time(lab: Any) -> None:
    """API: ListProcessingJobs."""
    lab.sm.create_processing_job(**lab.processing("one-good"))
    lab.sm.create_processing_job(**lab.processing("two-bad", "exit 1"))
    lab.advance(60)
    middle = lab.aws.now()
    lab.sm.create_processing_job(**lab.processing("three-good"))
    lab.aws.settle()

    def names(**request: Any) -> list[str]:
        found = lab.sm.list_processing_jobs(**request)["ProcessingJobSummaries"]
        return [summary["ProcessingJobName"] for summary in found]

    assert names(SortBy="CreationTime", SortOrder="Ascending") == ["one-good", "two-bad", "three-good"]
    assert names(SortBy="Name", SortOrder="Ascending") == ["one-good", "three-good", "two-bad"]
    assert names(StatusEquals="Failed") == ["two-bad"]
    assert names(NameContains="good") == ["three-good", "one-good"]
    assert names(LastModifiedTimeAfter=middle) == ["three-good"]


# What jobs bring, and their end


def test_a_training_brings_its_own_entry_point(lab: Any) -> None:
    """API, AlgorithmSpecification: ContainerEntrypoint and ContainerArguments; 8.1: what is told to every container."""
    code = 'echo "$0 $1 $TRAINING_JOB_NAME $WHAT" > /opt/ml/model/told; cat /opt/ml/input/config/resourceconfig.json'
    specification = {
        "TrainingImage": OWN_IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sh", "-c", code],
        "ContainerArguments": ["one", "two"],
    }
    request = lab.training("fit") | {"AlgorithmSpecification": specification, "Environment": {"WHAT": "that"}}
    del request["HyperParameters"]
    lab.sm.create_training_job(**request)
    lab.aws.settle()
    assert lab.sm.describe_training_job(TrainingJobName="fit")["TrainingJobStatus"] == "Completed"
    with tarfile.open(fileobj=io.BytesIO(lab.get("models/fit/output/model.tar.gz"))) as tar:
        assert tar.extractfile("told").read() == b"one two fit that\n"  # type: ignore[union-attr]


def test_arguments_alone_are_refused(lab: Any) -> None:
    """The image's own entry point is not known here."""
    request = lab.training("fit")
    request["AlgorithmSpecification"]["ContainerArguments"] = ["one"]
    assert "ContainerEntrypoint" in lab.refused("create_training_job", "NotImplemented", **request)


@pytest.mark.parametrize("kind", ["training", "processing"])
def test_a_job_that_is_over_can_be_deleted(lab: Any, kind: str) -> None:
    """API, DeleteTrainingJob and DeleteProcessingJob: of jobs that are over alone."""
    named = {f"{kind.title()}JobName": "over"}
    make, describe = getattr(lab.sm, f"create_{kind}_job"), getattr(lab.sm, f"describe_{kind}_job")
    make(**(lab.training("over") if kind == "training" else lab.processing("over")))
    lab.refused(f"delete_{kind}_job", "ResourceInUse", **named)
    lab.aws.settle()
    getattr(lab.sm, f"delete_{kind}_job")(**named)
    with pytest.raises(ClientError):
        describe(**named)
    make(**(lab.training("over") if kind == "training" else lab.processing("over")))
