"""The embedded SageMaker: small and strict. What is not here answers NotImplemented and names COVERAGE.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.capture import Capture
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.executor import Executor
from localaws.sagemaker.jobdefinitions import JobDefinitions
from localaws.sagemaker.jobs import Jobs
from localaws.sagemaker.known import refuse_unknown
from localaws.sagemaker.models import Models
from localaws.sagemaker.monitoring import Monitoring
from localaws.sagemaker.names import Names
from localaws.sagemaker.pipelines import Pipelines
from localaws.sagemaker.registry import Registry
from localaws.sagemaker.runtime import Runtime
from localaws.sagemaker.shapes import answered, checked
from localaws.sagemaker.stepjobs import StepJobs
from localaws.sagemaker.tuning import TuningJobs
from localaws.world import World

__all__ = ["SageMaker"]
WORD = re.compile(r"(?<!^)(?=[A-Z])")
SIGNED = {"CreateModelPackage", "UpdateModelPackage"}  # it is kept who did it


class SageMaker:
    """All families of the service, put together."""

    def __init__(self, world: World) -> None:
        names = self._names = Names(account=world.account, region=world.region)
        self.registry = Registry(world, names)
        self.jobs = Jobs(world, names)
        self.tuning = TuningJobs(world, names, self.jobs)
        steps = StepJobs(names, self.jobs, self.tuning)
        self.executor = Executor(world, steps, self.registry)
        self.pipelines = Pipelines(world, names, self.executor)
        self.models = Models(world, names, self.registry)
        self.endpoints = Endpoints(world, names, self.models)
        self.definitions = JobDefinitions(world, names)
        self.monitoring = Monitoring(world, names, self.definitions, self.jobs, self.endpoints)
        self.runtime = Runtime(world, self.endpoints)

    def handle(self, operation: str, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """One call of the control plane, by the ARN of who makes it; raises AwsError."""
        carry_out = self._operation(operation)
        checked(operation, request)
        refuse_unknown(operation, request)
        return answered(operation, carry_out(request, by=caller) if operation in SIGNED else carry_out(request))

    def invoke(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """One invocation of an endpoint: status, headers, body."""
        return self.runtime.invoke(endpoint, headers, body)

    @property
    def capture(self) -> Capture:
        """What has been captured, and is not in S3 yet."""
        return self.runtime.engine.capture

    def resume(self) -> None:
        """After a restart: what is random is not so as it was before, or ids would come twice."""
        self._names.random.seed()
        for endpoint in self.endpoints.endpoints.values():
            endpoint.random.seed()

    def close(self) -> None:
        """End what runs."""
        self.endpoints.close()

    def _operation(self, name: str) -> Callable[..., dict[str, Any]]:
        method = WORD.sub("_", name).lower()
        families = self.registry, self.jobs, self.tuning, self.pipelines, self.models, self.endpoints
        for family in (*families, self.definitions, self.monitoring):
            if found := getattr(family, method, None):
                operation: Callable[..., dict[str, Any]] = found
                return operation
        raise NotEmulated(f"sagemaker:{name}")
