"""One empty AWS for a module, and a bucket for each test, in words as short as the requests of S3 are long."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

_numbers = count()


class Box:
    """A bucket and a client for it."""

    def __init__(self, aws: LocalAWS, name: str) -> None:
        self.aws, self.name, self.s3 = aws, name, aws.client("s3")

    def __call__(self, operation: str, key: str = "", /, **more: Any) -> Any:
        """An operation on the bucket, or on an object in it."""
        return getattr(self.s3, operation)(Bucket=self.name, **({"Key": key} if key else {}), **more)

    def put(self, key: str, body: Any = b"x", **more: Any) -> Any:
        return self("put_object", key, Body=body, **more)

    def get(self, key: str, **more: Any) -> bytes:
        body: bytes = self("get_object", key, **more)["Body"].read()
        return body

    def keys(self, **more: Any) -> list[str]:
        return [one["Key"] for one in self("list_objects_v2", **more).get("Contents", [])]

    def version(self) -> None:
        """Turns versioning on."""
        self("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})

    def suspend(self) -> None:
        """Turns versioning off again."""
        self("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"})

    def tell(self) -> None:
        """Turns EventBridge on."""
        self("put_bucket_notification_configuration", NotificationConfiguration={"EventBridgeConfiguration": {}})

    def refused(self, operation: str, key: str = "", /, **more: Any) -> tuple[str, int]:
        """Code and status of an operation that must fail."""
        answer = self.refusal(operation, key, **more)
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]

    def refusal(self, operation: str, key: str = "", /, **more: Any) -> Any:
        """All that is answered to an operation that must fail."""
        with pytest.raises(ClientError) as caught:
            self(operation, key, **more)
        return caught.value.response

    def upload(self, key: str, *bodies: bytes, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """An upload with its parts, not complete: what names it, and what names them."""
        made = self("create_multipart_upload", key, **more)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": self("upload_part", key, UploadId=made, PartNumber=number, Body=body)["ETag"],
            }
            for number, body in enumerate(bodies, start=1)
        ]
        return {"UploadId": made}, parts


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAWS]:
    with LocalAWS(state_dir=tmp_path_factory.mktemp("state")) as aws:
        yield aws


@pytest.fixture
def new_box(empty: LocalAWS) -> Callable[[], Box]:
    def make() -> Box:
        box = Box(empty, f"box-{next(_numbers)}")
        box("create_bucket")
        return box

    return make


@pytest.fixture
def box(new_box: Callable[[], Box]) -> Box:
    return new_box()
