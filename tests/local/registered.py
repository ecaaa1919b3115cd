"""A model's versions in the registry, without trainings: archives whose serving code answers with their own name."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from leeway.journal import Entry
from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS, onboard, spec, table

NAME, GROUP = "leeway-churn", "leeway-churn"
MINUTE = timedelta(minutes=1)
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SERVING_CODE = b"""
def model_fn(model_dir):
    with open(model_dir + "/name") as file:
        name = file.read()
    if name == "broken":
        raise ValueError("this model does not load")
    return name


def transform_fn(model, body, content_type, accept):
    if model == "failing":
        raise ValueError("this model fails every request")
    return model, "text/csv"
"""


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One model whose versions are registered by hand, as the pipeline's last step does."""

    aws: LocalAWS

    def begin(self) -> None:
        """Specification, serving code and group are there; nothing is registered."""
        onboard(self.aws, spec())
        item = {"pk": keys.MODELS, "sk": "churn"}
        table(self.aws).put(Put(item=item))
        self._put("code/x/sourcedir.tar.gz", archive(inference__py=SERVING_CODE))
        self.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)

    def register(self, name: str, champion: str = "", **more: Any) -> str:
        """Register a version whose endpoint answers `name`; its ARN."""
        self._put(f"runs/{name}/model.tar.gz", archive(name=name.encode()))
        container = {
            "Image": IMAGE,
            "ModelDataUrl": self.archive_of(name),
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/code/x/sourcedir.tar.gz",
            },
        }
        metadata = {"champion": self.archive_of(champion) if champion else f"s3://{ARTIFACTS}/champions/none"}
        answer = self.sagemaker.create_model_package(
            ModelPackageGroupName=GROUP,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            CustomerMetadataProperties=metadata,
            **more,
        )
        return str(answer["ModelPackageArn"])

    @staticmethod
    def archive_of(name: str) -> str:
        return f"s3://{ARTIFACTS}/runs/{name}/model.tar.gz"

    def decide(self, arn: str, status: str = "Approved") -> None:
        self.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)

    def edit(self, arn: str) -> None:
        """An edit that is no approval, and sends "Approved" again all the same."""
        self.sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"note": "edited"})

    def serve(self, arn: str) -> None:
        self.decide(arn)
        self.aws.advance(2 * MINUTE)

    def answer(self) -> str:
        """What the endpoint says, which is the name of the version that serves."""
        runtime = self.aws.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName=NAME, Body=b"1", ContentType="text/csv")
        return str(answer["Body"].read().decode())

    def endpoint(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=NAME)
        return found

    def journal(self, what: str = "") -> list[Entry]:
        """Entries of a kind, or all but the monitor's, which has no baseline of these versions, and says so."""
        entries = [Entry.from_item(item) for item in table(self.aws).query(keys.model_pk("churn"), keys.JOURNAL)]
        return [entry for entry in entries if (what == entry.what if what else entry.actor != "monitor")]

    def calls(self, operation: str) -> int:
        """How often the rollout has made a call."""
        return int(self.aws.calls.count(operation=operation, caller="leeway-rollout"))

    def dead(self) -> int:
        sqs, name = self.aws.client("sqs"), "ApproximateNumberOfMessages"
        urls = [url for url in sqs.list_queues()["QueueUrls"] if "dlq" in url]
        assert urls
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls]
        return sum(int(attributes[name]) for attributes in found)

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    def _put(self, key: str, body: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=body)
