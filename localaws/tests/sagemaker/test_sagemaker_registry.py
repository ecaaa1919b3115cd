"""The model registry: groups, versions, approval, and the events of all three (reference 1.5, 6.4, 9.2)."""

from typing import Any

import pytest

pytestmark = pytest.mark.contract
CHANGED = "Model Package State Change"
UNKNOWN = "arn:aws:sagemaker:us-east-1:123456789012:model-package/models/7"


@pytest.fixture
def models(lab: Any) -> Any:
    """A lab with the group `models`."""
    lab.group()
    return lab


def test_a_group_is_described_and_listed(lab: Any) -> None:
    """API: DescribeModelPackageGroup, ListModelPackageGroups."""
    arn = lab.group()
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/models"
    described = lab.sm.describe_model_package_group(ModelPackageGroupName="models")
    assert (described["ModelPackageGroupArn"], described["ModelPackageGroupStatus"]) == (arn, "Completed")
    lab.group("others")
    listed = lab.sm.list_model_package_groups(NameContains="oth")["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in listed] == ["others"]


def test_a_groups_arn_stands_for_its_name(lab: Any) -> None:
    """API: ModelPackageGroupName is a name or an ARN."""
    arn = lab.group()
    lab.register(arn)
    assert lab.sm.describe_model_package_group(ModelPackageGroupName=arn)["ModelPackageGroupName"] == "models"
    assert len(lab.sm.list_model_packages(ModelPackageGroupName=arn)["ModelPackageSummaryList"]) == 1


def test_a_second_group_of_the_name_is_refused(models: Any) -> None:
    """9.2: create twice is a ValidationException."""
    message = models.refused("create_model_package_group", "ValidationException", ModelPackageGroupName="models")
    assert "already exists" in message


def test_a_group_with_versions_is_not_deleted(models: Any) -> None:
    """API: DeleteModelPackageGroup answers ConflictException."""
    arn = models.register()
    models.refused("delete_model_package_group", "ConflictException", ModelPackageGroupName="models")
    models.sm.delete_model_package(ModelPackageName=arn)
    models.sm.delete_model_package_group(ModelPackageGroupName="models")
    models.refused("describe_model_package_group", "ValidationException", ModelPackageGroupName="models")


def test_versions_count_up_and_no_number_is_given_twice(models: Any) -> None:
    """1.5: ModelPackageVersion is a number, the ARN ends in <group>/<version>."""
    first, second = models.register(), models.register()
    assert (first[-9:], second[-9:]) == ("/models/1", "/models/2")
    models.sm.delete_model_package(ModelPackageName=second)
    assert models.register().endswith("/models/3")


def test_versions_of_groups_are_counted_apart(models: Any) -> None:
    """1.5."""
    models.group("others")
    models.register()
    assert models.register("others").endswith("/others/1")


def test_a_version_waits_for_approval_unless_it_says_otherwise(models: Any) -> None:
    """1.5: registration is PendingManualApproval, or Approved if the pipeline registers so."""
    one, two = models.register(), models.register(ModelApprovalStatus="Approved")
    status = [models.sm.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] for arn in (one, two)]
    assert status == ["PendingManualApproval", "Approved"]


def test_it_is_kept_who_made_a_version_and_who_changed_it_last(models: Any) -> None:
    """API: CreatedBy and LastModifiedBy of DescribeModelPackage are UserContexts; model packages have IamIdentity."""
    arn = models.register()
    assert models.sm.describe_model_package(ModelPackageName=arn)["LastModifiedBy"] == {}
    for name in ("ada", "bob"):
        models.aws.client("sagemaker", name).update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    found = models.sm.describe_model_package(ModelPackageName=arn)
    made, changed = (found[name]["IamIdentity"]["Arn"] for name in ("CreatedBy", "LastModifiedBy"))
    assert (made, changed) == tuple(f"arn:aws:iam::123456789012:user/{name}" for name in ("client", "bob"))
    assert models.aws.client("sts", "bob").get_caller_identity()["Arn"] == changed


