"""The grants of SageMaker's two roles, statement by statement: with all of them a model is made and serves, and without
any one of them something fails, as on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS
from tests.cases import of_the_stories
from tests.local.onboarding import ARTIFACTS
from tests.local.registered import IMAGE, SERVING_CODE, archive

pytestmark = pytest.mark.template

ROOT = Path(__file__).parents[2]
PIPELINE, SERVING = "leeway-pipeline", "leeway-serving"
TRAIN = b"""
import os
open(os.environ["SM_MODEL_DIR"] + "/name", "w").write("one")
print("[0]#011validation-auc:0.5")
"""
RUN = f"s3://{ARTIFACTS}/runs/r"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A pipeline of all kinds of steps that have jobs or register, by the stack's roles."""

    aws: LocalAWS

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.aws.account}:role/{PIPELINE}"

    def begin(self) -> None:
        for key, body in (
            ("accepted/a.csv", b"1\n"),
            ("code/train/sourcedir.tar.gz", archive(train__py=TRAIN)),
            ("code/serve/sourcedir.tar.gz", archive(inference__py=SERVING_CODE)),
        ):
            self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=body)
        steps = [self._prepare(), self._tune(), self._register()]
        text = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps})
        self.sagemaker.create_pipeline(PipelineName="leeway-churn", PipelineDefinition=text, RoleArn=self.role)

    def _prepare(self) -> dict[str, Any]:
        place = {"LocalPath": "/opt/ml/processing/in", "S3InputMode": "File", "S3DataType": "S3Prefix"}
        target = {"LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob", "S3Uri": f"{RUN}/prepared"}
        script = "cp /opt/ml/processing/in/a.csv /opt/ml/processing/out/ && echo prepared"
        arguments = {
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["sh", "-c", script]},
            "ProcessingInputs": [{"InputName": "in", "S3Input": place | {"S3Uri": f"s3://{ARTIFACTS}/accepted/"}}],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "RoleArn": self.role,
        }
        return {"Name": "Prepare", "Type": "Processing", "Arguments": arguments}

    def _tune(self) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"{RUN}/prepared/"}
        code = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{ARTIFACTS}/code/train/sourcedir.tar.gz",
        }
        ranges = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.2"}]}
        arguments = {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": ranges,
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": code,
                "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
                "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
                "OutputDataConfig": {"S3OutputPath": f"{RUN}/train"},
                "ResourceConfig": CLUSTER,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "RoleArn": self.role,
            },
        }
        return {"Name": "Tune", "Type": "Tuning", "Arguments": arguments, "DependsOn": ["Prepare"]}

    def _register(self) -> dict[str, Any]:
        best = {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"}
        model = {"Std:Join": {"On": "/", "Values": [f"{RUN}/train", best, "output/model.tar.gz"]}}
        env = {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/code/serve/sourcedir.tar.gz",
        }
        specification = {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": model, "Environment": env}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
        arguments = {
            "ModelPackageGroupName": "leeway-churn",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": specification,
        }
        return {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments, "DependsOn": ["Tune"]}

    def trained(self) -> str:
        """The end of an execution."""
        arn = self.sagemaker.start_pipeline_execution(PipelineName="leeway-churn")["PipelineExecutionArn"]
        self.aws.settle()
        found = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return str(found["PipelineExecutionStatus"])

    def logged(self) -> list[str]:
        """The streams of the jobs so far."""
        logs = self.aws.client("logs")
        groups = [f"/aws/sagemaker/{kind}Jobs" for kind in ("Processing", "Training")]
        found = [logs.describe_log_streams(logGroupName=group)["logStreams"] for group in groups]
        return [stream["logStreamName"] for streams in found for stream in streams]

    def served(self) -> str:
        """The state of an endpoint of the newest version; a call was captured if it serves."""
        (package,) = self.sagemaker.list_model_packages(ModelPackageGroupName="leeway-churn")["ModelPackageSummaryList"]
        self.sagemaker.create_model(
            ModelName="leeway-one",
            ExecutionRoleArn=f"arn:aws:iam::{self.aws.account}:role/{SERVING}",
            PrimaryContainer={"ModelPackageName": package["ModelPackageArn"]},
        )
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{ARTIFACTS}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        }
        variant = {"VariantName": "a", "ModelName": "leeway-one", "InstanceType": "ml.m5.large"}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName="leeway-one",
            ProductionVariants=[variant | {"InitialInstanceCount": 1}],
            DataCaptureConfig=capture,
        )
        self.sagemaker.create_endpoint(EndpointName="leeway-churn", EndpointConfigName="leeway-one")
        self.aws.advance(timedelta(minutes=5))
        state = str(self.sagemaker.describe_endpoint(EndpointName="leeway-churn")["EndpointStatus"])
        if state == "InService":
            runtime = self.aws.client("sagemaker-runtime")
            runtime.invoke_endpoint(EndpointName="leeway-churn", Body=b"1", ContentType="text/csv")
            self.aws.advance(timedelta(minutes=5))
        return state

    def captured(self) -> int:
        listed = self.aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix="capture/")
        return int(listed["KeyCount"])

    def take(self, role: str, sid: str) -> None:
        """Take one statement out of a role's own policies."""
        iam, taken = self.aws.client("iam"), 0
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            kept = [statement for statement in document["Statement"] if statement["Sid"] != sid]
            taken += len(document["Statement"]) - len(kept)
            document["Statement"] = kept
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        assert taken == 1


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with LocalAWS(state_dir=tmp_path) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Made(aws=aws)
        found.begin()
        yield found


