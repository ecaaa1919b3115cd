"""SageMaker killed in the middle and started again: jobs are lost as by a host's failure, all else goes on."""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws import Asked
from localaws.metrics import key_of

pytestmark = pytest.mark.contract
INTERNAL = "SageMaker.JOB_INTERNAL_ERROR"
Lasting = tuple[Any, Callable[[], Any]]


def _until(lab: Any, holds: Callable[[], bool]) -> None:
    """Pump in a thread, as a server does, until something holds."""
    lab.aws.pump.start()
    for _ in range(400):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to it")


def _running(lab: Any) -> bool:
    return any(job.began and not job.ended for job in lab.aws.sagemaker.jobs.jobs.values()) and bool(
        list(lab.aws.state_dir.glob("jobs/*/algo-*.pid"))
    )


def test_a_job_under_way_fails_as_by_an_error_of_sagemakers_own(lasting: Lasting) -> None:
    """As on AWS where a host fails; what it had started is ended."""
    lab, kill = lasting
    lab.sm.create_processing_job(**lab.processing("work", "sleep 60"))
    _until(lab, lambda: _running(lab))
    (pid,) = [int(file.read_text().split()[0]) for file in lab.aws.state_dir.glob("jobs/*/algo-*.pid")]
    lab = kill()
    lab.aws.settle()
    found = lab.sm.describe_processing_job(ProcessingJobName="work")
    assert found["ProcessingJobStatus"] == "Failed"
    assert found["FailureReason"] == "InternalServerError: We encountered an internal error. Please try again."
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)  # until who had started it has taken note
    raise AssertionError("the container lives on")


@pytest.mark.parametrize("retried", [False, True])
def test_an_execution_goes_on_with_what_its_policies_say_of_the_lost_job(lasting: Lasting, *, retried: bool) -> None:
    lab, kill = lasting
    policies = [{"ExceptionType": [INTERNAL], "IntervalSeconds": 1}] if retried else []
    mark = lab.aws.state_dir.parent / "mark"
    script = f"test -e {mark} || (touch {mark}; sleep 60)"
    first = lab.step("First", "true")
    work = lab.step("Work", script, DependsOn=["First"], **({"RetryPolicies": policies} if retried else {}))
    lab.pipeline(first, work, lab.step("Last", "true", DependsOn=["Work"]))
    arn = lab.start()
    _until(lab, mark.exists)
    lab = kill()
    lab.aws.settle()
    lab.advance(5)
    found = lab.steps(arn)
    assert lab.execution(arn)["PipelineExecutionStatus"] == ("Succeeded" if retried else "Failed")
    assert found["First"]["StepStatus"] == "Succeeded"
    assert found["Work"]["AttemptCount"] == (2 if retried else 1)
    assert ("Last" in found) is retried
    assert lab.events("Model Building Pipeline Execution Status Change")[-1]["currentPipelineExecutionStatus"] == (
        "Succeeded" if retried else "Failed"
    )


def test_an_execution_that_waits_for_its_turn_begins_after_the_restart(lasting: Lasting) -> None:
    lab, kill = lasting
    lab.pipeline(lab.step("Work"), lab.fail("no", DependsOn=["Work"]))
    arn = lab.start(ClientRequestToken="t" * 32)
    lab = kill()
    assert lab.start(ClientRequestToken="t" * 32) == arn
    lab.aws.settle()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Failed"
    lab = kill()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Failed"
    assert lab.start(ClientRequestToken="t" * 32) == arn
    other = lab.start()
    assert other != arn
    lab.aws.settle()
    assert lab.steps(other)["Work"]["StepStatus"] == "Succeeded"


def test_an_endpoint_serves_again(lasting: Lasting) -> None:
    lab, kill = lasting
    lab.endpoint("one")
    before = lab.described() | {"ResponseMetadata": None}
    assert lab.invoke()["Body"] == "one"
    lab = kill()
    assert lab.described() | {"ResponseMetadata": None} == before
    assert lab.invoke()["Body"] == "one"


def test_a_weight_on_its_way_arrives(lasting: Lasting) -> None:
    lab, kill = lasting
    lab.endpoint("one", "two")
    change = [{"VariantName": "two", "DesiredWeight": 3.0}]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=change)
    lab = kill()
    assert lab.described()["EndpointStatus"] == "Updating"
    lab.advance(10)
    weights = [variant["CurrentWeight"] for variant in lab.described()["ProductionVariants"]]
    assert (lab.described()["EndpointStatus"], weights) == ("InService", [1.0, 3.0])