def test_the_same_client_token_gives_the_same_version(models: Any) -> None:
    """6.4: ClientToken of CreateModelPackage."""
    assert models.register(ClientToken="once") == models.register(ClientToken="once")
    assert models.register(ClientToken="twice").endswith("/models/2")


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        pytest.param({"Tags": [{"Key": "a", "Value": "b"}]}, "tag the group", id="tags"),
        pytest.param({"CustomerMetadataProperties": {"a": "x" * 257}}, "length", id="long-value"),
        pytest.param({"CustomerMetadataProperties": {"k" * 129: "x"}}, "length", id="long-key"),
        pytest.param({"CustomerMetadataProperties": {"a": "50% off"}}, "", id="letter"),
        pytest.param({"CustomerMetadataProperties": {f"k{n}": "x" for n in range(51)}}, "50", id="many"),
        pytest.param({"ClientToken": "t" * 37}, "length", id="token"),
    ],
)
def test_what_a_version_may_not_have(models: Any, extra: dict[str, Any], what: str) -> None:
    """6.4: no tags, at most 50 properties of 128 and 256 letters, a token of at most 36."""
    assert what in models.refused("create_model_package", "ValidationException", **models.package(**extra))
    assert models.sm.list_model_packages(ModelPackageGroupName="models")["ModelPackageSummaryList"] == []


def test_a_version_in_no_group_is_refused(lab: Any) -> None:
    """9.2: packages and their groups are not found by ValidationException."""
    assert "does not exist" in lab.refused("create_model_package", "ValidationException", **lab.package("none"))


@pytest.mark.parametrize("operation", ["describe_model_package", "delete_model_package"])
def test_an_unknown_version(models: Any, operation: str) -> None:
    """9.2: model packages are not found by ValidationException, not ResourceNotFound."""
    assert "does not exist" in models.refused(operation, "ValidationException", ModelPackageName=UNKNOWN)


def test_an_unknown_version_is_not_updated(models: Any) -> None:
    """9.2."""
    request = {"ModelPackageArn": UNKNOWN, "ModelApprovalStatus": "Approved"}
    assert "does not exist" in models.refused("update_model_package", "ValidationException", **request)
    assert models.events(CHANGED) == []


def test_approval_keeps_metadata_and_what_else_is_not_given(models: Any) -> None:
    """11: UpdateModelPackage keeps unset fields (moto wipes them)."""
    arn = models.register(CustomerMetadataProperties={"run": "r1"}, SourceUri="s3://lab/code")
    models.sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    models.sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    found = models.sm.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Rejected", "good")
    assert (found["CustomerMetadataProperties"], found["SourceUri"]) == ({"run": "r1"}, "s3://lab/code")
    assert found["LastModifiedTime"] > found["CreationTime"]


def test_registration_sends_the_event_without_updated_fields(models: Any) -> None:
    """1.5: registration emits the event; the name is <group>/<version>, times are epoch milliseconds."""
    arn = models.register(CustomerMetadataProperties={"run": "r1"})
    (detail,) = models.events(CHANGED)
    assert detail["ModelApprovalStatus"] == "PendingManualApproval"
    assert (detail["ModelPackageName"], detail["ModelPackageVersion"]) == ("models/1", 1)
    assert (detail["ModelPackageGroupName"], detail["ModelPackageArn"]) == ("models", arn)
    assert abs(detail["CreationTime"] / 1000 - models.aws.now().timestamp()) < 5
    assert detail["CustomerMetadataProperties"] == {"run": "r1"}
    assert detail["ModelPackageStatus"] == "Completed"
    assert not {"UpdatedModelPackageFields", "LastModifiedTime", "ClientToken"} & set(detail)
    assert models.aws.events[-1]["resources"] == [arn]


