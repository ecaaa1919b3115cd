"""SageMaker acts by the roles that it is given: jobs, pipelines, models and what endpoints capture."""

import json
from typing import Any

import pytest

from localaws.errors import AwsError

pytestmark = pytest.mark.contract

BUCKET, ACCOUNT = "lab", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
EVERYTHING = ["s3:*", "sagemaker:*", "iam:PassRole", "ecr:*", "logs:*"]
OBJECTS = f"arn:aws:s3:::{BUCKET}"
SAVES = "import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')"


def statement(action: str | list[str], resource: str | list[str] = "*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def without(lab: Any, *denied: dict[str, Any]) -> str:
    """A role that may do everything but this."""
    return lab.role("limited", statement(EVERYTHING), *({**one, "Effect": "Deny"} for one in denied))


def processed(lab: Any, role: str, **rest: Any) -> dict[str, Any]:
    source = {"S3Uri": f"s3://{BUCKET}/in/", "S3DataType": "S3Prefix", "LocalPath": "/opt/ml/processing/in"}
    target = {"S3Uri": f"s3://{BUCKET}/out", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    lab.put("in/a.csv", b"1,2\n")
    script = "cp /opt/ml/processing/in/* /opt/ml/processing/out/ && echo copied"
    request = lab.processing("copy", script) | {
        "ProcessingInputs": [{"InputName": "in", "S3Input": source | {"S3InputMode": "File"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
        "RoleArn": role,
    }
    lab.sm.create_processing_job(**request | rest)
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_processing_job(ProcessingJobName="copy")
    return found


def trained(lab: Any, role: str, code: str = SAVES, **rest: Any) -> dict[str, Any]:
    lab.put("train/a.csv", b"1,2\n")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    request = lab.training("fit", code) | {"RoleArn": role, "InputDataConfig": [channel], **rest}
    lab.sm.create_training_job(**request)
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_training_job(TrainingJobName="fit")
    return found


def test_a_job_that_may_do_all_is_denied_nothing(lab: Any) -> None:
    assert processed(lab, ROLE)["ProcessingJobStatus"] == "Completed"
    assert trained(lab, ROLE)["TrainingJobStatus"] == "Completed"
    assert lab.aws.denied == []


def test_a_processing_job_reads_by_its_role(lab: Any) -> None:
    """aws/amazon-sagemaker-examples#4384: Unable to download object … (AccessDenied: …)."""
    job = processed(lab, without(lab, statement("s3:GetObject", f"{OBJECTS}/in/*")))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        f"ClientError: Data download failed:Unable to download object s3://{BUCKET}/in/a.csv (AccessDenied: "
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/limited/SageMaker is not authorized to perform: s3:GetObject on"
        f' resource: "{OBJECTS}/in/a.csv" with an explicit deny in an identity-based policy)'
    )
    assert lab.keys("out/") == []


def test_a_job_lists_its_inputs_by_its_role(lab: Any) -> None:
    """aws-samples/sagemaker-run-notebook#32: Failed to download data. ListObjectsV2 failed for …."""
    job = processed(lab, without(lab, statement("s3:ListBucket")))
    assert "Failed to download data. ListObjectsV2 failed for s3://lab/in/: " in job["FailureReason"]


def test_a_listing_may_be_bound_to_a_prefix(lab: Any) -> None:
    """Service Authorization Reference: s3:prefix of ListBucket."""
    inside = statement("s3:ListBucket", OBJECTS, Condition={"StringLike": {"s3:prefix": "in/*"}})
    rest = statement(["s3:GetObject", "s3:PutObject", "ecr:*", "logs:*"])
    role = lab.role("narrow", inside, rest)
    assert processed(lab, role)["ProcessingJobStatus"] == "Completed"
    assert "ListObjectsV2 failed for s3://lab/train/" in trained(lab, role)["FailureReason"]


def test_a_processing_job_writes_by_its_role(lab: Any) -> None:
    job = processed(lab, without(lab, statement("s3:PutObject", f"{OBJECTS}/out/*")))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:Error 7: AccessDenied (403): User: ")


def test_a_bucket_policy_binds_jobs(lab: Any) -> None:
    """IAM: a Deny of the resource wins over what the role allows."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{OBJECTS}/out/*"}
    but = {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/writer"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny | {"Condition": but}]})
    lab.s3.put_bucket_policy(Bucket=BUCKET, Policy=document)
    assert "explicit deny in a resource-based policy" in processed(lab, ROLE)["FailureReason"]
    writer = lab.role("writer")
    assert processed(lab, writer, ProcessingJobName="copy2")["ProcessingJobStatus"] == "Failed"
    assert lab.sm.describe_processing_job(ProcessingJobName="copy2")["ProcessingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("denied", "reason"),
    [
        pytest.param(
            statement("s3:GetObject", f"{OBJECTS}/train/*"),
            "ClientError: Data download failed:Unable to download object s3://lab/train/a.csv (AccessDenied: ",
            id="channel",
        ),
        pytest.param(
            statement("s3:GetObject", f"{OBJECTS}/code/*"),
            "AlgorithmError: framework error: botocore.exceptions.ClientError: An error occurred (403) when calling"
            " the HeadObject operation: ",
            id="code",
        ),
        pytest.param(
            statement("s3:PutObject", f"{OBJECTS}/models/*"),
            "ClientError: Artifact upload failed:Error 7: AccessDenied (403): ",
            id="model",
        ),
        pytest.param(
            statement("s3:PutObject", f"{OBJECTS}/checkpoints/*"),
            "ClientError: Checkpoint upload failed: ",
            id="checkpoints",
        ),
    ],
)
def test_a_training_job_reads_and_writes_by_its_role(denied: dict[str, Any], reason: str, lab: Any) -> None:
    """Channels #4384 and code #1931 of amazon-sagemaker-examples; the artefact as known from practice."""
    code = SAVES + "; open('/opt/ml/checkpoints/1', 'w').write('x')"
    place = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"}}
    job = trained(lab, without(lab, denied), code, **place)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)


@pytest.mark.parametrize("action", ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
def test_an_image_is_pulled_by_the_role(action: str, lab: Any) -> None:
    """aws/sagemaker-python-sdk#57; the actions from SageMaker's guide, "execution roles"."""
    job = trained(lab, without(lab, statement(action)))
    assert job["FailureReason"].startswith("ClientError: Cannot pull algorithm container.")
    assert f"perform: {action} on resource: " in lab.aws.denied[0]


def test_an_image_grant_may_name_the_repository(lab: Any) -> None:
    own = statement("ecr:*", "arn:aws:ecr:us-east-1:123456789012:repository/own")
    role = lab.role("own", statement(["s3:*", "logs:*", "ecr:GetAuthorizationToken"]), own)
    assert processed(lab, role)["ProcessingJobStatus"] == "Completed"
    assert "Cannot pull" in trained(lab, role)["FailureReason"]


def test_a_job_logs_by_its_role(lab: Any) -> None:
    """A job whose role may not log runs, and nobody can read what it printed."""
    job = processed(lab, without(lab, statement("logs:PutLogEvents")))
    assert job["ProcessingJobStatus"] == "Completed"
    group = "/aws/sagemaker/ProcessingJobs"
    logs = lab.aws.client("logs")
    processed(lab, ROLE, ProcessingJobName="other")
    found = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["logStreamName"].split("/")[0] for stream in found] == ["other"]


ASSUME = (
    "Could not assume role {}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to"
    " assume the role."
)


def test_a_role_must_be_there_and_trust_sagemaker(lab: Any) -> None:
    """awslabs/predictive-maintenance-using-machine-learning#3: ValidationException of the create."""
    gone = f"arn:aws:iam::{ACCOUNT}:role/gone"
    foreign = lab.role("foreign", trusted="lambda.amazonaws.com")
    pipeline = {"PipelineName": "train", "PipelineDefinition": lab.definition(lab.fail("no"))}
    for role in (gone, foreign):
        said = ASSUME.format(role)
        request = lab.processing("a") | {"RoleArn": role}
        assert lab.refused("create_processing_job", "ValidationException", **request) == said
        request = lab.training("a") | {"RoleArn": role}
        assert lab.refused("create_training_job", "ValidationException", **request) == said
        assert lab.refused("create_pipeline", "ValidationException", RoleArn=role, **pipeline) == said
    lab.sm.create_pipeline(RoleArn=ROLE, **pipeline)
    assert lab.refused("update_pipeline", "ValidationException", PipelineName="train", RoleArn=gone) == ASSUME.format(
        gone
    )


def test_a_trust_may_ask_for_the_account(lab: Any) -> None:
    """IAM guide, the confused deputy: SageMaker names the account and the resource."""
    iam, name = lab.aws.client("iam"), "sagemaker"
    for account, said in ((ACCOUNT, "Completed"), ("999999999999", "")):
        condition = {"StringEquals": {"aws:SourceAccount": account}}
        allow = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [allow | {"Condition": condition}]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
        if said:
            assert processed(lab, ROLE)["ProcessingJobStatus"] == said
        else:
            lab.refused("create_processing_job", "ValidationException", **lab.processing("b"))


# ── pipelines ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def ran(lab: Any, role: str, *steps: dict[str, Any]) -> tuple[str, dict[str, dict[str, Any]]]:
    lab.sm.create_pipeline(PipelineName="p", PipelineDefinition=lab.definition(*steps), RoleArn=role)
    arn = lab.start("p")
    lab.aws.settle()
    return str(lab.execution(arn)["PipelineExecutionStatus"]), lab.steps(arn)


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("sagemaker:CreateProcessingJob", "CreateProcessingJob"),
        ("sagemaker:AddTags", "CreateProcessingJob"),
        ("sagemaker:DescribeProcessingJob", "DescribeProcessingJob"),
        ("iam:PassRole", "CreateProcessingJob"),
    ],
)
def test_a_pipeline_makes_jobs_by_its_role(action: str, operation: str, lab: Any) -> None:
    """As a public log of August 2026 has it, session, tags and all; the words before it as other logs have them."""
    status, steps = ran(lab, without(lab, statement(action)), lab.step("Work"))
    assert (status, steps["Work"]["StepStatus"]) == ("Failed", "Failed")
    reason = steps["Work"]["FailureReason"]
    assert reason.startswith(
        f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: "
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/limited/sagemaker-pipeline-"
    )
    assert f"-Work is not authorized to perform: {action} on resource: " in reason


def register(lab: Any) -> dict[str, Any]:
    return {"Name": "Register", "Type": "RegisterModel", "Arguments": lab.package("fresh")}


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("sagemaker:CreateModelPackageGroup", "CreateModelPackageGroup"),
        ("sagemaker:AddTags", "CreateModelPackageGroup"),
        ("sagemaker:CreateModelPackage", "CreateModelPackage"),
        ("sagemaker:DescribeModelPackage", "DescribeModelPackage"),
    ],
)
def test_a_pipeline_registers_by_its_role(action: str, operation: str, lab: Any) -> None:
    """The same log: the group is asked for whether it is there or not, and tagged."""
    lab.group("fresh")
    status, steps = ran(lab, without(lab, statement(action)), register(lab))
    assert status == "Failed"
    assert f"Failed to invoke sagemaker:{operation}. Error Details: " in steps["Register"]["FailureReason"]
    assert action in steps["Register"]["FailureReason"]


