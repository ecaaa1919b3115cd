"""The smallest endpoint that captures: one model that answers a constant."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from typing import Any

BUCKET, ENDPOINT, ROLE = "bench-served", "bench", "bench-serving"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
CODE = """
class Response:
    def __init__(self, status, response, mimetype):
        self.status, self.response, self.mimetype = status, response, mimetype


def model_fn(folder):
    return "0.5"


def transform_fn(model, body, content_type, accept):
    rows = body.decode().splitlines()
    return Response(200, "\\n".join([model] * len(rows)), "text/csv")
"""


def archive(name: str, text: str) -> bytes:
    """A tar.gz of one file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def make(client: Any, name: str = ENDPOINT, code: str = CODE, slots: Sequence[str] = ("a",)) -> None:
    """Model, configuration with capture of all, and endpoint; `client` gives a boto3 client by its service."""
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive("model", "constant"))
    s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=archive("inference.py", code))
    env = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/code.tar.gz"}
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz", "Environment": env}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=_role(client("iam")), PrimaryContainer=container)
    size = {"ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{"VariantName": slot, **size} for slot in slots],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        },
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def _role(iam: Any) -> str:
    """A role that SageMaker may assume, for all that an endpoint needs."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow)]
    arn = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=documents[1])
    return str(arn)
