"""RetryPolicies of steps, and jobs that fail for SageMaker's own reasons (reference 6.3, 9.2)."""

from typing import Any

import pytest

from localaws.sagemaker.retries import pause_before, policy_problems

pytestmark = pytest.mark.contract
CAPACITY, INTERNAL, LIMIT = (f"SageMaker.{name}" for name in ("CAPACITY_ERROR", "JOB_INTERNAL_ERROR", "RESOURCE_LIMIT"))
JOBS = "pipelines-*-Work-*"


def policy(*exceptions: str, **rest: Any) -> dict[str, Any]:
    return {"ExceptionType": list(exceptions), **rest}


def step(lab: Any, *policies: dict[str, Any], script: str = "true") -> dict[str, Any]:
    found: dict[str, Any] = lab.step("Work", script, RetryPolicies=list(policies))
    return found


def finished(lab: Any, *steps: dict[str, Any], seconds: float = 0) -> dict[str, Any]:
    """The step Work of an execution, after so many seconds."""
    lab.pipeline(*steps)
    arn = lab.start()
    lab.aws.settle()
    lab.advance(seconds)
    found: dict[str, Any] = lab.steps(arn)["Work"]
    return found


def jobs(lab: Any) -> list[str]:
    """Statuses of the processing jobs, in order."""
    listed = lab.sm.list_processing_jobs(SortBy="CreationTime", SortOrder="Ascending")["ProcessingJobSummaries"]
    return [job["ProcessingJobStatus"] for job in listed]


@pytest.mark.parametrize(
    ("exception", "retries", "elapsed", "pause"),
    [
        pytest.param(CAPACITY, 0, 0.0, 10.0, id="first"),
        pytest.param(CAPACITY, 2, 0.0, 90.0, id="third"),
        pytest.param(CAPACITY, 3, 0.0, None, id="no-more"),
        pytest.param(INTERNAL, 4, 0.0, 16.0, id="defaults"),
        pytest.param(INTERNAL, 5, 0.0, None, id="five-by-default"),
        pytest.param(LIMIT, 9, 1700.0, 60.0, id="before-it-expires"),
        pytest.param(LIMIT, 9, 1790.0, None, id="after-it-expires"),
        pytest.param("Step.THROTTLING", 0, 0.0, 1.0, id="without-a-policy"),
        pytest.param("", 0, 0.0, None, id="any-other-failure"),
    ],
)
def test_pauses(exception: str, retries: int, elapsed: float, pause: float | None) -> None:
    """6.3: IntervalSeconds, BackoffRate, MaxAttempts or ExpireAfterMin, and their defaults."""
    policies = [
        policy(CAPACITY, IntervalSeconds=10, BackoffRate=3.0, MaxAttempts=3),
        policy(INTERNAL),
        policy(LIMIT, IntervalSeconds=60, BackoffRate=1.0, ExpireAfterMin=30),
    ]
    assert pause_before({"Type": "Training", "RetryPolicies": policies}, exception, retries, elapsed) == pause


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        pytest.param("Fail", policy(CAPACITY), "have no RetryPolicies", id="step-without"),
        pytest.param("Training", {"ExceptionType": CAPACITY}, "must be a list", id="no-list"),
        pytest.param("Training", policy("SageMaker.OTHER"), "must be a list of", id="unknown"),
        pytest.param("Training", policy(CAPACITY, MaxAttempts=1, ExpireAfterMin=1), "not both", id="both"),
        pytest.param("Training", policy(CAPACITY, MaxAttempts=21), "at most 20", id="too-many"),
        pytest.param("Training", policy(CAPACITY, IntervalSeconds=43201), "at most 43200", id="too-long"),
        pytest.param("Training", policy(CAPACITY, ExpireAfterMin=14401), "at most 14400", id="too-late"),
    ],
)
def test_policies_that_are_refused(kind: str, given: dict[str, Any], text: str) -> None:
    """6.3."""
    (problem,) = policy_problems({"Type": kind, "RetryPolicies": [given]})
    assert text in problem


def test_a_pipeline_with_such_a_policy_is_refused(lab: Any) -> None:
    """As above, when it is made."""
    text = lab.definition(step(lab, policy("SageMaker.OTHER")))
    role = "arn:aws:iam::123456789012:role/sagemaker"
    request = {"PipelineName": "train", "PipelineDefinition": text, "RoleArn": role}
    assert "step Work: ExceptionType" in lab.refused("create_pipeline", "ValidationException", **request)