def test_registering_makes_the_group(lab: Any) -> None:
    assert ran(lab, ROLE, register(lab))[0] == "Succeeded"
    assert lab.sm.describe_model_package_group(ModelPackageGroupName="fresh")["ModelPackageGroupStatus"] == "Completed"


def test_a_pipeline_reads_its_property_files_by_its_role(lab: Any) -> None:
    """Guide, "Condition step": JsonGet reads the file in S3."""
    uri = lab.put("reports/gate.json", b'{"passed": 1}')
    condition = {"Type": "Equals", "LeftValue": {"Std:JsonGet": {"S3Uri": uri, "Path": "passed"}}, "RightValue": 1}
    step = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [condition]}}
    status, steps = ran(lab, without(lab, statement("s3:GetObject", f"{OBJECTS}/reports/*")), step)
    assert status == "Failed"
    assert "s3:GetObject" in steps["Check"]["FailureReason"]


def test_a_pipeline_stops_jobs_by_its_role(lab: Any) -> None:
    role = without(lab, statement("sagemaker:StopProcessingJob"))
    text = lab.definition(lab.step("Work", "echo begun; sleep 1"))
    lab.sm.create_pipeline(PipelineName="p", PipelineDefinition=text, RoleArn=role)
    arn = lab.start("p")
    lab.aws.world.later(0.3, lambda: lab.sm.stop_pipeline_execution(PipelineExecutionArn=arn), "stop")
    lab.advance(5)
    assert "StopProcessingJob" in lab.steps(arn)["Work"]["FailureReason"]
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopped"