def test_a_deployment_in_the_middle_of_its_baking_comes_to_its_end(lasting: Lasting) -> None:
    """What was planned for a deployment is still meant for it."""
    lab, kill = lasting
    lab.endpoint("one")
    lab.model("two")
    lab.sm.create_endpoint_config(
        EndpointConfigName="second", ProductionVariants=[lab.variant("two", VariantName="one")]
    )
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 600}}
    lab.update("second", DeploymentConfig=policy)
    lab.advance(30)
    assert lab.described()["EndpointStatus"] == "Updating"
    lab = kill()
    lab.advance(300)
    assert lab.described()["EndpointStatus"] == "Updating"
    lab = kill()
    lab.advance(400)
    assert (lab.described()["EndpointStatus"], lab.described()["EndpointConfigName"]) == ("InService", "second")
    assert lab.invoke()["Body"] == "two"


def test_records_that_wait_to_be_captured_are_kept(lasting: Lasting) -> None:
    lab, kill = lasting
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://lab/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    lab.endpoint("one", DataCaptureConfig=capture)
    for _ in range(3):
        lab.invoke()
    lab = kill()
    lab.invoke()
    assert [len(lines) for lines in lab.aws.sagemaker.capture.buffers.values()] == [4]
    lab = kill()
    assert [len(lines) for lines in lab.aws.sagemaker.capture.buffers.values()] == [4]
    ids = {line for lines in lab.aws.sagemaker.capture.buffers.values() for line in lines}
    assert len(ids) == 4


def test_every_invocation_of_a_minute_is_counted_after_the_restart(lasting: Lasting) -> None:
    """Those that came one by one, and those that came as traffic."""
    lab, kill = lasting
    lab.endpoint("one")
    lab.advance(65 - lab.aws.now().second)
    for _ in range(3):
        lab.invoke()
    at = lab.aws.now() + timedelta(seconds=1)
    lab.aws.traffic("scores", [Asked(at=at, body=b"1")] * 4)
    lab = kill()
    names = {"EndpointName": "scores", "VariantName": "one"}
    for more in ({}, {"EndpointConfigName": "first"}):
        (point,) = lab.aws.world.metrics.counted[key_of("AWS/SageMaker", "Invocations", names | more)].values()
        assert (point.count, point.total) == (7, 7.0)


def test_a_tuning_job_goes_on_after_the_trial_that_was_lost(lasting: Lasting) -> None:
    """The lost trial has failed; those before it count, and the sampler still knows them."""
    lab, kill = lasting
    mark = lab.aws.state_dir.parent / "mark"
    code = f"""
import pathlib, sys, time
mark = pathlib.Path({str(mark)!r})
number = len(mark.read_text()) if mark.exists() else 0
mark.write_text("x" * (number + 1))
if number == 1:
    time.sleep(60)
print(f"[0]#011train-auc:0.9#011validation-auc:0.{{number + 5}}")
"""
    made = lab.training("any", code)
    static = made.pop("HyperParameters")
    del made["TrainingJobName"]
    eta = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.9", "ScalingType": "Linear"}
    config = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {"ContinuousParameterRanges": [eta]},
    }
    lab.sm.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinition={**made, "StaticHyperParameters": static},
    )
    _until(lab, lambda: mark.exists() and mark.read_text() == "xx")
    lab = kill()
    found = lab.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert found["HyperParameterTuningJobStatus"] == "InProgress"
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 1, "Failed": 0}
    sampler = lab.aws.sagemaker.tuning.tunings["tune"].sampler
    assert [trial.value for trial in sampler._study.trials] == [0.5, None]
    lab.aws.settle()
    listed = lab.sm.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    statuses = [one["TrainingJobStatus"] for one in listed["TrainingJobSummaries"]]
    assert statuses[:2] == ["Completed", "Failed"]
    assert len(statuses) == 3


def test_a_spot_training_begins_again_on_another_instance(lasting: Lasting) -> None:
    """An instance that is gone is an interruption (reference 8.1)."""
    lab, kill = lasting
    mark = lab.aws.state_dir.parent / "mark"
    code = f"""
import pathlib, time
mark = pathlib.Path({str(mark)!r})
if not mark.exists():
    mark.touch()
    time.sleep(60)
"""
    stopping = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 600}
    request = lab.training("work", code, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    lab.sm.create_training_job(**request)
    _until(lab, mark.exists)
    lab = kill()
    lab.aws.settle()
    found = lab.sm.describe_training_job(TrainingJobName="work")
    phases = [one["Status"] for one in found["SecondaryStatusTransitions"]]
    assert phases[:4] == ["Starting", "Training", "Interrupted", "Restarting"]


def test_an_endpoint_serves_from_a_state_folder_that_was_moved(lasting: Lasting) -> None:
    """Nothing in the folder says where it was."""
    lab, kill = lasting
    lab.endpoint("one")
    lab.advance(180)
    before = lab.aws.state_dir
    lab = kill()
    shutil.rmtree(before)
    assert lab.invoke()["Body"] == "one"
    assert str(before).encode() not in b"".join(file.read_bytes() for file in lab.aws.state_dir.glob("state.db*"))
