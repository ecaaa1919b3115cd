"""What an execution does with its steps, and what it tells (reference 1.6, 6.2, 6.3)."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.contract
RUN, STEP = (f"Model Building Pipeline {what} Status Change" for what in ("Execution", "Execution Step"))


def finished(lab: Any, *steps: dict[str, Any], **rest: Any) -> tuple[str, dict[str, Any]]:
    """Status of an execution of these steps when all is done, and its steps."""
    lab.pipeline(*steps, **rest)
    arn = lab.start()
    lab.aws.settle()
    return lab.execution(arn)["PipelineExecutionStatus"], lab.steps(arn)


def condition(name: str, *conditions: dict[str, Any], **branches: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": list(conditions), **branches}}


def test_events_of_an_execution_are_camel_case(lab: Any) -> None:
    """1.6: names, casing, resources; no failure reason in them."""
    pipeline = lab.pipeline(lab.fail("out of memory"))
    arn = lab.start(PipelineExecutionDisplayName="nightly", PipelineExecutionDescription="of the 2nd")
    began, ended = lab.events(RUN)
    assert (began["currentPipelineExecutionStatus"], ended["currentPipelineExecutionStatus"]) == ("Executing", "Failed")
    assert ended["previousPipelineExecutionStatus"] == "Executing"
    assert set(ended) == {
        "pipelineExecutionDisplayName",
        "pipelineExecutionDescription",
        "currentPipelineExecutionStatus",
        "previousPipelineExecutionStatus",
        "executionStartTime",
        "executionEndTime",
        "pipelineArn",
        "pipelineExecutionArn",
    }
    assert set(ended) - set(began) == {"executionEndTime"}
    assert (ended["pipelineExecutionDisplayName"], ended["pipelineExecutionDescription"]) == ("nightly", "of the 2nd")
    assert (ended["pipelineArn"], ended["pipelineExecutionArn"]) == (pipeline, arn)
    assert ended["executionStartTime"].endswith("Z")
    assert "out of memory" not in json.dumps(ended)
    assert all(event["resources"] == [pipeline, arn] for event in lab.aws.events)


def test_events_of_a_step_are_camel_case(lab: Any) -> None:
    """1.6: metadata is the API's in camelCase; failureReason when Failed."""
    _, steps = finished(lab, lab.step("Good"), lab.step("Bad", "echo no space; exit 3", DependsOn=["Good"]))
    told = [(e["stepName"], e["previousStepStatus"], e["currentStepStatus"]) for e in lab.events(STEP)]
    assert told == [
        ("Good", "Starting", "Executing"),
        ("Good", "Executing", "Succeeded"),
        ("Bad", "Starting", "Executing"),
        ("Bad", "Executing", "Failed"),
    ]
    good, bad = (lab.events(STEP)[number] for number in (1, 3))
    assert good["metadata"] == {"processingJob": {"arn": steps["Good"]["Metadata"]["ProcessingJob"]["Arn"]}}
    assert (good["stepType"], "failureReason" in good) == ("Processing", False)
    assert bad["failureReason"] == steps["Bad"]["FailureReason"]
    assert set(good) == {
        "metadata",
        "stepStartTime",
        "stepEndTime",
        "stepName",
        "stepType",
        "previousStepStatus",
        "currentStepStatus",
        "pipelineArn",
        "pipelineExecutionArn",
    }