# ── models and endpoints ──────────────────────────────────────────────────────────────────────────────────────────────


def no_access(role: str, url: str) -> str:
    """philschmid/llm-sagemaker-sample#2."""
    return (
        f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its trust'
        ' relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
        ' Also ensure that the role has "s3:GetObject" permissions and that the object is located in us-east-1. If'
        ' your Model uses multiple models or uncompressed models, please ensure that the role has "s3:ListBucket"'
        " permission."
    )


def test_a_model_is_read_by_its_role(lab: Any) -> None:
    container = lab.container("one")
    url, model = container["ModelDataUrl"], {"ModelName": "m", "PrimaryContainer": container}
    denied = without(lab, statement("s3:GetObject", f"{OBJECTS}/models/*"))
    for role in (denied, lab.role("foreign", trusted="lambda.amazonaws.com")):
        said = lab.refused("create_model", "ValidationException", ExecutionRoleArn=role, **model)
        assert said == no_access(role, url)


def test_a_model_whose_data_is_missing(lab: Any) -> None:
    """aws-ia/ecs-blueprints#223; without s3:ListBucket S3 says that access is denied."""
    container = lab.container("one") | {"ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"}
    model = {"ModelName": "m", "PrimaryContainer": container}
    said = lab.refused("create_model", "ValidationException", ExecutionRoleArn=ROLE, **model)
    assert said == f"Could not find model data at s3://{BUCKET}/none.tar.gz."
    role = without(lab, statement("s3:ListBucket"))
    said = lab.refused("create_model", "ValidationException", ExecutionRoleArn=role, **model)
    assert said == no_access(role, f"s3://{BUCKET}/none.tar.gz")


