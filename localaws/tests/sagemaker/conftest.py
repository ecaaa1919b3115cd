"""An empty AWS with a bucket, and what tests of SageMaker ask of it: `lab`."""

import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

BUCKET = "lab"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
SERVING_CODE = b"""
import json


class Response:
    def __init__(self, status, response, mimetype="application/json"):
        self.status, self.response, self.mimetype = status, response, mimetype


def model_fn(model_dir):
    with open(model_dir + "/name") as file:
        name = file.read()
    if name == "broken":
        raise ValueError("this model does not load")
    return name


def transform_fn(model, body, content_type, accept):
    text = body.decode("utf-8", "replace")
    if text == "bad row":
        return Response(400, json.dumps({"error": "row 1 has no age"}))
    if text == "crash":
        raise RuntimeError("the code is wrong")
    return model, "text/csv; charset=utf-8"
"""


def archive(**files: bytes) -> bytes:
    """A tar.gz; `__` in a name stands for the dot."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Short words for long requests."""

    aws: LocalAWS
    sm: Any
    runtime: Any
    s3: Any
    cloudwatch: Any

    def put(self, key: str, body: bytes) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def get(self, key: str) -> bytes:
        found: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return found

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def advance(self, seconds: float) -> None:
        self.aws.advance(timedelta(seconds=seconds))

    def events(self, what: str) -> list[dict[str, Any]]:
        """Details of the events of one kind, in order."""
        self.aws.settle()
        return [event["detail"] for event in self.aws.events if event["detail-type"] == f"SageMaker {what}"]

    def refused(self, operation: str, code: str, **request: Any) -> str:
        """The message of a refusal with this code."""
        service = self.runtime if operation == "invoke_endpoint" else self.sm
        with pytest.raises(ClientError) as caught:
            getattr(service, operation)(**request)
        assert caught.value.response["Error"]["Code"] == code
        return str(caught.value.response["Error"]["Message"])

    archive = staticmethod(archive)

    # Roles

    def role(self, name: str, *statements: dict[str, Any], trusted: str = "sagemaker.amazonaws.com") -> str:
        """A role that SageMaker may assume, with these statements, or with all that jobs need."""
        iam = self.aws.client("iam")
        allow = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        actions = ["s3:*", "sagemaker:*", "iam:PassRole", "ecr:*", "logs:*"]
        everything = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": statements or [everything]}
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(document))
        return str(role)

    # Pipelines

    @staticmethod
    def definition(*steps: dict[str, Any], parameters: list[dict[str, Any]] | None = None) -> str:
        return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters or [], "Steps": steps})

    def pipeline(self, *steps: dict[str, Any], name: str = "train", **rest: Any) -> str:
        text = self.definition(*steps, **rest)
        return str(self.sm.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)["PipelineArn"])

    def start(self, name: str = "train", **request: Any) -> str:
        return str(self.sm.start_pipeline_execution(PipelineName=name, **request)["PipelineExecutionArn"])

    def execution(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
        return found

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """Steps of an execution by their names, in the order in which they began."""
        found = self.sm.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}

    @staticmethod
    def fail(message: Any, name: str = "Fail", **rest: Any) -> dict[str, Any]:
        return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **rest}

    def step(self, name: str, script: str = "true", **rest: Any) -> dict[str, Any]:
        """A Processing step that runs a line of shell."""
        arguments = self.processing(name, script)
        del arguments["ProcessingJobName"]
        return {"Name": name, "Type": "Processing", "Arguments": arguments, **rest}

    # Jobs

    @staticmethod
    def processing(name: str, script: str = "true", **rest: Any) -> dict[str, Any]:
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        return {
            "ProcessingJobName": name,
            "AppSpecification": {"ImageUri": OWN_IMAGE, "ContainerEntrypoint": ["sh", "-c", script]},
            "ProcessingResources": {"ClusterConfig": cluster},
            "RoleArn": ROLE,
            **rest,
        }

    def training(self, name: str, code: str = "", image: str = XGBOOST, **rest: Any) -> dict[str, Any]:
        """A training in script mode whose train.py is `code`."""
        source = self.put(f"code/{uuid4()}.tar.gz", archive(train__py=code.encode()))
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "HyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": source},
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "RoleArn": ROLE,
            **rest,
        }

    # Registry

    @staticmethod
    def package(group: str = "models", **rest: Any) -> dict[str, Any]:
        container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/any/model.tar.gz"}
        specification = {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
        return {"ModelPackageGroupName": group, "InferenceSpecification": specification, **rest}

    def group(self, name: str = "models") -> str:
        return str(self.sm.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"])

    def register(self, group: str = "models", **rest: Any) -> str:
        return str(self.sm.create_model_package(**self.package(group, **rest))["ModelPackageArn"])

    # Hosting

    def container(self, name: str) -> dict[str, Any]:
        """A container that answers `name`; one named `broken` does not load."""
        env = {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": self.put("code/serving.tar.gz", archive(inference__py=SERVING_CODE)),
        }
        data = self.put(f"models/{name}.tar.gz", archive(name=name.encode()))
        return {"Image": XGBOOST, "ModelDataUrl": data, "Environment": env}

    def model(self, name: str) -> str:
        return str(
            self.sm.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=self.container(name))[
                "ModelArn"
            ]
        )

    @staticmethod
    def variant(model: str, **rest: Any) -> dict[str, Any]:
        return {
            "VariantName": model,
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1.0,
            **rest,
        }

    def config(self, name: str, *models: str, **rest: Any) -> str:
        """A configuration with one variant for each model, named as it is."""
        for model in models:
            self.model(model)
        variants = [self.variant(model) for model in models]
        answer = self.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **rest)
        return str(answer["EndpointConfigArn"])

    def endpoint(self, *models: str, name: str = "scores", **rest: Any) -> str:
        """An endpoint that is InService, with the configuration `first`."""
        self.config("first", *models or ("one",), **rest)
        arn = str(self.sm.create_endpoint(EndpointName=name, EndpointConfigName="first")["EndpointArn"])
        self.advance(10)
        assert self.described(name)["EndpointStatus"] == "InService"
        return arn

    def described(self, name: str = "scores") -> dict[str, Any]:
        found: dict[str, Any] = self.sm.describe_endpoint(EndpointName=name)
        return found

    def update(self, config: str, name: str = "scores", **rest: Any) -> None:
        self.sm.update_endpoint(EndpointName=name, EndpointConfigName=config, **rest)

    def invoke(self, body: bytes = b"1,2", name: str = "scores", **rest: Any) -> dict[str, Any]:
        request = {"ContentType": "text/csv", **rest}
        answer: dict[str, Any] = self.runtime.invoke_endpoint(EndpointName=name, Body=body, **request)
        return answer | {"Body": answer["Body"].read().decode()}


