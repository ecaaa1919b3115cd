"""Pipelines and the starts of their executions (reference 6.1, 6.2, 9.1, 9.2)."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.contract
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
TOKEN, OTHER = "t" * 32, "u" * 32
PARAMETERS = [
    {"Name": "Manifest", "Type": "String"},
    {"Name": "Rounds", "Type": "Integer", "DefaultValue": 10},
    {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Strict", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Mode", "Type": "String", "DefaultValue": "full", "EnumValues": ["full", "quick"]},
]


def given(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_a_pipeline_is_described_as_it_was_made(lab: Any) -> None:
    """API: DescribePipeline."""
    arn = lab.pipeline(lab.fail("no"))
    found = lab.sm.describe_pipeline(PipelineName="train")
    assert found["PipelineArn"] == arn == "arn:aws:sagemaker:us-east-1:123456789012:pipeline/train"
    assert (found["PipelineStatus"], found["RoleArn"]) == ("Active", ROLE)
    assert json.loads(found["PipelineDefinition"])["Steps"][0]["Name"] == "Fail"
    assert "LastRunTime" not in found


def test_an_update_changes_what_it_says(lab: Any) -> None:
    """API: UpdatePipeline."""
    lab.pipeline(lab.fail("no"))
    lab.sm.update_pipeline(PipelineName="train", PipelineDescription="nightly")
    lab.sm.update_pipeline(PipelineName="train", PipelineDefinition=lab.definition(lab.fail("no", "Other")))
    found = lab.sm.describe_pipeline(PipelineName="train")
    assert (found["PipelineDescription"], json.loads(found["PipelineDefinition"])["Steps"][0]["Name"]) == (
        "nightly",
        "Other",
    )
    assert found["LastModifiedTime"] > found["CreationTime"]


def test_an_execution_keeps_the_definition_it_began_with(lab: Any) -> None:
    """API: DescribePipelineDefinitionForExecution."""
    lab.pipeline(lab.fail("old"))
    arn = lab.start()
    lab.sm.update_pipeline(PipelineName="train", PipelineDefinition=lab.definition(lab.fail("new")))
    lab.aws.settle()
    assert lab.steps(arn)["Fail"]["FailureReason"] == "old"
    kept = lab.sm.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert "old" in kept["PipelineDefinition"]


def test_a_second_pipeline_of_the_name_is_refused_and_the_same_token_is_not(lab: Any) -> None:
    """6.1: ClientRequestToken is an idempotency token; a name is there once."""
    request = {"PipelineName": "train", "PipelineDefinition": lab.definition(lab.fail("no")), "RoleArn": ROLE}
    first = lab.sm.create_pipeline(**request, ClientRequestToken=TOKEN)["PipelineArn"]
    assert lab.sm.create_pipeline(**request, ClientRequestToken=TOKEN)["PipelineArn"] == first
    assert "already exists" in lab.refused("create_pipeline", "ValidationException", **request)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("describe_pipeline", {}, id="describe"),
        pytest.param("update_pipeline", {"PipelineDescription": "x"}, id="update"),
        pytest.param("delete_pipeline", {}, id="delete"),
        pytest.param("start_pipeline_execution", {}, id="start"),
        pytest.param("list_pipeline_executions", {}, id="list"),
    ],
)
def test_an_unknown_pipeline(lab: Any, operation: str, request_: dict[str, Any]) -> None:
    """9.2, 11: ResourceNotFound, where moto says ValidationException."""
    message = lab.refused(operation, "ResourceNotFound", PipelineName="none", **request_)
    assert "arn:aws:sagemaker:us-east-1:123456789012:pipeline/none" in message


def test_a_deleted_pipeline_leaves_its_executions(lab: Any) -> None:
    """API: DeletePipeline."""
    lab.pipeline(lab.fail("no"))
    arn = lab.start()
    lab.aws.settle()
    lab.sm.delete_pipeline(PipelineName="train")
    lab.refused("start_pipeline_execution", "ResourceNotFound", PipelineName="train")
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Failed"


def test_pipelines_are_listed_by_prefix(lab: Any) -> None:
    """API: ListPipelines."""
    for name in ("a-one", "b-one", "b-two"):
        lab.pipeline(lab.fail("no"), name=name)
    listed = lab.sm.list_pipelines(PipelineNamePrefix="b", SortBy="Name", SortOrder="Ascending")["PipelineSummaries"]
    assert [pipeline["PipelineName"] for pipeline in listed] == ["b-one", "b-two"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "parse", id="json"),
        pytest.param("[]", "object", id="list"),
        pytest.param('{"Version": "2019-01-01", "Steps": []}', "2020-12-01", id="version"),
        pytest.param('{"Version": "2020-12-01", "Steps": []}', "no step", id="no-steps"),
    ],
)
def test_a_definition_that_is_none(lab: Any, text: str, says: str) -> None:
    """6.2: Version and Steps."""
    assert says in lab.refused(
        "create_pipeline", "ValidationException", PipelineName="a", PipelineDefinition=text, RoleArn=ROLE
    )


def _named(lab: Any, name: str) -> dict[str, Any]:
    step: dict[str, Any] = lab.fail("no", name)
    return step


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        pytest.param(lambda lab: [_named(lab, "a b")], "its name", id="space"),
        pytest.param(lambda lab: [_named(lab, "a" * 65)], "its name", id="long"),
        pytest.param(lambda lab: [_named(lab, "A"), _named(lab, "A")], "twice", id="twice"),
        pytest.param(lambda lab: [lab.fail({"Get": "Parameters.None"})], "Parameters.None", id="parameter"),
        pytest.param(lambda lab: [lab.fail({"Get": "Steps.None.ModelArtifacts"})], "Steps.None", id="step"),
        pytest.param(lambda lab: [lab.fail({"Get": "Execution.Mood"})], "Execution.Mood", id="execution"),
        pytest.param(lambda lab: [lab.fail("no", DependsOn=["None"])], "depends on None", id="depends"),
        pytest.param(lambda lab: [lab.step("A") | {"Type": "Lambda"}], "not emulated", id="type"),
        pytest.param(
            lambda lab: [{"Name": "A", "Type": "Processing", "Arguments": {}}], "ProcessingResources", id="arguments"
        ),
    ],
)
def test_a_definition_that_cannot_run_is_refused_at_once(lab: Any, steps: Any, says: str) -> None:
    """6.2: names, references, arguments of each step's own request."""
    text = lab.definition(*steps(lab))
    assert says in lab.refused(
        "create_pipeline", "ValidationException", PipelineName="a", PipelineDefinition=text, RoleArn=ROLE
    )
    assert lab.sm.list_pipelines()["PipelineSummaries"] == []


