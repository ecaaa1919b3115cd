"""Buckets outside us-east-1. Source: API Reference, CreateBucket (LocationConstraint, BucketAlreadyOwnedByYou)."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract


def test_a_bucket_names_its_region_and_is_created_once(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path, region="eu-central-1") as aws:
        s3 = aws.client("s3")
        with pytest.raises(ClientError, match="IllegalLocationConstraintException"):
            s3.create_bucket(Bucket="mine")
        here: dict[str, Any] = {"Bucket": "mine", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
        s3.create_bucket(**here)
        with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou") as caught:
            s3.create_bucket(**here)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
        assert s3.get_bucket_location(Bucket="mine")["LocationConstraint"] == "eu-central-1"
        assert s3.head_bucket(Bucket="mine")["BucketRegion"] == "eu-central-1"