def test_steps_are_listed_with_their_metadata(lab: Any) -> None:
    """6.5: metadata of each kind of step; a step that has not begun is not listed."""
    lab.group()
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": lab.package()}
    equal = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    status, steps = finished(
        lab, lab.step("Work"), condition("Check", equal, IfSteps=[register], ElseSteps=[lab.fail("no", "Refused")])
    )
    assert (status, list(steps)) == ("Succeeded", ["Work", "Check", "Register"])
    assert steps["Check"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    package = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    assert lab.sm.describe_model_package(ModelPackageName=package)["ModelApprovalStatus"] == "PendingManualApproval"
    job = steps["Work"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert job.startswith("pipelines-")
    assert lab.sm.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Completed"
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}


def test_the_newest_step_comes_first_unless_asked_otherwise(lab: Any) -> None:
    """API: ListPipelineExecutionSteps, SortOrder."""
    lab.pipeline(lab.step("One"), lab.step("Two", DependsOn=["One"]))
    arn = lab.start()
    lab.aws.settle()
    listed = lab.sm.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Descending")
    assert [step["StepName"] for step in listed["PipelineExecutionSteps"]] == ["Two", "One"]


def test_a_fail_step_ends_the_execution_as_failed_with_its_message(lab: Any) -> None:
    """6.3: "gate not met" and "broken" look the same in events; the step tells."""
    message = {"Std:Join": {"On": " ", "Values": ["refused:", {"Get": "Parameters.Why"}]}}
    parameters = [{"Name": "Why", "Type": "String", "DefaultValue": "auc"}]
    status, steps = finished(lab, lab.fail(message), parameters=parameters)
    assert (status, steps["Fail"]["StepStatus"]) == ("Failed", "Failed")
    assert steps["Fail"]["FailureReason"] == "refused: auc"


def test_a_failed_step_holds_back_what_depends_on_it(lab: Any) -> None:
    """6.2: DependsOn by name waits for success."""
    status, steps = finished(lab, lab.step("Bad", "exit 1"), lab.step("Next", DependsOn=["Bad"]))
    assert (status, list(steps)) == ("Failed", ["Bad"])


def test_a_reference_to_a_step_waits_for_it(lab: Any) -> None:
    """6.2: a step property is a dependency; outputs are keyed by their name."""
    first = lab.step("First", "echo 7 > /opt/ml/processing/out/n")
    first["Arguments"]["ProcessingOutputConfig"] = {
        "Outputs": [
            {
                "OutputName": "numbers",
                "S3Output": {
                    "S3Uri": "s3://lab/first",
                    "LocalPath": "/opt/ml/processing/out",
                    "S3UploadMode": "EndOfJob",
                },
            }
        ]
    }
    uri = {"Get": "Steps.First.ProcessingOutputConfig.Outputs['numbers'].S3Output.S3Uri"}
    second = lab.step("Second", "test $(cat /opt/ml/processing/in/n) = 7")
    given = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    second["Arguments"]["ProcessingInputs"] = [{"InputName": "n", "S3Input": given}]
    status, steps = finished(lab, second, first)
    assert (status, list(steps)) == ("Succeeded", ["First", "Second"])


@pytest.mark.parametrize("trigger", ["Failed", "Any"])
def test_a_step_on_a_failed_one_ends_in_completed_with_failures(lab: Any, trigger: str) -> None:
    """1.6: CompletedWithFailures, of the API alone."""
    tidy = lab.step("Tidy", DependsOn=[{"Step": "Bad", "Trigger": trigger}])
    status, steps = finished(lab, lab.step("Bad", "exit 1"), tidy)
    assert (status, steps["Tidy"]["StepStatus"]) == ("CompletedWithFailures", "Succeeded")
    assert lab.events(RUN)[-1]["currentPipelineExecutionStatus"] == "CompletedWithFailures"


def test_the_reason_of_an_execution_is_in_the_describe_alone(lab: Any) -> None:
    """1.6: DescribePipelineExecution.FailureReason."""
    lab.pipeline(lab.step("Bad", "echo disk full; exit 4"))
    arn = lab.start()
    lab.aws.settle()
    assert lab.execution(arn)["FailureReason"].startswith("Step failure: One or multiple steps failed")
    assert "disk full" in lab.steps(arn)["Bad"]["FailureReason"]


CONDITIONS = [
    pytest.param({"Type": "Equals", "LeftValue": {"Get": "Parameters.N"}, "RightValue": 3}, True, id="equals"),
    pytest.param({"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.N"}, "RightValue": 3}, False, id="greater"),
    pytest.param({"Type": "GreaterThanOrEqualTo", "LeftValue": 3, "RightValue": 3}, True, id="greater-or-equal"),
    pytest.param({"Type": "LessThan", "LeftValue": 2, "RightValue": 3}, True, id="less"),
    pytest.param({"Type": "LessThanOrEqualTo", "LeftValue": 4, "RightValue": 3}, False, id="less-or-equal"),
    pytest.param({"Type": "In", "QueryValue": "a", "Values": ["a", "b"]}, True, id="in"),
    pytest.param({"Type": "Not", "Condition": {"Type": "In", "QueryValue": "a", "Values": ["a"]}}, False, id="not"),
    pytest.param(
        {
            "Type": "Or",
            "Conditions": [
                {"Type": "Equals", "LeftValue": 1, "RightValue": 2},
                {"Type": "Equals", "LeftValue": 2, "RightValue": 2},
            ],
        },
        True,
        id="or",
    ),
]