def test_a_definition_over_a_mebibyte_is_refused(lab: Any) -> None:
    """6.2: the inline limit."""
    text = lab.definition(lab.fail("x" * 2**20))
    lab.refused("create_pipeline", "ValidationException", PipelineName="a", PipelineDefinition=text, RoleArn=ROLE)


def test_a_parameter_stands_for_a_number_too(lab: Any) -> None:
    """6.2: Get Parameters.X of an Integer, where the step's request wants one."""
    step = lab.step("Work")
    step["Arguments"]["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = {"Get": "Parameters.Volume"}
    lab.pipeline(step, parameters=[{"Name": "Volume", "Type": "Integer", "DefaultValue": 7}])
    arn = lab.start(PipelineParameters=given(Volume="9"))
    lab.aws.settle()
    job = lab.steps(arn)["Work"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = lab.sm.describe_processing_job(ProcessingJobName=job)
    assert described["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] == 9


# StartPipelineExecution


def test_the_same_token_gives_the_same_execution(lab: Any) -> None:
    """6.1, 11: moto starts two."""
    lab.pipeline(lab.fail("no"), parameters=PARAMETERS)
    request = {"ClientRequestToken": TOKEN, "PipelineParameters": given(Manifest="a")}
    first = lab.start(**request)
    lab.advance(3600)
    assert lab.start(**request) == first
    assert lab.start(**(request | {"ClientRequestToken": OTHER})) != first
    assert len(lab.events("Model Building Pipeline Execution Status Change")) == 4


def test_the_same_token_with_other_parameters_is_a_conflict(lab: Any) -> None:
    """13.1 leaves it open; 9.1 has ConflictException for it, and a quiet second meaning would hide a mistake."""
    lab.pipeline(lab.fail("no"), parameters=PARAMETERS)
    lab.start(ClientRequestToken=TOKEN, PipelineParameters=given(Manifest="a"))
    other = {"PipelineName": "train", "ClientRequestToken": TOKEN, "PipelineParameters": given(Manifest="b")}
    lab.refused("start_pipeline_execution", "ConflictException", **other)


def test_a_token_is_one_pipelines_own(lab: Any) -> None:
    """6.1."""
    for name in ("train", "other"):
        lab.pipeline(lab.fail("no"), name=name)
    assert lab.start(ClientRequestToken=TOKEN) != lab.start("other", ClientRequestToken=TOKEN)


def test_without_a_token_every_start_is_another_execution(lab: Any) -> None:
    """6.1: boto3 fills a random one, so a retry by hand is no retry."""
    lab.pipeline(lab.fail("no"))
    assert lab.start() != lab.start()


def test_a_request_without_any_token_is_refused(lab: Any) -> None:
    """API: the token is required on the wire."""
    client = lab.aws.client("sagemaker")

    def strip(params: dict[str, Any], **_: Any) -> None:
        body = json.loads(params["body"])
        del body["ClientRequestToken"]
        params["body"] = json.dumps(body).encode()

    client.meta.events.register("before-call.sagemaker.StartPipelineExecution", strip)
    lab.pipeline(lab.fail("no"))
    with pytest.raises(client.exceptions.ClientError, match=r"ValidationException.*ClientRequestToken"):
        client.start_pipeline_execution(PipelineName="train")


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"ClientRequestToken": "t" * 129}, id="long-token"),
        pytest.param({"PipelineExecutionDisplayName": "two words"}, id="space-in-name"),
        pytest.param({"PipelineExecutionDisplayName": "a.b"}, id="dot-in-name"),
        pytest.param({"PipelineExecutionDisplayName": "a_b"}, id="underscore-in-name"),
        pytest.param({"PipelineExecutionDisplayName": "a" * 83}, id="long-name"),
        pytest.param({"PipelineExecutionDescription": "d" * 3073}, id="long-description"),
        pytest.param({"PipelineParameters": given(Manifest="x" * 1025)}, id="long-value"),
        pytest.param({"PipelineParameters": [{"Name": "Manifest", "Value": "a"}] * 201}, id="many-parameters"),
        pytest.param({"RoleArn": ROLE}, id="role"),
        pytest.param({"PipelineParameters": given()}, id="no-value-and-no-default"),
        pytest.param({"PipelineParameters": given(Manifest="a", Unknown="b")}, id="unknown"),
        pytest.param({"PipelineParameters": given(Manifest="a", Rounds="ten")}, id="no-integer"),
        pytest.param({"PipelineParameters": given(Manifest="a", Share="half")}, id="no-float"),
        pytest.param({"PipelineParameters": given(Manifest="a", Strict="maybe")}, id="no-boolean"),
        pytest.param({"PipelineParameters": given(Manifest="a", Mode="slow")}, id="none-of-the-values"),
    ],
)
def test_what_a_start_may_not_say(lab: Any, extra: dict[str, Any]) -> None:
    """6.1: limits of each field; 6.2: types and values of parameters."""
    lab.pipeline(lab.fail("no"), parameters=PARAMETERS)
    request = {"PipelineName": "train", "PipelineParameters": given(Manifest="a")} | extra
    lab.refused("start_pipeline_execution", "ValidationException", **request)
    assert lab.sm.list_pipeline_executions(PipelineName="train")["PipelineExecutionSummaries"] == []


