"""Definitions of monitoring jobs, of data quality and of model quality."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.monitored import KINDS, Definition, shown_definition
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import in_use, invalid, resource_not_found
from localaws.sagemaker.roles import check_role
from localaws.world import World

CLOSED = "Amazon SageMaker Model Monitor is no longer open to new customers."


class JobDefinitions:
    """Definitions by kind and name."""

    def __init__(self, world: World, names: Names) -> None:
        self._world, self._names = world, names
        self.definitions: dict[str, Definition] = {}

    def open(self) -> None:
        """ValidationException where nothing can be created: to new customers Model Monitor is closed."""
        if not self._world.lifecycle.model_monitor:
            raise invalid(CLOSED)

    def _define(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        self.open()
        name = request["JobDefinitionName"]
        arn = self._names.arn(KINDS[kind], name)
        if f"{kind}:{name}" in self.definitions:
            raise in_use(f"{kind} job definition names must be unique within an AWS account and region ({arn})")
        if "EndpointInput" not in request[f"{kind}JobInput"]:
            raise NotEmulated(f"a {kind} job definition without EndpointInput")
        check_role(self._world, request["RoleArn"], arn)
        made = Definition(kind=kind, name=name, arn=arn, request=request, created=self._world.now())
        self.definitions[f"{kind}:{name}"] = made
        return {"JobDefinitionArn": arn}

    def find(self, kind: str, name: str) -> Definition:
        """One of them; ResourceNotFound where there is none."""
        if f"{kind}:{name}" not in self.definitions:
            raise resource_not_found(f"Could not find job definition {self._names.arn(KINDS[kind], name)}.")
        return self.definitions[f"{kind}:{name}"]

    def _describe(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        found = self.find(kind, request["JobDefinitionName"])
        return found.request | {"JobDefinitionArn": found.arn, "CreationTime": found.created}

    def _delete(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        del self.definitions[f"{kind}:{self.find(kind, request['JobDefinitionName']).name}"]
        return {}

    def _list(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("EndpointName")
        found = [one for one in self.definitions.values() if one.kind == kind]
        found = [one for one in found if wanted in (None, one.input["EndpointName"])]
        return page(ordered(within(found, request), request), request, shown_definition, "JobDefinitionSummaries")

    def __getattr__(self, name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """The four operations on definitions of each kind."""
        for kind in KINDS:
            stem = f"{kind.removesuffix('Quality').lower()}_quality_job_definition"
            own = {"create": self._define, "describe": self._describe, "delete": self._delete, "list": self._list}
            verb, _, rest = name.partition("_")
            if verb in own and rest.removesuffix("s") == stem:
                return partial(own[verb], kind)
        raise AttributeError(name)
