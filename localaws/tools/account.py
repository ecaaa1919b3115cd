"""An account that contract tests work in: names of one prefix, what they cost, and what is taken away again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

# Published prices of us-east-1 in dollars, for a thousand requests of each service; the registry and EventBridge's
# tests of patterns are free. A test makes at most so many requests of each.
PRICES = {"s3": 0.005, "sqs": 0.0005, "dynamodb": 0.000625, "ssm": 0.0}
REQUESTS = 50
PREFIX = "localaws-contract-"


def estimate(tests: int) -> float:
    """Dollars that so many tests cost at most."""
    return tests * REQUESTS / 1000 * sum(PRICES.values())


@dataclass(frozen=True, kw_only=True)
class Account:
    """boto3 clients, and names that begin with the prefix: all that has it may be deleted."""

    session: Any
    prefix: str

    @classmethod
    def of_the_environment(cls, prefix: str) -> Account:
        """Credentials, region and endpoint as boto3 finds them."""
        return cls(session=boto3.Session(region_name=os.environ.get("AWS_DEFAULT_REGION")), prefix=prefix)

    def client(self, service: str) -> Any:
        """A client."""
        return self.session.client(service)

    def name(self, what: str) -> str:
        """A name of ours."""
        return f"{self.prefix}{what}"

    def sweep(self) -> list[str]:
        """Deletes all that has the prefix; says what it was."""
        return [*self._buckets(), *self._queues(), *self._tables(), *self._parameters(), *self._groups()]

    def _buckets(self) -> Iterator[str]:
        s3 = self.client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            if bucket["Name"].startswith(self.prefix):
                for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
                    for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
                        s3.delete_object(Bucket=bucket["Name"], Key=version["Key"], VersionId=version["VersionId"])
                s3.delete_bucket(Bucket=bucket["Name"])
                yield f"bucket {bucket['Name']}"

    def _queues(self) -> Iterator[str]:
        sqs = self.client("sqs")
        for url in sqs.list_queues(QueueNamePrefix=self.prefix).get("QueueUrls", []):
            sqs.delete_queue(QueueUrl=url)
            yield f"queue {url}"

    def _tables(self) -> Iterator[str]:
        dynamodb = self.client("dynamodb")
        for page in dynamodb.get_paginator("list_tables").paginate():
            for name in page["TableNames"]:
                if name.startswith(self.prefix):
                    dynamodb.delete_table(TableName=name)
                    yield f"table {name}"

    def _parameters(self) -> Iterator[str]:
        ssm = self.client("ssm")
        for parameter in ssm.get_parameters_by_path(Path=f"/{self.prefix}", Recursive=True)["Parameters"]:
            ssm.delete_parameter(Name=parameter["Name"])
            yield f"parameter {parameter['Name']}"

    def _groups(self) -> Iterator[str]:
        sagemaker = self.client("sagemaker")
        for group in sagemaker.list_model_package_groups(NameContains=self.prefix)["ModelPackageGroupSummaryList"]:
            name = group["ModelPackageGroupName"]
            for package in sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]:
                sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
            with suppress(ClientError):  # a version may take a moment to go: the next sweep finds the group
                sagemaker.delete_model_package_group(ModelPackageGroupName=name)
            yield f"model package group {name}"