def test_the_longest_name_and_value_are_taken(lab: Any) -> None:
    """6.1: 82 letters and 1,024."""
    lab.pipeline(lab.fail("no"), parameters=PARAMETERS)
    name = "a-" * 40 + "bc"
    arn = lab.start(PipelineExecutionDisplayName=name, PipelineParameters=given(Manifest="x" * 1024))
    assert lab.execution(arn)["PipelineExecutionDisplayName"] == name


def test_parameters_of_an_execution_are_texts_defaults_too(lab: Any) -> None:
    """6.1: a value is always a string on the wire."""
    lab.pipeline(lab.fail("no"), parameters=PARAMETERS)
    arn = lab.start(PipelineParameters=given(Manifest="a", Rounds="20", Strict="true"))
    found = lab.sm.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {entry["Name"]: entry["Value"] for entry in found} == {
        "Manifest": "a",
        "Rounds": "20",
        "Share": "0.5",
        "Strict": "true",
        "Mode": "full",
    }


def test_two_executions_of_one_pipeline_run_at_once(lab: Any) -> None:
    """6.1: nothing serialises them."""
    lab.pipeline(lab.fail("no"))
    first, second = lab.start(), lab.start()
    status = [lab.execution(arn)["PipelineExecutionStatus"] for arn in (first, second)]
    assert status == ["Executing", "Executing"]