@pytest.mark.parametrize("exception", [CAPACITY, INTERNAL])
def test_a_job_that_fails_for_a_named_reason_is_tried_again(lab: Any, exception: str) -> None:
    """6.3: a new job each time; AttemptCount tells."""
    lab.aws.faults.jobs.fail(JOBS, exception, times=2)
    lab.pipeline(step(lab, policy(exception, IntervalSeconds=60, MaxAttempts=2)))
    arn = lab.start()
    lab.aws.settle()
    assert (lab.steps(arn)["Work"]["StepStatus"], jobs(lab)) == ("Executing", ["Failed"])
    lab.advance(60)
    assert jobs(lab) == ["Failed", "Failed"]
    lab.advance(120)
    found = lab.steps(arn)["Work"]
    assert (found["StepStatus"], found["AttemptCount"]) == ("Succeeded", 3)
    assert jobs(lab) == ["Failed", "Failed", "Completed"]
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Succeeded"


def test_a_job_that_cannot_be_created_is_tried_again(lab: Any) -> None:
    """6.3, 9.2: ResourceLimitExceeded is SageMaker.RESOURCE_LIMIT; throttling needs no policy."""
    lab.aws.faults.jobs.fail(JOBS, LIMIT)
    lab.aws.faults.jobs.fail(JOBS, "Step.THROTTLING")
    found = finished(lab, step(lab, policy(LIMIT, IntervalSeconds=60)), seconds=70)
    assert (found["StepStatus"], found["AttemptCount"], jobs(lab)) == ("Succeeded", 3, ["Completed"])


def test_a_step_without_a_policy_fails_at_once(lab: Any) -> None:
    """6.3, 9.2: the reasons of SageMaker's own."""
    lab.aws.faults.jobs.fail(JOBS, CAPACITY)
    found = finished(lab, step(lab, policy(INTERNAL)))
    assert (found["StepStatus"], found["AttemptCount"]) == ("Failed", 1)
    assert "CapacityError: Unable to provision requested ML compute capacity" in found["FailureReason"]


def test_a_step_fails_when_its_attempts_are_used_up(lab: Any) -> None:
    """6.3."""
    lab.aws.faults.jobs.fail(JOBS, CAPACITY, times=9)
    found = finished(lab, step(lab, policy(CAPACITY, MaxAttempts=1)), seconds=60)
    assert (found["StepStatus"], found["AttemptCount"], jobs(lab)) == ("Failed", 2, ["Failed", "Failed"])


def test_the_codes_own_failure_is_not_tried_again(lab: Any) -> None:
    """6.3: policies are for SageMaker's failures."""
    found = finished(lab, step(lab, policy(CAPACITY, INTERNAL), script="exit 1"))
    assert (found["StepStatus"], found["AttemptCount"]) == ("Failed", 1)


def test_a_stop_ends_a_step_that_waits(lab: Any) -> None:
    """6.6: nothing begins any more."""
    lab.aws.faults.jobs.fail(JOBS, CAPACITY)
    lab.pipeline(step(lab, policy(CAPACITY, IntervalSeconds=600)))
    arn = lab.start()
    lab.aws.settle()
    lab.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
    lab.advance(700)
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopped"
    assert (lab.steps(arn)["Work"]["StepStatus"], jobs(lab)) == ("Stopped", ["Failed"])


def test_a_failed_training_of_a_tuning_job_can_be_retryable(lab: Any) -> None:
    """API: TrainingJobStatusCounters.RetryableError."""
    lab.aws.faults.jobs.fail("tune-001-*", CAPACITY)
    made = lab.training("any", "print('[0]#011validation-auc:0.5')")
    static = made.pop("HyperParameters")
    del made["TrainingJobName"]
    lab.sm.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.2"}]},
        },
        TrainingJobDefinition={**made, "StaticHyperParameters": static},
    )
    lab.aws.settle()
    found = lab.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    counters = found["TrainingJobStatusCounters"]
    assert (counters["RetryableError"], counters["Completed"]) == (1, 1)


def test_only_what_there_is_can_be_planned(lab: Any) -> None:
    """README: the names of a RetryPolicy."""
    with pytest.raises(ValueError, match=CAPACITY):
        lab.aws.faults.jobs.fail("any", "SageMaker.OTHER")
