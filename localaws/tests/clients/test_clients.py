"""The clients of COVERAGE.md's list, as users run them: SageMaker SDK v3, pandas, each in its own environment."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

pytestmark = [pytest.mark.contract, pytest.mark.story]
SDK, PANDAS = ".venv-sdk", ".venv-pandas"


@pytest.fixture(scope="module")
def sdk(port: Any) -> Any:
    """What each program of the SDK answers, by its name."""
    return port.program(SDK, "sdk_each", "sdk_pipeline", "sdk_trainer", "sdk_resources")


def test_the_sdk_makes_starts_and_reads_a_pipeline(sdk: Any) -> None:
    """sagemaker 3.27, mlops/workflow/pipeline.py: upsert, start, wait, list_steps, delete."""
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/printing"
    assert sdk["sdk_pipeline"] == {
        "same": True,
        "description": "with another default",
        "status": "Succeeded",
        "steps": [["Print", "Succeeded"]],
        "parameters": [{"Name": "What", "Value": "second"}],
        "broken": ["WaiterError", "Failed"],
        "executions": 2,
        "deleted": arn,
    }


def test_the_sdk_trains_a_folder_of_code(sdk: Any) -> None:
    """sagemaker 3.27, train/model_trainer.py: its drivers as a channel, its entry point, its log while it waits."""
    assert sdk["sdk_trainer"] == {"status": "Completed", "model": "churn 3 2"}


def test_the_sdk_makes_and_lists_resources(sdk: Any) -> None:
    """sagemaker-core 2.27, resources.py: create, get, refresh, wait, update, get_all and delete of each class."""
    found = sdk["sdk_resources"]
    assert found["registry"] == {
        "status": ["Completed", "Approved", "as it should be"],
        "listed": [1, 2],
        "approved": 1,
        "groups": 0,
    }
    assert found["hosting"] == {
        "answers": ["one 1", "two 1"],
        "weights": {"one": 0.25, "two": 1.0},
        "listed": [["scores"], ["one", "two"], ["alone", "both"]],
        "gone": ["ClientError", "ClientError"],
    }
    assert found["jobs"] == {"states": ["Completed", "Completed"], "listed": [["core-fit"], ["core-look"]], "left": 0}


def test_pandas_reads_and_writes_s3(port: Any) -> None:
    """pandas, "Reading remote files", and s3fs: by AWS_ENDPOINT_URL and by storage_options."""
    s3 = boto3.client(
        "s3",
        endpoint_url=port.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}),
    )
    s3.create_bucket(Bucket="frames")
    assert port.program(PANDAS, "pandas_s3", "frames", port.url) == {
        "csv": True,
        "parquet": True,
        "folder": ["b", "c", "ä"],
        "big": [1_200_000, 1_199_999],
        "missing": "FileNotFoundError",
    }
    assert s3.head_object(Bucket="frames", Key="inbox/rows with space+plus.csv")["ContentLength"] > 0