def test_approval_says_which_fields_it_updated(models: Any) -> None:
    """1.5: UpdatedModelPackageFields; there is no field for the status before."""
    arn = models.register()
    models.sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    detail = models.events(CHANGED)[-1]
    assert sorted(detail["UpdatedModelPackageFields"]) == ["ApprovalDescription", "ModelApprovalStatus"]
    assert (detail["ModelApprovalStatus"], detail["ApprovalDescription"]) == ("Approved", "good")
    assert not [name for name in detail if "revious" in name]


def test_an_edit_of_metadata_says_approved_again(models: Any) -> None:
    """1.5: every later update emits the event with the status as it is."""
    arn = models.register(ModelApprovalStatus="Approved")
    models.sm.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"deployed": "yes"})
    detail = models.events(CHANGED)[-1]
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["UpdatedModelPackageFields"] == ["CustomerMetadataProperties"]


INFERENCE = {
    "Containers": [{"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:2", "ModelDataUrl": "s3://lab/b"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"SourceUri": "s3://lab/code"}, "sourceUri", id="source"),
        pytest.param({"CustomerMetadataPropertiesToRemove": ["run"]}, "CustomerMetadataProperties", id="removal"),
        pytest.param({"InferenceSpecification": INFERENCE}, "InferenceSpecification", id="inference"),
        pytest.param(
            {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}}, "ModelLifeCycle", id="life-cycle"
        ),
    ],
)
def test_fields_are_named_as_the_documentation_prints_them(models: Any, change: dict[str, Any], field: str) -> None:
    """1.5: values of UpdatedModelPackageFields, sourceUri with a small s."""
    arn = models.register(CustomerMetadataProperties={"run": "r1", "kept": "yes"})
    models.sm.update_model_package(ModelPackageArn=arn, **change)
    assert models.events(CHANGED)[-1]["UpdatedModelPackageFields"] == [field]


def test_removed_metadata_is_gone_and_a_new_specification_is_described(models: Any) -> None:
    """1.5: both are fields that an update can change."""
    arn = models.register(CustomerMetadataProperties={"run": "r1", "kept": "yes"})
    models.sm.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["run"])
    models.sm.update_model_package(ModelPackageArn=arn, InferenceSpecification=INFERENCE)
    found = models.sm.describe_model_package(ModelPackageName=arn)
    assert found["CustomerMetadataProperties"] == {"kept": "yes"}
    assert found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == "s3://lab/b"


def test_a_version_without_metadata_has_none_after_its_approval(models: Any) -> None:
    """1.5: CustomerMetadataProperties is optional in the event."""
    arn = models.register()
    models.sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert "CustomerMetadataProperties" not in models.events(CHANGED)[-1]


def test_versions_are_listed_by_creation_not_by_approval(models: Any) -> None:
    """6.4: an old version that is approved today comes second."""
    old, new, waiting = models.register(), models.register(), models.register()
    for arn in (new, old):
        models.sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    listed = models.sm.list_model_packages(
        ModelPackageGroupName="models", ModelApprovalStatus="Approved", SortBy="CreationTime"
    )
    assert [entry["ModelPackageArn"] for entry in listed["ModelPackageSummaryList"]] == [new, old]
    pending = models.sm.list_model_packages(
        ModelPackageGroupName="models", ModelApprovalStatus="PendingManualApproval"
    )["ModelPackageSummaryList"]
    assert [entry["ModelPackageArn"] for entry in pending] == [waiting]


def test_pages_of_versions(models: Any) -> None:
    """API: NextToken."""
    arns = [models.register() for _ in range(5)]
    pages = models.sm.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName="models", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    found = [[entry["ModelPackageArn"] for entry in page["ModelPackageSummaryList"]] for page in pages]
    assert found == [arns[:2], arns[2:4], arns[4:]]
    models.refused("list_model_packages", "ValidationException", NextToken="elsewhere")


def test_versions_of_an_unknown_group_are_not_listed(lab: Any) -> None:
    """9.2."""
    lab.refused("list_model_packages", "ValidationException", ModelPackageGroupName="none")
