"""A model with endpoints whose versions can be told by their scores, an assignment, and the function's URL."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from leeway.experiment.assignment import Arm, Assignment, place
from leeway.predict import known
from leeway.spec import Serving
from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS, onboard, spec, table
from tests.local.registered import IMAGE, archive

NAME, FUNCTION = "leeway-churn", "leeway-predict"
EXPERIMENT = "churn-2"
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
CHAMPION = Arm(version=1, endpoint=NAME, slot="a")
CHALLENGER = Arm(version=2, endpoint=NAME, slot="b")
ROW = {"plan": "month", "tenure": 3}
# A row scores its version and a thousandth of its tenure; a tenure of 900 is refused by the model itself, for 901 it
# answers what is no prediction, and so does version 2 for 902.
SERVING_CODE = b"""
import json


class Response:
    def __init__(self, status, response, mimetype="application/json"):
        self.status, self.response, self.mimetype = status, response, mimetype


def model_fn(model_dir):
    with open(model_dir + "/name") as file:
        return int(file.read())


def transform_fn(version, body, content_type, accept):
    rows = [row | {"tenure": int(row["tenure"])} for row in json.loads(body)]
    if any(row["tenure"] == 900 for row in rows):
        return Response(400, json.dumps({"error": "row 1: version %d does not take this" % version}))
    if any(row["tenure"] == 901 or row["tenure"] == 902 and version == 2 for row in rows):
        return Response(200, json.dumps({"predictions": "none"}))
    scores = [version + row["tenure"] / 1000 for row in rows]
    if accept == "text/csv":
        return Response(200, "".join(f"{score}\\n" for score in scores), accept)
    return Response(200, json.dumps({"predictions": [{"score": score} for score in scores]}))
"""
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{ARTIFACTS}/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


def unit_at(share: int, *, inside: bool, experiment: str = EXPERIMENT) -> str:
    """A unit that is, or is not, below a share."""
    assignment = Assignment(
        experiment=experiment, epoch=1, champion=CHAMPION, challenger=CHALLENGER, share=share, begin=datetime.now(UTC)
    )
    units = (f"customer-{number}" for number in range(10_000))
    return next(one for one in units if (assignment.arm(place(experiment, one)) == CHALLENGER) == inside)


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """One model on the embedded AWS."""

    aws: LocalAWS

    def begin(self, **serving: Any) -> None:
        """Specification and two versions are there; nothing serves."""
        known.forget()
        onboard(self.aws, replace(spec(), serving=Serving(**serving)))
        table(self.aws).put(Put(item={"pk": keys.MODELS, "sk": "churn"}))
        self._put("code/x/sourcedir.tar.gz", archive(inference__py=SERVING_CODE))
        for version in (1, 2):
            self._put(f"runs/{version}/model.tar.gz", archive(name=str(version).encode()))
            container = {
                "Image": IMAGE,
                "ModelDataUrl": f"s3://{ARTIFACTS}/runs/{version}/model.tar.gz",
                "Environment": {
                    "SAGEMAKER_PROGRAM": "inference.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/code/x/sourcedir.tar.gz",
                },
            }
            role = f"arn:aws:iam::{self.aws.account}:role/leeway-serving"
            self.sagemaker.create_model(ModelName=f"v{version}", ExecutionRoleArn=role, PrimaryContainer=container)

    def endpoint(self, name: str = NAME, *, serverless: bool = False, **versions: int) -> None:
        """An endpoint with a version in each slot, all of the same weight."""
        size: dict[str, Any] = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        if serverless:
            size = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        variants = [
            {"VariantName": slot, "ModelName": f"v{version}", "InitialVariantWeight": 1.0, **size}
            for slot, version in versions.items()
        ]
        capture = {} if serverless else {"DataCaptureConfig": CAPTURE}
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **capture)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.aws.advance(10 * SECOND)

    def assign(self, share: int = 0, *, epoch: int = 1, **changes: Any) -> Assignment:
        """Write the assignment, as the rollout does; with a share there is a challenger."""
        found = Assignment(
            experiment=EXPERIMENT,
            epoch=epoch,
            champion=CHAMPION,
            challenger=CHALLENGER if share else None,
            share=share,
            begin=self.aws.now(),
        )
        found = replace(found, **changes)
        table(self.aws).put(Put(item={"pk": keys.model_pk("churn"), "sk": keys.ASSIGNMENT, **found.to_item()}))
        return found

    def serve(self, share: int = 50) -> None:
        """Champion and challenger in an endpoint of two variants."""
        self.begin()
        self.endpoint(a=1, b=2)
        self.assign(share)

    def url(self) -> str:
        (stack,) = self.aws.client("cloudformation").describe_stacks(StackName="leeway")["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}["PredictUrl"]

    def post(self, body: bytes, path: str = "", method: str = "POST") -> tuple[int, dict[str, Any]]:
        """Status and answer of a request to the URL."""
        headers = {"Content-Type": "application/json"}
        answer = self.aws.fetch(method, self.url() + path, data=body, headers=headers)
        return answer.status, json.loads(answer.body)

    def ask(self, unit: str = "", *, tenure: int = 3, **more: Any) -> tuple[int, dict[str, Any]]:
        """As `post`, of one row."""
        document = {"model": "churn", "rows": [ROW | {"tenure": tenure}], **({"unit_id": unit} if unit else {}), **more}
        return self.post(json.dumps(document).encode())

    def logged(self) -> list[dict[str, Any]]:
        """What the function logged itself; every other line is Lambda's."""
        lines = self.aws.logs(FUNCTION).splitlines()
        own = [line for line in lines if not line.startswith(("START ", "END ", "REPORT "))]
        return [json.loads(line) for line in own]

    def captured(self) -> list[tuple[str, dict[str, Any]]]:
        """(endpoint/slot, record) of all captures, in the order of their files, once they are there."""
        self.aws.advance(2 * 60 * SECOND)
        s3 = self.aws.client("s3")
        found = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix="capture/").get("Contents", [])
        texts = [(one["Key"], s3.get_object(Bucket=ARTIFACTS, Key=one["Key"])["Body"].read()) for one in found]
        return [("/".join(key.split("/")[1:3]), json.loads(line)) for key, text in texts for line in text.splitlines()]

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    def _put(self, key: str, body: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=body)
