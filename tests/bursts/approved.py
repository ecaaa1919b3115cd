"""L3: very many approvals of versions of many models, their events late, in any order and some of them twice."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from leeway.spec import Identity
from localaws import Delivery, LocalAWS
from tests.local.onboarding import ARTIFACTS, onboard, spec, table
from tests.local.registered import IMAGE, SERVING_CODE, archive

DOUBLED = 0.1
LATEST = 60.0  # seconds that an event may be late
APART = timedelta(seconds=0.3)  # between two approvals
CHANGED = "SageMaker Endpoint State Change"
CODE = "code/x/sourcedir.tar.gz"


@dataclass(kw_only=True)
class Approvals:
    """Models with versions that wait; `last` is which of each was approved last, `changes` the states of each endpoint.

    The changes are taken where SageMaker tells them, and not where their events come, late and twice.
    """

    aws: LocalAWS
    models: int
    chance: random.Random = field(default_factory=lambda: random.Random(20261126))
    last: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, versions: int) -> list[tuple[str, str]]:
        """Every model with so many versions that are compared with none; (model, ARN) of each of all."""
        self._put(CODE, archive(inference__py=SERVING_CODE))
        found = [(name, self._register(name, number)) for name in self._onboard() for number in range(versions)]
        self.aws.settle()
        self.aws.on_event(self._fate)
        return found

    def approve(self, versions: list[tuple[str, str]]) -> None:
        """Approve them in any order, one after the other, and let what comes of it happen."""
        self.chance.shuffle(versions)
        for model, arn in versions:
            self.aws.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
            self.last[model] = arn
            self.aws.advance(APART)
        self.aws.advance(timedelta(minutes=30))

    def serving(self) -> dict[str, str]:
        """The version behind the endpoint of each model, by SageMaker's word."""
        sagemaker, found = self.aws.client("sagemaker"), {}
        for model in self.last:
            endpoint = sagemaker.describe_endpoint(EndpointName=f"leeway-{model}")
            assert endpoint["EndpointStatus"] == "InService"
            config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
            [variant] = config["ProductionVariants"]
            used = sagemaker.describe_model(ModelName=variant["ModelName"])
            found[model] = used["Containers"][0]["ModelPackageName"]
        return found

    def asked_twice(self) -> list[str]:
        """Changes of an endpoint that SageMaker refused, for another was under way, or that overlapped another."""
        refused = [
            f"{call.operation} {call.status}"
            for call in self.aws.calls.mutating
            if call.operation in {"CreateEndpoint", "UpdateEndpoint"} and call.status >= 400
        ]
        begins = {"CREATING", "UPDATING"}
        overlapped = [
            f"{name}: {one}, {other}"
            for name, changes in self.changes.items()
            for one, other in pairwise(changes)
            if one in begins and other in begins
        ]
        return refused + overlapped

    def _onboard(self) -> list[str]:
        names = [f"m{number:02}" for number in range(self.models)]
        for name in names:
            onboard(self.aws, replace(spec(), model=Identity(name=name)))
            table(self.aws).put(Put(item={"pk": keys.MODELS, "sk": name}))
            self.aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=f"leeway-{name}")
        return names

    def _register(self, model: str, number: int) -> str:
        self._put(f"runs/{model}/{number}/model.tar.gz", archive(name=f"{model}-{number}".encode()))
        environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/{CODE}"}
        container = {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{ARTIFACTS}/runs/{model}/{number}/model.tar.gz",
            "Environment": environment,
        }
        answer = self.aws.client("sagemaker").create_model_package(
            ModelPackageGroupName=f"leeway-{model}",
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(answer["ModelPackageArn"])

    def _put(self, key: str, body: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=body)

    def _fate(self, event: dict[str, Any]) -> Delivery | None:
        if event["source"] != "aws.sagemaker":
            return None
        if event["detail-type"] == CHANGED:
            self.changes[event["detail"]["EndpointName"]].append(event["detail"]["EndpointStatus"])
        copies = 2 if self.chance.random() < DOUBLED else 1
        return Delivery(copies=copies, delay=self.chance.random() * LATEST)
