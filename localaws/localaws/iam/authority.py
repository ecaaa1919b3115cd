"""What SageMaker does in the name of a role: it assumes it, and each object and each call needs the role's leave.

Sessions are named as CloudTrail has them: SageMaker, and sagemaker-pipeline-<execution>-<step> for a pipeline's calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws.errors import AwsError
from localaws.iam.asked import Need
from localaws.iam.guard import Guard
from localaws.iam.needs.s3 import arn
from localaws.iam.needs.sagemaker import SERVICE, needs_of_step
from localaws.world import ObjectStore, World

_SESSION = "SageMaker"
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
_PULLING = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


class Authority:
    """By the guard, which notes what it denies."""

    def __init__(self, guard: Guard, world: World) -> None:
        self._guard, self._world = guard, world

    def assumes(self, role: str, source: str) -> bool:
        """Whether SageMaker may assume a role for a resource of its own."""
        return self._guard.assumable(role, SERVICE, source)

    def store(self, role: str) -> ObjectStore:
        """S3 as the role may use it."""
        return RoleStore(self._guard, self._world.s3, role)

    def call(self, role: str, session: str, operation: str, request: dict[str, Any]) -> None:
        """AccessDeniedException where the role of a pipeline may not make a step's call."""
        principal = self._guard.session(role, session[:64])
        for need in needs_of_step(operation, request, self._world.account, self._world.region):
            self._guard.require(principal, need, "sagemaker", operation)

    def pulls(self, role: str, image: str) -> bool:
        """Whether the role may pull an image; one that lies in no registry of AWS needs no leave."""
        found = _ECR.match(image)
        if not found:
            return True
        repository = f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{found[3]}"
        pulling = [Need(action=f"ecr:{action}", resource=repository) for action in _PULLING]
        return self._may(role, [Need(action="ecr:GetAuthorizationToken"), *pulling], "ecr")

    def logs(self, role: str, group: str, stream: str) -> bool:
        """Whether the role may write a log stream."""
        resource = f"arn:aws:logs:{self._world.region}:{self._world.account}:log-group:{group}:log-stream:{stream}"
        actions = ("logs:CreateLogStream", "logs:PutLogEvents")
        return self._may(role, [Need(action=action, resource=resource) for action in actions], "logs")

    def _may(self, role: str, needs: Iterable[Need], service: str) -> bool:
        principal = self._guard.session(role, _SESSION)
        try:
            for need in needs:
                self._guard.require(principal, need, service)
        except AwsError:
            return False
        return True


class RoleStore:
    """S3 for whoever acts by a role; AwsError AccessDenied where it may not."""

    def __init__(self, guard: Guard, store: ObjectStore, role: str) -> None:
        self._guard, self._store, self._principal = guard, store, guard.session(role, _SESSION)

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """The bytes of an object; what is not there, only those learn who may list the bucket."""
        with self._reading(bucket, key, version_id):
            return self._store.get(bucket, key, version_id)

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Copies an object into a file, as `get` reads it."""
        with self._reading(bucket, key, None):
            self._store.fetch(bucket, key, target)

    @contextmanager
    def _reading(self, bucket: str, key: str, version_id: str | None) -> Iterator[None]:
        self._require("s3:GetObjectVersion" if version_id else "s3:GetObject", bucket, key)
        try:
            yield
        except AwsError as error:
            if error.code == "NoSuchKey":
                self._require("s3:ListBucketVersions" if version_id else "s3:ListBucket", bucket)
            raise

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        content_type: str = "application/octet-stream",
        metadata: dict[str, str] | None = None,
    ) -> str:
        """Writes an object and answers its ETag without quotes."""
        self._require("s3:PutObject", bucket, key)
        return self._store.put(bucket, key, body, content_type, metadata)

    def store(self, bucket: str, key: str, source: Path, content_type: str = "application/octet-stream") -> str:
        """Writes a file as an object, as `put` does."""
        self._require("s3:PutObject", bucket, key)
        return self._store.store(bucket, key, source, content_type)

    def list(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys that start with `prefix`, sorted."""
        self._guard.require(
            self._principal,
            Need(action="s3:ListBucket", resource=arn(bucket), keys=(("s3:prefix", (prefix,)),)),
            "s3",
        )
        return self._store.list(bucket, prefix)

    def exists(self, bucket: str, key: str) -> bool:
        """Whether an object is there, as `get` would tell."""
        self._require("s3:GetObject", bucket, key)
        if self._store.exists(bucket, key):
            return True
        self._require("s3:ListBucket", bucket)
        return False

    def _require(self, action: str, bucket: str, key: str = "") -> None:
        self._guard.require(self._principal, Need(action=action, resource=arn(bucket, key)), "s3")
