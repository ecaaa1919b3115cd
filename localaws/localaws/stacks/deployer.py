"""Deploys a template: everything that is not known is refused before anything is made."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from localaws.errors import AwsError, DeployRefused
from localaws.stacks import graph, schema, template
from localaws.stacks.intrinsics import Resolver, read_parameters
from localaws.stacks.made import Made, Request, Services
from localaws.stacks.resources import KINDS
from localaws.wire import URLS

Json = dict[str, Any]

_RESOURCE_KEYS = {"Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}


@dataclass(kw_only=True)
class Resource:
    """One deployed resource."""

    kind: str
    properties: Json
    made: Made


@dataclass(kw_only=True)
class Stack:
    """One deployed stack."""

    name: str
    id: str
    parameters: dict[str, Any]
    created: float
    updated: float | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    description: str = ""
    code: list[str] = field(default_factory=list)  # folders that its functions are imported from


class Deployer:
    """Knows the stacks of this account and region."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._paths: list[str] = []
        self.stacks: dict[str, Stack] = {}

    def deploy(self, path: Path, name: str, parameters: dict[str, str]) -> Stack:
        """Makes or updates a stack; DeployRefused names each thing that is not known."""
        read = template.load(path, parameters, self._services.world.region)
        resolver = self._resolver(read.body, name, parameters)
        active = {
            logical_id: resource
            for logical_id, resource in read.body["Resources"].items()
            if "Condition" not in resource or resolver.condition(resource["Condition"])
        }
        _check(active)
        stack = self._stack(name, resolver.parameters)
        stack.code = [str(folder) for folder in read.code]
        self._import_from(stack.code)
        stack.description = read.body.get("Description", "")
        for logical_id in graph.order(active):
            self._make(stack, logical_id, active[logical_id], resolver)
        self._remove(stack, set(stack.resources) - set(active))
        stack.outputs = _outputs(read.body.get("Outputs", {}), resolver)
        return stack

    def close(self) -> None:
        """Takes the code's folders off the import path again."""
        for folder in self._paths:
            if folder in sys.path:
                sys.path.remove(folder)

    def _resolver(self, body: Json, name: str, parameters: dict[str, str]) -> Resolver:
        world = self._services.world
        pseudo = {
            "AWS::AccountId": world.account,
            "AWS::Region": world.region,
            "AWS::Partition": "aws",
            "AWS::StackName": name,
            "AWS::StackId": self._stack_id(name),
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Resolver(
            pseudo=pseudo,
            parameters=read_parameters(body.get("Parameters", {}), parameters),
            mappings=body.get("Mappings", {}),
            conditions=body.get("Conditions", {}),
        )

    def _stack_id(self, name: str) -> str:
        world = self._services.world
        return f"arn:aws:cloudformation:{world.region}:{world.account}:stack/{name}/localaws"

    def _stack(self, name: str, parameters: dict[str, Any]) -> Stack:
        now = self._services.world.clock.timestamp()
        if name in self.stacks:
            self.stacks[name].parameters, self.stacks[name].updated = parameters, now
        else:
            self.stacks[name] = Stack(name=name, id=self._stack_id(name), parameters=parameters, created=now)
        return self.stacks[name]

    def _make(self, stack: Stack, logical_id: str, resource: Json, resolver: Resolver) -> None:
        properties = resolver.resolve(resource.get("Properties", {}))
        old = stack.resources.get(logical_id)
        if old is None or old.properties != properties:
            request = self._request(stack, logical_id, resource["Type"], properties)
            if old:
                _check_fixed(logical_id, old, resource["Type"], properties)
            made = _made(request)
            old = stack.resources[logical_id] = Resource(kind=resource["Type"], properties=properties, made=made)
        resolver.made[logical_id] = old.made.id
        resolver.attributes[logical_id] = old.made.attributes

    def _request(self, stack: Stack, logical_id: str, kind: str, properties: Json) -> Request:
        old = stack.resources.get(logical_id)
        return Request(
            stack=stack.name,
            logical_id=logical_id,
            kind=kind,
            properties=properties,
            services=self._services,
            before=old.made if old else None,
            earlier=old.properties if old else {},
        )

    def _remove(self, stack: Stack, gone: set[str]) -> None:
        for logical_id in sorted(gone):
            old = stack.resources[logical_id]
            remove = KINDS[old.kind].remove
            if remove is None:
                raise DeployRefused([f"{logical_id} ({old.kind}) is gone from the template: use fresh state"])
            remove(self._request(stack, logical_id, old.kind, old.properties))
            del stack.resources[logical_id]

    def resume(self) -> None:
        """After a restart: the functions' code is found where it was, and the port may be another one."""
        for stack in self.stacks.values():
            self._import_from(stack.code)
            if lacking := [folder for folder in stack.code if not Path(folder).is_dir()]:
                told = "the code of stack %s is not at %s any more: deploy its template again"
                self._services.world.log.error(told, stack.name, ", ".join(lacking))
        self._readdress()

    def _readdress(self) -> None:
        """The URLs of functions name the port that there is now, wherever a stack has put them."""
        functions, now = self._services.lambda_.functions.values(), self._services.world.address + URLS
        befores = {function.url.url.partition(URLS)[0] + URLS for function in functions if function.url}
        for before in befores - {now}:
            for function in functions:
                function.environment = _replaced(function.environment, before, now)
                if function.url:
                    function.url = replace(function.url, url=function.url.url.replace(before, now))
            for stack in self.stacks.values():
                stack.outputs = _replaced(stack.outputs, before, now)
                stack.resources = {
                    name: replace(
                        one,
                        properties=_replaced(one.properties, before, now),
                        made=Made(id=one.made.id, attributes=_replaced(one.made.attributes, before, now)),
                    )
                    for name, one in stack.resources.items()
                }
            self._services.world.journal.note("deployment", "")

    def _import_from(self, folders: list[str]) -> None:
        for folder in folders:
            if folder not in sys.path:
                sys.path.append(folder)
                self._paths.append(folder)


def _replaced(value: Any, before: str, now: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, before, now) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, before, now) for item in value]
    return value.replace(before, now) if isinstance(value, str) else value


