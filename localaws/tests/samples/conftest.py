"""The world that the samples speak of: account 111122223333, the model churn, the second of March 2026."""

from __future__ import annotations

import base64
import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from localaws import LocalAWS

ACCOUNT, ROLE = "111122223333", "arn:aws:iam::111122223333:role/churn-sm"
START = datetime(2026, 3, 2, 3, 21, 47, tzinfo=UTC)
BUCKETS = ("artifacts", "capture", "raw", "monitor", "async", "labels")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/own:1"
TAGS = [{"Key": "project", "Value": "churn"}]
# Answers each body as a file says: with a type and a text, those of "" where the body is not there.
SERVING = b"""
import json


class Response:
    def __init__(self, status, response, mimetype):
        self.status, self.response, self.mimetype = status, response, mimetype


def model_fn(folder):
    with open(folder + "/answers") as file:
        return json.load(file)


def transform_fn(model, body, content_type, accept):
    kind, text = model.get(body.decode(), model[""])
    return Response(200, text, kind)
"""
SCORE = {"": ["text/csv; charset=utf-8", "0.302709460258"]}


@dataclass(frozen=True, kw_only=True)
class Churn:
    """Makes what a sample takes for granted; `name` of a sample is its path without the ending."""

    aws: LocalAWS
    folder: Path
    made: set[str] = field(default_factory=set)

    def sample(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def send(self, name: str, **changes: Any) -> dict[str, Any]:
        """The request of a sample, as it is but for `changes`."""
        asked = self.sample(f"api/{name}")
        return self.ask(asked["service"], asked["operation"], **(asked["request"] | changes))

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.aws.client(service), xform_name(operation))(**request)
        answer.pop("ResponseMetadata")
        if hasattr(answer.get("Body"), "read"):
            answer["Body"] = answer["Body"].read().decode()
        return answer

    def sm(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.ask("sagemaker", operation, **request)

    def once(self, what: str, make: Callable[[], Any]) -> None:
        """Makes what several ways need, one time."""
        if what not in self.made:
            self.made.add(what)
            make()

    def advance(self, **time: float) -> None:
        self.aws.advance(timedelta(**time))

    def put(self, bucket: str, key: str, body: bytes) -> str:
        name = f"churn-{bucket}-{ACCOUNT}"
        self.once(name, lambda: self.ask("s3", "CreateBucket", Bucket=name))
        self.ask("s3", "PutObject", Bucket=name, Key=key, Body=body)
        return f"s3://{name}/{key}"

    def events(self, kind: str) -> list[dict[str, Any]]:
        self.aws.settle()
        return [event for event in self.aws.events if event["detail-type"] == kind]

    def event(self, kind: str, number: int = -1, **where: Any) -> dict[str, Any]:
        """The last (or another) event of a kind whose detail has these values."""
        return [one for one in self.events(kind) if where.items() <= one["detail"].items()][number]

    # Serving

    def model(self, name: str, answers: dict[str, list[str]] = SCORE, **rest: Any) -> None:
        env = {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": self.put("artifacts", "serving.tar.gz", _archive("inference.py", SERVING)),
        }
        data = self.put("artifacts", f"{name}.tar.gz", _archive("answers", json.dumps(answers).encode()))
        container = {"Image": IMAGE, "ModelDataUrl": data, "Environment": env}
        self.sm("CreateModel", ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, **rest)

    def models(self) -> None:
        self.put("capture", "made", b"")
        for name in ("churn-6", "churn-7"):
            self.once(name, lambda name=name: self.model(name))

    def endpoint(self, config: str = "create-endpoint-config-ab") -> None:
        """churn-prod InService, with the configuration of a sample."""
        self.models()
        self.send(config, EndpointConfigName="churn-prod-20260225")
        self.sm("CreateEndpoint", EndpointName="churn-prod", EndpointConfigName="churn-prod-20260225", Tags=TAGS)
        self.advance(seconds=20)

    def guarded(self) -> None:
        """churn-prod InService with one variant, the configuration that the samples update it to, and their alarms."""
        self.models()
        for name in ("churn-prod-5xx", "churn-prod-latency"):
            self.send("put-metric-alarm-5xx", AlarmName=name)
        variants = self.sample("api/create-endpoint-config-ab")["request"]["ProductionVariants"][:1]
        variants[0]["InitialInstanceCount"] = 4
        for config in ("churn-prod-20260225", "churn-prod-20260302"):
            self.sm("CreateEndpointConfig", EndpointConfigName=config, ProductionVariants=variants)
        self.sm("CreateEndpoint", EndpointName="churn-prod", EndpointConfigName="churn-prod-20260225", Tags=TAGS)
        self.advance(seconds=20)

    def baking(self) -> None:
        """The canary of the samples on its way."""
        self.guarded()
        self.send("update-endpoint-canary")
        self.advance(seconds=20)

    def captured(self, name: str, **capture: Any) -> list[dict[str, Any]]:
        """The records of the invocations that the lines of a sample tell of."""
        lines = [json.loads(line) for line in (self.folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        calls = [
            (*map(_half, ("endpointInput", "endpointOutput"), [line] * 2), line["eventMetadata"]) for line in lines
        ]
        self.put("capture", "made", b"")
        self.model("one", SCORE | {asked[1]: list(answered) for asked, answered, _ in calls})
        whole = self.sample("api/create-endpoint-config-ab")["request"]["DataCaptureConfig"] | capture
        variant = {"VariantName": "one", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        made = {"EndpointConfigName": "one", "ProductionVariants": [variant], "DataCaptureConfig": whole}
        self.sm("CreateEndpointConfig", **made)
        self.sm("CreateEndpoint", EndpointName="one", EndpointConfigName="one")
        self.advance(seconds=20)
        for (kind, body), _, about in calls:
            given = {"InferenceId": about["inferenceId"]} if "inferenceId" in about else {}
            given |= {"CustomAttributes": about["customAttributes"][0]} if "customAttributes" in about else {}
            call = {"EndpointName": "one", "ContentType": kind, "Body": body.encode()}
            self.ask("sagemaker-runtime", "InvokeEndpoint", **call, **given)
        self.advance(minutes=5)
        key = self.keys("capture", "capture/")[0]
        found = self.ask("s3", "GetObject", Bucket=f"churn-capture-{ACCOUNT}", Key=key)["Body"]
        return [json.loads(line) for line in found.splitlines()]

    def keys(self, bucket: str, prefix: str) -> list[str]:
        listed = self.ask("s3", "ListObjectsV2", Bucket=f"churn-{bucket}-{ACCOUNT}", Prefix=prefix)
        return [one["Key"] for one in listed["Contents"]]

    # Jobs and pipelines

    def training(self, name: str, code: str, **rest: Any) -> dict[str, Any]:
        """The spot training of the samples, with a script in the algorithm's place; its last event."""
        source = self.put("artifacts", f"{name}/code.tar.gz", _archive("train.py", code.encode()))
        script = {"sagemaker_program": "train.py", "sagemaker_submit_directory": source}
        request = self.sample("api/create-training-job-xgboost-spot")["request"]
        self.put("artifacts", "train/a.csv", b"1,2\n")
        channel = request["InputDataConfig"][0] | {"CompressionType": "None", "RecordWrapperType": "None"}
        made = {
            **{part: request[part] for part in ("AlgorithmSpecification", "OutputDataConfig", "ResourceConfig")},
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "HyperParameters": {"num_round": "200", "objective": "binary:logistic"} | script,
            "InputDataConfig": [channel],
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "Tags": TAGS,
        } | rest
        self.sm("CreateTrainingJob", **made)
        self.aws.settle()
        return self.event("SageMaker Training Job State Change")

    def processing(self, name: str, script: str, **rest: Any) -> dict[str, Any]:
        """The request of a processing job with inputs and outputs as the samples have them."""
        self.put("capture", "churn-prod/champion/2026/03/02/03/a.jsonl", b"{}\n")
        self.put("monitor", "made", b"")
        request = self.sample("api/create-processing-job-own-monitor")["request"]
        source, target = request["ProcessingInputs"][0], request["ProcessingOutputConfig"]["Outputs"][0]
        source["S3Input"].pop("S3CompressionType")
        source["S3Input"]["S3Uri"] = f"s3://churn-capture-{ACCOUNT}/churn-prod/champion/2026/03/02/03"
        return {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": OWN_IMAGE, "ContainerEntrypoint": ["sh", "-c", script]},
            "ProcessingInputs": [source],
            "ProcessingOutputConfig": {"Outputs": [target], "KmsKeyId": "KmsKeyId"},
            "ProcessingResources": {
                "ClusterConfig": request["ProcessingResources"]["ClusterConfig"] | {"VolumeKmsKeyId": "VolumeKmsKeyId"}
            },
            "StoppingCondition": request["StoppingCondition"],
            "NetworkConfig": {"EnableInterContainerTrafficEncryption": False, "EnableNetworkIsolation": False},
            "ExperimentConfig": {},
        } | rest

    def processed(self, script: str) -> dict[str, Any]:
        self.sm("CreateProcessingJob", **self.processing("model-monitoring-202603020400-0c4b", script))
        self.aws.settle()
        return self.event("SageMaker Processing Job State Change")

    def step(self, name: str, script: str = "true", **rest: Any) -> dict[str, Any]:
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        arguments = {
            "AppSpecification": {"ImageUri": OWN_IMAGE, "ContainerEntrypoint": ["sh", "-c", script]},
            "ProcessingResources": {"ClusterConfig": cluster},
            "RoleArn": ROLE,
        }
        return {"Name": name, "Type": "Processing", "Arguments": arguments} | rest

    def pipeline(self, *steps: dict[str, Any]) -> None:
        names = ("InputDataUrl", "TriggerId")
        parameters = [{"Name": name, "Type": "String", "DefaultValue": "s3://b/none"} for name in names]
        definition = {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": list(steps)}
        text = json.dumps(definition)
        self.sm("CreatePipeline", PipelineName="churn-train", PipelineDefinition=text, RoleArn=ROLE)

    def run(self, *steps: dict[str, Any]) -> str:
        """An execution of these steps that is over."""
        self.once("pipeline", lambda: self.pipeline(*(steps or [self.step("Preprocess")])))
        arn = self.send("start-pipeline-execution")["PipelineExecutionArn"]
        self.aws.settle()
        return str(arn)

    # The registry

    def package(self, **changes: Any) -> dict[str, Any]:
        self.once("group", lambda: self.sm("CreateModelPackageGroup", ModelPackageGroupName="churn-models"))
        return self.send("create-model-package", **changes)

    def seven(self) -> None:
        """Version 7 waits for its approval."""
        for number in range(7):
            self.package(ClientToken=f"version-{number}")

    # Alarms

    def alarm(self, *values: float | None, **changes: Any) -> list[dict[str, Any]]:
        """The alarm on drift with one value an hour; its events."""
        self.advance(minutes=60 - self.aws.now().minute)
        self.send("put-metric-alarm-drift", AlarmDescription="tenure drift", **changes)
        metric = self.sample("api/put-metric-alarm-drift")["request"]
        for value in values:
            if value is not None:
                datum = {"MetricName": metric["MetricName"], "Dimensions": metric["Dimensions"], "Value": value}
                self.ask("cloudwatch", "PutMetricData", Namespace=metric["Namespace"], MetricData=[datum])
            self.advance(minutes=60)
        self.advance(minutes=5)
        return self.events("CloudWatch Alarm State Change")

    def trigger(self) -> list[dict[str, Any]]:
        """The events with which the function `trigger` was called."""
        lines = self.aws.logs("trigger").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def deploy(self) -> None:
        self.aws.deploy(Path(__file__).parent / "data" / "template.yaml", stack="churn")


def _half(which: str, line: dict[str, Any]) -> tuple[str, str]:
    """Type and text of one half of a record."""
    half = line["captureData"].get(which, {"observedContentType": "text/csv", "data": "1", "encoding": "CSV"})
    data = half["data"] if half["encoding"] != "BASE64" else base64.b64decode(half["data"]).decode()
    return half["observedContentType"], data


def _archive(name: str, body: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


@pytest.fixture(scope="session")
def samples(shared: Path) -> Path:
    """The folder of samples."""
    folder = shared / "reference" / "samples"
    if not folder.is_dir():
        pytest.skip(f"there are no samples: {folder}")
    return folder


@pytest.fixture
def churn(tmp_path: Path, samples: Path) -> Iterator[Churn]:
    """An empty AWS of the samples' account."""
    state = tmp_path / "state"
    with LocalAWS(state_dir=state, account=ACCOUNT, start=START, image_python=Path(sys.executable)) as aws:
        _allow(aws.client("iam"))
        yield Churn(aws=aws, folder=samples)


def _allow(iam: Any) -> None:
    """The role of the samples, which may do everything."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow)]
    iam.create_role(RoleName="churn-sm", AssumeRolePolicyDocument=documents[0])
    iam.put_role_policy(RoleName="churn-sm", PolicyName="all", PolicyDocument=documents[1])
