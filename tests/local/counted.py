"""The rollout's own eyes: an application that has its permissions, to count what lies in the buckets."""

from __future__ import annotations

from leeway.aws.objects import Objects
from leeway.aws.sagemaker import SageMaker
from leeway.aws.table import Table
from leeway.bootstrap import App
from leeway.settings import Settings
from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS, INBOX


def app_of(aws: LocalAWS, function: str) -> App:
    """What is asked of S3, the table and SageMaker is asked with the function's role."""
    names = dict.fromkeys(Settings.__dataclass_fields__, "none") | {
        "stack": "leeway", "table_name": "leeway", "inbox_bucket": INBOX, "artifacts_bucket": ARTIFACTS,
    }  # fmt: skip
    app = App(Settings(**names))
    app.__dict__.update(
        objects=Objects(aws.client("s3", function)),
        table=Table(aws.client("dynamodb", function), "leeway"),
        sagemaker=SageMaker(aws.client("sagemaker", function)),
    )
    return app