@pytest.fixture(scope="session")
def lab_archive() -> Any:
    """Makes a tar.gz of files."""
    return archive


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    """Clients by service; they outlive each AWS and serve the next one."""
    return {}


def _lab(aws: LocalAWS, clients: dict[str, Any]) -> Lab:
    for service in ("sagemaker", "sagemaker-runtime", "s3", "cloudwatch"):
        clients[service] = clients.get(service) or aws.client(service)
    clients["s3"].create_bucket(Bucket=BUCKET)
    made = _lab_again(aws, clients)
    made.role(ROLE.rsplit("/", 1)[-1])
    return made


@pytest.fixture
def lab(tmp_path: Path, clients: dict[str, Any]) -> Iterator[Lab]:
    """An AWS with nothing but a bucket; the image's Python is this one."""
    with LocalAWS(state_dir=tmp_path / "state", image_python=Path(sys.executable)) as aws:
        yield _lab(aws, clients)


@pytest.fixture
def lasting(killed: Any, clients: dict[str, Any]) -> tuple[Lab, Callable[[], Lab]]:
    """The same on an AWS that can be killed and started again."""
    return _lab(killed.aws, clients), lambda: _lab_again(killed.kill(), clients)


def _lab_again(aws: LocalAWS, clients: dict[str, Any]) -> Lab:
    return Lab(
        aws=aws,
        sm=clients["sagemaker"],
        runtime=clients["sagemaker-runtime"],
        s3=clients["s3"],
        cloudwatch=clients["cloudwatch"],
    )