def test_executions_are_listed_newest_first_within_times(lab: Any) -> None:
    """API: ListPipelineExecutions with CreatedAfter, CreatedBefore, SortOrder."""
    lab.pipeline(lab.fail("no"))
    arns, times = [], []
    for _ in range(3):
        times.append(lab.aws.now())
        arns.append(lab.start())
        lab.advance(60)

    def listed(**request: Any) -> list[str]:
        found = lab.sm.list_pipeline_executions(PipelineName="train", **request)["PipelineExecutionSummaries"]
        return [summary["PipelineExecutionArn"] for summary in found]

    assert listed() == arns[::-1]
    assert listed(SortOrder="Ascending") == arns
    assert listed(CreatedAfter=times[1]) == arns[:0:-1]
    assert listed(CreatedBefore=times[1]) == arns[:1]
    assert listed(CreatedAfter=times[1], CreatedBefore=times[2]) == arns[1:2]
    assert listed(SortBy="PipelineExecutionArn", SortOrder="Ascending") == sorted(arns)
    pages = lab.sm.get_paginator("list_pipeline_executions").paginate(
        PipelineName="train", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["PipelineExecutionSummaries"]) for page in pages] == [2, 1]


def test_a_summary_says_how_it_ended(lab: Any) -> None:
    """API: PipelineExecutionSummary."""
    lab.pipeline(lab.fail("no"))
    lab.start(PipelineExecutionDisplayName="nightly")
    lab.aws.settle()
    (summary,) = lab.sm.list_pipeline_executions(PipelineName="train")["PipelineExecutionSummaries"]
    assert (summary["PipelineExecutionDisplayName"], summary["PipelineExecutionStatus"]) == ("nightly", "Failed")
    assert summary["PipelineExecutionFailureReason"].startswith("Step failure: One or multiple steps failed")


@pytest.mark.parametrize(
    "operation",
    ["describe_pipeline_execution", "list_pipeline_execution_steps", "stop_pipeline_execution"],
)
def test_an_unknown_execution(lab: Any, operation: str) -> None:
    """9.1: ResourceNotFound."""
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/train/execution/abcdefghijkl"
    assert arn in lab.refused(operation, "ResourceNotFound", PipelineExecutionArn=arn)
