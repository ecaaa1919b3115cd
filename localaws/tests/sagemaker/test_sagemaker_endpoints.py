"""Models, endpoint configurations and endpoints: states, what each accepts, rollback (reference 1.8, 5, 9.2)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.contract
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
CHANGED = "Endpoint State Change"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:"


def told(lab: Any) -> list[str]:
    return [detail["EndpointStatus"] for detail in lab.events(CHANGED)]


# Models and configurations


def test_a_model_is_described_listed_and_deleted(lab: Any) -> None:
    """API: the operations of models; 1.7: an event when it is made and when it is deleted."""
    assert lab.model("one") == f"{ARN}model/one"
    found = lab.sm.describe_model(ModelName="one")
    assert found["PrimaryContainer"]["ModelDataUrl"] == "s3://lab/models/one.tar.gz"
    assert [model["ModelName"] for model in lab.sm.list_models()["Models"]] == ["one"]
    lab.sm.delete_model(ModelName="one")
    assert lab.sm.list_models()["Models"] == []
    assert [detail["ModelName"] for detail in lab.events("Model State Change")] == ["one", "one"]


def test_the_event_of_a_model_has_its_container(lab: Any) -> None:
    """1.7 and its sample: PascalCase, null for what is not set, tags flat."""
    lab.sm.create_model(
        ModelName="one",
        ExecutionRoleArn=ROLE,
        PrimaryContainer=lab.container("one"),
        Tags=[{"Key": "project", "Value": "churn"}],
    )
    (detail,) = lab.events("Model State Change")
    assert (detail["ModelName"], detail["ModelArn"], detail["ExecutionRoleArn"]) == ("one", f"{ARN}model/one", ROLE)
    assert detail["PrimaryContainer"]["ModelDataUrl"] == "s3://lab/models/one.tar.gz"
    assert (detail["Containers"], detail["Tags"]) == (None, {"project": "churn"})
    assert isinstance(detail["CreationTime"], int)


def test_the_event_of_a_configuration_has_its_variants(lab: Any) -> None:
    """1.7 and its sample."""
    lab.config("first", "one")
    (detail,) = lab.events("Endpoint Config State Change")
    assert (detail["EndpointConfigName"], detail["EndpointConfigArn"]) == ("first", f"{ARN}endpoint-config/first")
    assert detail["ProductionVariants"][0]["ModelName"] == "one"
    assert detail["DataCaptureConfig"] is None


def test_names_are_taken_once(lab: Any) -> None:
    """9.2, 11: Cannot create already existing …, where moto overwrites."""
    lab.endpoint("one")
    model = {"ModelName": "one", "ExecutionRoleArn": ROLE, "PrimaryContainer": lab.container("one")}
    assert lab.refused("create_model", "ValidationException", **model).startswith(
        f'Cannot create already existing model "{ARN}model/one"'
    )
    config = {"EndpointConfigName": "first", "ProductionVariants": [lab.variant("one")]}
    assert lab.refused("create_endpoint_config", "ValidationException", **config).startswith(
        f'Cannot create already existing endpoint configuration "{ARN}endpoint-config/first"'
    )
    for name in ("scores", "SCORES"):  # 5.8: without regard to case when creating
        message = lab.refused("create_endpoint", "ValidationException", EndpointName=name, EndpointConfigName="first")
        assert message.startswith(f'Cannot create already existing endpoint "{ARN}endpoint/scores"')


@pytest.mark.parametrize(
    ("operation", "request_", "text"),
    [
        pytest.param("describe_model", {"ModelName": "none"}, "model", id="model"),
        pytest.param("delete_model", {"ModelName": "none"}, "model", id="delete-model"),
        pytest.param("describe_endpoint_config", {"EndpointConfigName": "none"}, "endpoint configuration", id="config"),
        pytest.param(
            "delete_endpoint_config", {"EndpointConfigName": "none"}, "endpoint configuration", id="delete-config"
        ),
        pytest.param(
            "create_endpoint",
            {"EndpointName": "a", "EndpointConfigName": "none"},
            "endpoint configuration",
            id="create",
        ),
        pytest.param("describe_endpoint", {"EndpointName": "none"}, "endpoint", id="endpoint"),
        pytest.param("delete_endpoint", {"EndpointName": "none"}, "endpoint", id="delete-endpoint"),
        pytest.param("update_endpoint", {"EndpointName": "none", "EndpointConfigName": "a"}, "endpoint", id="update"),
        pytest.param(
            "update_endpoint_weights_and_capacities",
            {"EndpointName": "none", "DesiredWeightsAndCapacities": [{"VariantName": "a", "DesiredWeight": 1}]},
            "endpoint",
            id="weights",
        ),
    ],
)
def test_what_is_not_there(lab: Any, operation: str, request_: dict[str, Any], text: str) -> None:
    """9.2: ValidationException: Could not find …, not ResourceNotFound."""
    message = lab.refused(operation, "ValidationException", **request_)
    assert message.startswith(f'Could not find {text} "arn:aws:sagemaker:')


def test_a_variant_of_an_unknown_model_is_refused(lab: Any) -> None:
    """9.2."""
    message = lab.refused(
        "create_endpoint_config",
        "ValidationException",
        EndpointConfigName="first",
        ProductionVariants=[lab.variant("none")],
    )
    assert message.startswith("Could not find model")


def test_a_model_of_a_package_runs_its_container(lab: Any) -> None:
    """API: ModelPackageName; the package's own environment is there, the model's goes over it."""
    lab.group()
    specification = lab.package()["InferenceSpecification"] | {"Containers": [lab.container("packed")]}
    arn = lab.register(InferenceSpecification=specification)
    lab.sm.create_model(ModelName="packed", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn})
    lab.sm.create_endpoint_config(EndpointConfigName="first", ProductionVariants=[lab.variant("packed")])
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    assert lab.invoke()["Body"] == "packed"


@pytest.mark.parametrize(
    "names",
    [pytest.param(["one", "one"], id="twice"), pytest.param([f"v{n}" for n in range(11)], id="eleven")],
)
def test_variants_of_a_configuration(lab: Any, names: list[str]) -> None:
    """5.4: at most ten, each name once."""
    lab.model("one")
    variants = [lab.variant("one", VariantName=name) for name in names]
    lab.refused(
        "create_endpoint_config", "ValidationException", EndpointConfigName="first", ProductionVariants=variants
    )


# States


def test_an_endpoint_takes_its_time_to_serve(lab: Any) -> None:
    """5.1, 11: Creating, then InService, each with its event; nothing serves before."""
    lab.config("first", "one")
    arn = lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")["EndpointArn"]
    lab.advance(2)
    assert (arn, lab.described()["EndpointStatus"]) == (f"{ARN}endpoint/scores", "Creating")
    lab.advance(4)
    found = lab.described()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    (variant,) = found["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentWeight"], variant["CurrentInstanceCount"]) == ("one", 1.0, 1)
    assert (told(lab), "FailureReason" in found) == (["CREATING", "IN_SERVICE"], False)


def test_events_of_an_endpoint(lab: Any) -> None:
    """1.3, 1.8: status in capitals, explicit nulls, epoch milliseconds."""
    arn = lab.endpoint("one")
    detail = lab.events(CHANGED)[-1]
    assert (detail["EndpointName"], detail["EndpointArn"], detail["EndpointConfigName"]) == ("scores", arn, "first")
    assert (detail["FailureReason"], detail["Tags"]) == (None, {})
    assert isinstance(detail["LastModifiedTime"], int)
    assert detail["ProductionVariants"][0]["VariantName"] == "one"
    assert lab.aws.events[-1]["resources"] == [arn]


def test_an_endpoint_whose_model_does_not_load_is_failed(lab: Any) -> None:
    """5.1: Failed accepts a delete and nothing else."""
    lab.config("first", "broken")
    lab.config("second", "one")
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    found = lab.described()
    assert found["EndpointStatus"] == "Failed"
    assert "production variant broken did not pass the ping health check" in found["FailureReason"]
    assert "this model does not load" in found["FailureReason"]
    assert told(lab) == ["CREATING", "FAILED"]
    lab.refused("update_endpoint", "ValidationException", EndpointName="scores", EndpointConfigName="second")
    lab.sm.delete_endpoint(EndpointName="scores")
    lab.advance(10)
    lab.refused("describe_endpoint", "ValidationException", EndpointName="scores")


def test_an_endpoint_whose_archive_is_not_there_is_failed(lab: Any) -> None:
    """5.1."""
    lab.config("first", "one")
    lab.aws.client("s3").delete_object(Bucket="lab", Key="models/one.tar.gz")
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    assert lab.described()["EndpointStatus"] == "Failed"


def test_a_configuration_that_is_gone_when_its_turn_comes_fails_the_endpoint(lab: Any) -> None:
    """9.2: Could not find endpoint configuration."""
    lab.config("first", "one")
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.sm.delete_endpoint_config(EndpointConfigName="first")
    lab.advance(10)
    found = lab.described()
    assert found["EndpointStatus"] == "Failed"
    assert "Could not find endpoint configuration" in found["FailureReason"]


def test_an_update_takes_its_time_and_the_old_one_serves_meanwhile(lab: Any) -> None:
    """1.8, 5.3: Updating with the old configuration, then InService with the new one."""
    lab.endpoint("one")
    lab.config("second", "two")
    lab.update("second")
    lab.advance(2)
    found = lab.described()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", "first")
    assert lab.invoke()["Body"] == "one"
    lab.advance(10)
    found = lab.described()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "second")
    assert lab.invoke()["Body"] == "two"
    assert told(lab) == ["CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE"]
    assert [detail["EndpointConfigName"] for detail in lab.events(CHANGED)][-2:] == ["first", "second"]


@pytest.mark.parametrize("state", ["Creating", "Updating"])
def test_an_endpoint_that_changes_accepts_no_change(lab: Any, state: str) -> None:
    """5.1, 9.2: Cannot update in-progress endpoint, for update, weights and delete."""
    lab.config("second", "two")
    if state == "Creating":
        lab.config("first", "one")
        lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    else:
        lab.endpoint("one")
        lab.update("second")
    weights = [{"VariantName": "one", "DesiredWeight": 2}]
    asked = {
        "update_endpoint": {"EndpointConfigName": "second"},
        "update_endpoint_weights_and_capacities": {"DesiredWeightsAndCapacities": weights},
        "delete_endpoint": {},
    }
    for operation, request in asked.items():
        message = lab.refused(operation, "ValidationException", EndpointName="scores", **request)
        assert message.startswith(f'Cannot update in-progress endpoint "{ARN}endpoint/scores"')
    assert lab.described()["EndpointStatus"] == state


def test_a_model_that_does_not_load_rolls_the_update_back(lab: Any) -> None:
    """1.8: InService with the OLD configuration; success is InService AND the name that was asked for."""
    lab.endpoint("one")
    lab.config("second", "broken")
    lab.update("second")
    lab.advance(10)
    found = lab.described()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert "this model does not load" in found["FailureReason"]
    assert lab.invoke()["Body"] == "one"
    detail = lab.events(CHANGED)[-1]
    assert (detail["EndpointStatus"], detail["EndpointConfigName"]) == ("IN_SERVICE", "first")
    assert "this model does not load" in detail["FailureReason"]


def test_one_broken_variant_rolls_all_of_them_back(lab: Any) -> None:
    """1.8."""
    lab.endpoint("one")
    lab.config("second", "two", "broken")
    lab.update("second")
    lab.advance(10)
    assert [variant["VariantName"] for variant in lab.described()["ProductionVariants"]] == ["one"]


def test_the_reason_of_a_rollback_is_gone_after_the_next_update(lab: Any) -> None:
    """1.8."""
    lab.endpoint("one")
    lab.config("second", "broken")
    lab.config("third", "three")
    for config in ("second", "third"):
        lab.update(config)
        lab.advance(10)
    found = lab.described()
    assert (found["EndpointConfigName"], "FailureReason" in found) == ("third", False)


def test_an_update_needs_the_old_configuration(lab: Any) -> None:
    """5.3: Could not find endpoint configuration, of the old one."""
    lab.endpoint("one")
    lab.config("second", "two")
    lab.sm.delete_endpoint_config(EndpointConfigName="first")
    message = lab.refused("update_endpoint", "ValidationException", EndpointName="scores", EndpointConfigName="second")
    assert message.startswith(f'Could not find endpoint configuration "{ARN}endpoint-config/first"')


@pytest.mark.parametrize("gone", ["first", "second"])
def test_a_configuration_that_goes_during_an_update_fails_it(lab: Any, gone: str) -> None:
    """5.3: deleted before or during the update."""
    lab.endpoint("one")
    lab.config("second", "two")
    lab.update("second")
    lab.sm.delete_endpoint_config(EndpointConfigName=gone)
    lab.advance(10)
    found = lab.described()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert f"endpoint-config/{gone}" in found["FailureReason"]
    assert lab.invoke()["Body"] == "one"


def test_a_deleted_endpoint_is_gone_after_a_while(lab: Any) -> None:
    """5.1: Deleting, then not found; its name is free."""
    lab.endpoint("one")
    lab.sm.delete_endpoint(EndpointName="scores")
    assert lab.described()["EndpointStatus"] == "Deleting"
    lab.refused("delete_endpoint", "ValidationException", EndpointName="scores")
    lab.advance(5)
    lab.refused("describe_endpoint", "ValidationException", EndpointName="scores")
    assert told(lab)[-1] == "DELETING"
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")


def test_endpoints_are_listed_by_name_status_and_change(lab: Any) -> None:
    """API: ListEndpoints."""
    lab.endpoint("one")
    middle = lab.aws.now()
    lab.sm.create_endpoint(EndpointName="other", EndpointConfigName="first")

    def names(**request: Any) -> list[str]:
        return [found["EndpointName"] for found in lab.sm.list_endpoints(**request)["Endpoints"]]

    assert names() == ["other", "scores"]
    assert names(SortBy="Name", SortOrder="Ascending") == ["other", "scores"]
    assert names(StatusEquals="InService") == ["scores"]
    assert names(NameContains="oth") == ["other"]
    assert names(LastModifiedTimeAfter=middle) == ["other"]
    assert names(LastModifiedTimeBefore=middle) == ["scores"]


# Weights


def weigh(lab: Any, **weights: float) -> None:
    wanted = [{"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=wanted)


def shown(lab: Any, *names: str) -> dict[str, tuple[Any, ...]]:
    return {v["VariantName"]: tuple(v[name] for name in names) for v in lab.described()["ProductionVariants"]}


def test_weights_change_after_a_while_and_alone(lab: Any) -> None:
    """5.2, 11: Updating, desired before current; counts that were not sent stay; no new configuration."""
    lab.endpoint("one", "two")
    weigh(lab, one=3.0)
    assert shown(lab, "CurrentWeight", "DesiredWeight") == {"one": (1.0, 3.0), "two": (1.0, 1.0)}
    assert lab.described()["EndpointStatus"] == "Updating"
    lab.advance(5)
    found = shown(lab, "CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")
    assert found == {"one": (3.0, 3.0, 1, 1), "two": (1.0, 1.0, 1, 1)}
    assert (lab.described()["EndpointConfigName"], told(lab)[-2:]) == ("first", ["UPDATING", "IN_SERVICE"])


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([{"VariantName": "none", "DesiredWeight": 1}], id="unknown"),
        pytest.param(
            [{"VariantName": name, "DesiredInstanceCount": 2} for name in ("one", "two")], id="two-capacities"
        ),
        pytest.param([{"VariantName": name, "DesiredWeight": 0} for name in ("one", "two")], id="all-zero"),
    ],
)
def test_weights_that_are_refused(lab: Any, wanted: list[dict[str, Any]]) -> None:
    """5.2: weights of at least 0, the capacity of one variant; all at 0 is undocumented, so refused."""
    lab.endpoint("one", "two")
    request = {"EndpointName": "scores", "DesiredWeightsAndCapacities": wanted}
    lab.refused("update_endpoint_weights_and_capacities", "ValidationException", **request)
    assert lab.described()["EndpointStatus"] == "InService"


def test_an_update_goes_back_to_the_configurations_weights_unless_they_are_retained(lab: Any) -> None:
    """5.2, 5.3: RetainAllVariantProperties and what is excluded of it."""
    lab.endpoint("one", "two")
    variants = [lab.variant(name, InitialInstanceCount=2) for name in ("one", "two")]
    for name in ("second", "third", "fourth"):
        lab.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    weigh(lab, one=9.0)
    lab.advance(5)
    lab.update("second", RetainAllVariantProperties=True)
    lab.advance(10)
    assert shown(lab, "CurrentWeight", "CurrentInstanceCount") == {"one": (9.0, 1), "two": (1.0, 1)}
    lab.update(
        "third",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )
    lab.advance(10)
    assert shown(lab, "CurrentWeight", "CurrentInstanceCount") == {"one": (9.0, 2), "two": (1.0, 2)}
    lab.update("fourth")
    lab.advance(10)
    assert shown(lab, "CurrentWeight", "CurrentInstanceCount") == {"one": (1.0, 2), "two": (1.0, 2)}


def test_a_reason_is_no_longer_than_the_field(lab: Any) -> None:
    """API: FailureReason has at most 1,024 letters."""
    lab.config("first", "broken")
    lab.put("code/serving.tar.gz", lab.archive(inference__py=b"raise ValueError('x' * 5000)"))
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    assert len(lab.described()["FailureReason"]) == 1024


# Deployments

DEPLOYED = "Endpoint Deployment State Change"


def second(lab: Any, *names: str) -> None:
    """The configuration `second` with these variants of the model `one`."""
    variants = [lab.variant("one", VariantName=name, InitialInstanceCount=2) for name in names]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)


def test_an_update_tells_of_its_deployment(lab: Any) -> None:
    """1.8 and its sample: ProductionVariants is the old fleet, PendingDeploymentSummary the new one."""
    arn = lab.endpoint("one")
    assert lab.events(DEPLOYED) == []
    second(lab, "one")
    lab.update("second")
    pending = lab.described()["PendingDeploymentSummary"]
    assert (pending["EndpointConfigName"], lab.described()["EndpointConfigName"]) == ("second", "first")
    lab.advance(10)
    created, activated = lab.events(DEPLOYED)
    for detail in (created, activated):
        assert (detail["EndpointStatus"], detail["EndpointConfigName"]) == ("UPDATING", "first")
        assert detail["ProductionVariants"][0]["CurrentInstanceCount"] == 1
        assert detail["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
        assert isinstance(detail["PendingDeploymentSummary"]["StartTime"], int)
    (variant,) = activated["PendingDeploymentSummary"]["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    statuses = [d["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"] for d in (created, activated)]
    assert [status[0]["Status"] for status in statuses] == ["Creating", "ActivatingTraffic"]
    assert "PendingDeploymentSummary" not in lab.described()
    assert [e["resources"] for e in lab.aws.events if e["detail-type"] == f"SageMaker {DEPLOYED}"] == [[arn], [arn]]


def test_a_change_of_counts_tells_of_its_deployment(lab: Any) -> None:
    """1.8 and its sample: VariantStatus Updating, no new fleet; a change of weights alone is none."""
    lab.endpoint("one", "two")
    change = {"VariantName": "two", "DesiredInstanceCount": 3}
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=[change])
    lab.advance(5)
    change = {"VariantName": "two", "DesiredWeight": 3}
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=[change])
    lab.advance(5)
    (detail,) = lab.events(DEPLOYED)
    one, two = detail["ProductionVariants"]
    assert "VariantStatus" not in one
    assert two["VariantStatus"][0]["Status"] == "Updating"
    assert two["VariantStatus"][0]["StatusMessage"] == "Scaling out desired instance count to 3."
    assert (two["CurrentInstanceCount"], two["DesiredInstanceCount"]) == (1, 3)
    assert "PendingDeploymentSummary" not in detail


def test_other_variants_are_no_deployment(lab: Any) -> None:
    """1.8, 5.3: not emitted under the exclusions of guardrails."""
    lab.endpoint("one")
    second(lab, "one", "other")
    lab.update("second")
    lab.advance(10)
    assert lab.described()["EndpointConfigName"] == "second"
    assert lab.events(DEPLOYED) == []


def test_a_deployment_that_rolls_back_is_over(lab: Any) -> None:
    """1.8: InService with the old configuration, and nothing pending."""
    lab.endpoint("one")
    lab.model("broken")
    variants = [lab.variant("one", ModelName="broken")]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    lab.update("second")
    lab.advance(10)
    assert len(lab.events(DEPLOYED)) == 1
    assert lab.described()["EndpointConfigName"] == "first"
    assert "PendingDeploymentSummary" not in lab.described()


def test_an_image_of_no_registry_of_aws_is_refused(lab: Any) -> None:
    """In these words: aws/sagemaker-python-sdk#4700."""
    container = lab.container("one") | {"Image": "docker.io/somebody/scores:1"}
    with pytest.raises(ClientError, match=r'Using non-ECR image "docker\.io/somebody/scores:1" without Vpc repository'):
        lab.sm.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    private = container | {"ImageConfig": {"RepositoryAccessMode": "Vpc"}}
    with pytest.raises(ClientError, match="not emulated"):
        lab.sm.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=private)