def test_with_all_grants_a_model_is_made_and_serves(made: Made) -> None:
    assert made.trained() == "Succeeded"
    assert len(made.logged()) == 2
    assert (made.served(), made.captured()) == ("InService", 1)
    assert made.aws.denied == []


# Measure is in neither list: no instance here measures itself. So is the log of an endpoint.
STATEMENTS = [
    "RunProcessing",
    *of_the_stories(
        "ReadWhatIsPrepared",
        "ListInputs",
        "WriteTheRun",
        "RunTunings",
        "GiveJobsThisRole",
        "RegisterForApproval",
        "MakeTheGroup",
        "TagWhatIsRegistered",
        "SeeVersions",
        "AskForImages",
        "PullTheImage",
    ),
]


@pytest.mark.parametrize("sid", STATEMENTS)
def test_without_a_statement_of_the_pipelines_role_nothing_is_registered(sid: str, made: Made) -> None:
    made.take(PIPELINE, sid)
    assert made.trained() == "Failed"
    assert made.aws.denied
    assert [told for told in made.aws.denied if f"assumed-role/{PIPELINE}/" not in told] == []


@pytest.mark.story
def test_without_leave_to_log_nobody_reads_what_jobs_print(made: Made) -> None:
    made.take(PIPELINE, "Log")
    assert made.trained() == "Succeeded"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        made.logged()


@pytest.mark.story
@pytest.mark.parametrize("sid", ["ReadTheModel", "AskForImages", "PullTheImage", "Capture"])
def test_without_a_statement_of_the_serving_role_nothing_serves_or_is_captured(sid: str, made: Made) -> None:
    assert made.trained() == "Succeeded"
    made.take(SERVING, sid)
    if sid == "ReadTheModel":
        with pytest.raises(ClientError, match="Could not access model data at"):
            made.served()
    else:
        assert made.served() == ("InService" if sid == "Capture" else "Failed")
    assert made.captured() == 0
    assert [told for told in made.aws.denied if f"assumed-role/{SERVING}/" not in told] == []
    assert made.aws.denied


@pytest.mark.parametrize(("sid", "said"), [("", "Could not find model data"), ("ListTheModel", "Could not access")])
def test_a_listing_tells_a_missing_model_from_a_forbidden_one(sid: str, said: str, made: Made) -> None:
    if sid:
        made.take(SERVING, sid)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{ARTIFACTS}/runs/none/model.tar.gz"}
    with pytest.raises(ClientError, match=said):
        made.sagemaker.create_model(
            ModelName="leeway-one",
            ExecutionRoleArn=f"arn:aws:iam::{made.aws.account}:role/{SERVING}",
            PrimaryContainer=container,
        )


@pytest.mark.parametrize("role", [PIPELINE, SERVING])
def test_only_sagemaker_of_this_account_acts_by_the_roles(role: str, made: Made) -> None:
    iam = made.aws.client("iam")
    (statement,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": made.aws.account}}