@pytest.mark.parametrize(("asked", "holds"), CONDITIONS)
def test_conditions(lab: Any, asked: dict[str, Any], holds: bool) -> None:
    """6.2: every condition of the table in its wire form."""
    step = condition("Check", asked, ElseSteps=[lab.fail("it does not hold")])
    status, steps = finished(lab, step, parameters=[{"Name": "N", "Type": "Integer", "DefaultValue": 3}])
    assert (status, steps["Check"]["Metadata"]["Condition"]["Outcome"]) == (
        "Succeeded" if holds else "Failed",
        str(holds),
    )


def test_a_value_of_a_property_file_decides(lab: Any) -> None:
    """6.2: Std:JsonGet through a property file."""
    work = lab.step("Evaluate", 'echo \'{"auc": {"value": 0.83}}\' > /opt/ml/processing/out/report.json')
    output = {"S3Uri": "s3://lab/e", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    work["Arguments"]["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "report", "S3Output": output}]}
    work["PropertyFiles"] = [{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}]
    source = {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "auc.value"}
    asked = {"Type": "GreaterThan", "LeftValue": {"Std:JsonGet": source}, "RightValue": 0.8}
    status, steps = finished(lab, work, condition("Check", asked, ElseSteps=[lab.fail("weak")]))
    assert (status, steps["Check"]["Metadata"]["Condition"]["Outcome"]) == ("Succeeded", "True")


def test_a_value_that_is_not_there_fails_the_step(lab: Any) -> None:
    """6.2: JsonGet of a URI without an object."""
    source = {"S3Uri": "s3://lab/none.json", "Path": "auc"}
    asked = {"Type": "GreaterThan", "LeftValue": {"Std:JsonGet": source}, "RightValue": 0.8}
    status, steps = finished(lab, condition("Check", asked))
    assert (status, steps["Check"]["StepStatus"]) == ("Failed", "Failed")
    assert "none.json" in steps["Check"]["FailureReason"]


def test_names_of_an_execution_are_values(lab: Any) -> None:
    """6.2: Execution.PipelineExecutionId and its like."""
    names = ["PipelineName", "PipelineExecutionId", "PipelineExecutionArn", "PipelineArn"]
    message = {"Std:Join": {"On": "|", "Values": [{"Get": f"Execution.{name}"} for name in names]}}
    lab.pipeline(lab.fail(message))
    arn = lab.start()
    lab.aws.settle()
    said = lab.steps(arn)["Fail"]["FailureReason"].split("|")
    assert said == ["train", arn.rpartition("/")[2], arn, arn.partition("/execution")[0]]


@pytest.mark.parametrize("kind", ["Processing", "Training"])
def test_a_step_knows_the_name_of_its_own_job(lab: Any, kind: str) -> None:
    """6.2: Execution.TrainingJobName and Execution.ProcessingJobName."""
    step = lab.step("Work")
    if kind == "Training":
        step = {"Name": "Work", "Type": "Training", "Arguments": lab.training("any")}
        del step["Arguments"]["TrainingJobName"]
    step["Arguments"]["Environment"] = {"ME": {"Get": f"Execution.{kind}JobName"}}
    status, steps = finished(lab, step)
    name = steps["Work"]["Metadata"][f"{kind}Job"]["Arn"].rpartition("/")[2]
    job = getattr(lab.sm, f"describe_{kind.lower()}_job")(**{f"{kind}JobName": name})
    assert (status, job["Environment"]) == ("Succeeded", {"ME": name})


def test_a_step_has_no_name_of_another_kinds_job(lab: Any) -> None:
    """As above: refused when the pipeline is made."""
    step = lab.fail({"Get": "Execution.TrainingJobName"})
    role = "arn:aws:iam::123456789012:role/sagemaker"
    request = {"PipelineName": "train", "PipelineDefinition": lab.definition(step), "RoleArn": role}
    message = lab.refused("create_pipeline", "ValidationException", **request)
    assert "refers to Execution.TrainingJobName, which is not there" in message


def test_a_step_of_any_allowed_name_gets_a_job_of_an_allowed_one(lab: Any) -> None:
    """6.2, 8.1: steps have 64 letters and underscores, jobs 63 and none."""
    status, steps = finished(lab, lab.step("a_" + "b" * 62))
    (step,) = steps.values()
    job = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert (status, len(job) <= 63, "_" in job) == ("Succeeded", True, False)


def test_an_argument_out_of_its_limits_fails_the_step(lab: Any) -> None:
    """9: what is resolved is a request like any other."""
    step = lab.step("Work")
    step["Arguments"]["Environment"] = {"LIMIT": {"Get": "Parameters.Text"}}
    parameters = [{"Name": "Text", "Type": "String", "DefaultValue": "x" * 5000}]
    status, steps = finished(lab, step, parameters=parameters)
    assert status == "Failed"
    assert steps["Work"]["FailureReason"].startswith(
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: "
    )


def test_two_register_steps_of_alike_names_register_two_versions(lab: Any) -> None:
    """6.4: a ClientToken has at most 36 letters, and each step registers."""
    lab.group()
    name = "ChurnModelOfTheWholeCompany"
    steps = [{"Name": f"{name}{end}", "Type": "RegisterModel", "Arguments": lab.package()} for end in "AB"]
    assert finished(lab, *steps)[0] == "Succeeded"
    assert len(lab.sm.list_model_packages(ModelPackageGroupName="models")["ModelPackageSummaryList"]) == 2


# The step cache


def cached(lab: Any, uri: str = "s3://lab/in/a", expires: str = "P1D") -> dict[str, Any]:
    step: dict[str, Any] = lab.step("Work", CacheConfig={"Enabled": True, "ExpireAfter": expires})
    given = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    step["Arguments"]["ProcessingInputs"] = [{"InputName": "in", "S3Input": given}]
    return step


def test_the_same_uri_is_a_cache_hit_whatever_lies_behind_it(lab: Any) -> None:
    """6.3: S3 object content is not in the key."""
    lab.put("in/a", b"one")
    lab.pipeline(cached(lab))
    first = lab.start()
    lab.aws.settle()
    lab.put("in/a", b"two")
    second = lab.start()
    lab.aws.settle()
    (step,) = lab.steps(second).values()
    assert (step["StepStatus"], step["CacheHitResult"]["SourcePipelineExecutionArn"]) == ("Succeeded", first)
    assert lab.events(STEP)[-1]["cacheHitResult"] == {"sourcePipelineExecutionArn": first}
    assert len(lab.sm.list_processing_jobs()["ProcessingJobSummaries"]) == 1


def test_another_uri_is_none_and_neither_is_an_expired_one(lab: Any) -> None:
    """6.3: inputs are in the key; ExpireAfter."""
    lab.put("in/a", b"one")
    lab.put("in/b", b"one")
    lab.pipeline(cached(lab, expires="PT1H"))
    lab.start()
    lab.advance(3700)
    late = lab.start()
    lab.aws.settle()
    lab.sm.update_pipeline(PipelineName="train", PipelineDefinition=lab.definition(cached(lab, "s3://lab/in/b")))
    other = lab.start()
    lab.aws.settle()
    assert ["CacheHitResult" in lab.steps(arn)["Work"] for arn in (late, other)] == [False, False]


def test_a_failed_run_is_no_hit(lab: Any) -> None:
    """6.3: only successful runs."""
    lab.pipeline(cached(lab, "s3://lab/in/none"))
    lab.start()
    lab.aws.settle()
    lab.put("in/none", b"now there")
    arn = lab.start()
    lab.aws.settle()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert "CacheHitResult" not in lab.steps(arn)["Work"]


# Stop


def test_a_stop_ends_the_execution_as_stopped(lab: Any) -> None:
    """1.6: Executing, Stopping, Stopped."""
    lab.pipeline(lab.fail("no"))
    arn = lab.start()
    lab.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopping"
    lab.aws.settle()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopped"
    told = [event["currentPipelineExecutionStatus"] for event in lab.events(RUN)]
    assert (told, lab.steps(arn)) == (["Executing", "Stopping", "Stopped"], {})


def test_a_stop_stops_the_job_under_way(lab: Any) -> None:
    """6.6, 8.1: SIGTERM to the job; what depends on it does not begin."""
    lab.pipeline(lab.step("Work", "echo begun; sleep 60"), lab.step("Next", DependsOn=["Work"]))
    arn = lab.start()

    def stop_twice() -> None:
        for _ in range(2):
            lab.sm.stop_pipeline_execution(PipelineExecutionArn=arn)

    lab.aws.world.later(0.3, stop_twice, "stop")
    lab.aws.settle()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopped"
    assert {name: step["StepStatus"] for name, step in lab.steps(arn).items()} == {"Work": "Stopped"}
    told = [event["currentPipelineExecutionStatus"] for event in lab.events(RUN)]
    assert told == ["Executing", "Stopping", "Stopped"]


def test_what_is_over_cannot_be_stopped(lab: Any) -> None:
    """9.1: ConflictException."""
    lab.pipeline(lab.fail("no"))
    arn = lab.start()
    lab.aws.settle()
    assert "Failed" in lab.refused("stop_pipeline_execution", "ConflictException", PipelineExecutionArn=arn)