def served(lab: Any, role: str, after: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """An endpoint whose role loses something between model and endpoint."""
    lab.sm.create_model(ModelName="one", ExecutionRoleArn=role, PrimaryContainer=lab.container("one"))
    if after:
        document = {"Version": "2012-10-17", "Statement": [after | {"Effect": "Deny"}]}
        lab.aws.client("iam").put_role_policy(
            RoleName=role.rsplit("/", 1)[-1], PolicyName="after", PolicyDocument=json.dumps(document)
        )
    lab.sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[lab.variant("one")], **config)
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="c")
    lab.advance(10)
    return lab.described()


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        pytest.param(
            statement("s3:GetObject", f"{OBJECTS}/models/*"),
            'Failed to download model data for container "container_1" from URL: "s3://lab/models/one.tar.gz".',
            id="model",
        ),
        pytest.param(
            statement("ecr:BatchGetImage"),
            f"The role '{ROLE}' does not have BatchGetImage permission for the image: '{XGBOOST}'.",
            id="image",
        ),
        pytest.param(statement("s3:GetObject", f"{OBJECTS}/code/*"), "did not pass the ping health check", id="code"),
    ],
)
def test_an_endpoint_starts_by_its_models_role(lost: dict[str, Any], reason: str, lab: Any) -> None:
    """aws-samples/cvat-on-aws-china#3 (model); the image as a public log has it; code is the container's own affair."""
    found = served(lab, ROLE, lost)
    assert found["EndpointStatus"] == "Failed"
    assert reason in found["FailureReason"]


def test_an_endpoint_captures_by_its_models_role(lab: Any) -> None:
    """Callers see nothing of a capture that fails."""
    role = without(lab, statement("s3:PutObject", f"{OBJECTS}/capture/*"))
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    assert served(lab, role, DataCaptureConfig=capture)["EndpointStatus"] == "InService"
    assert lab.invoke()["Body"] == "one"
    lab.advance(120)
    assert lab.keys("capture/") == []
    assert "s3:PutObject" in lab.aws.denied[-1]


def test_what_is_denied_is_an_error_of_s3(lab: Any) -> None:
    """403 and AccessDenied, as a caller over the wire would get it."""
    store = lab.aws.world.authority.store(without(lab, statement("s3:*")))
    with pytest.raises(AwsError) as caught:
        store.list(BUCKET)
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