def _made(request: Request) -> Made:
    try:
        return KINDS[request.kind].make(request)
    except AwsError as error:
        raise DeployRefused([f"{request.logical_id}: {error.message}"]) from error


def _check(resources: Json) -> None:
    problems = []
    for logical_id, resource in resources.items():
        kind = KINDS.get(resource["Type"])
        problems += [f"{logical_id}.{key} is not known to the deployer" for key in set(resource) - _RESOURCE_KEYS]
        if kind is None:
            problems.append(f"{logical_id}: resource type {resource['Type']} is not known to the deployer")
        else:
            where = f"{logical_id} ({resource['Type']})"
            problems += schema.problems(where, resource.get("Properties", {}), kind.schema)
    if problems:
        raise DeployRefused(problems)


def _check_fixed(logical_id: str, old: Resource, kind: str, properties: Json) -> None:
    changed = [name for name in KINDS[kind].fixed if old.properties.get(name) != properties.get(name)]
    if changed or old.kind != kind:
        what = ", ".join(changed) or "its type"
        raise DeployRefused([f"{logical_id} would be replaced, since {what} changes: use fresh state"])


def _outputs(declared: Json, resolver: Resolver) -> list[dict[str, str]]:
    outputs = []
    for key, output in declared.items():
        if "Condition" in output and not resolver.condition(output["Condition"]):
            continue
        entry = {"OutputKey": key, "OutputValue": str(resolver.resolve(output["Value"]))}
        outputs.append(entry | ({"Description": output["Description"]} if "Description" in output else {}))
    return outputs
