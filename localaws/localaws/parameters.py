"""SSM's parameters. Ours, since moto's SSM brings its EC2 along: over a second at each start."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localaws.errors import AwsError, NotEmulated
from localaws.journal import Noting
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

_MAX_STANDARD = 4096
_PUT = {"Name", "Value", "Type", "Overwrite", "Description", "AllowedPattern", "Tier", "DataType", "Tags"}

Request = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter at its latest version; earlier ones are not kept."""

    name: str
    value: str
    kind: str
    version: int
    modified: datetime
    description: str = ""


class Parameters:
    """Reading, writing and deleting of parameters; history, labels and policies are not emulated."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.parameters = Noting[str, Parameter](world.journal, "ssm")

    def handle(self, call: Call) -> Answer:
        """One call."""
        operations: dict[str, Callable[[Request], Any]] = {
            "PutParameter": self._put,
            "GetParameter": lambda request: {"Parameter": self._show(self._find(request["Name"]))},
            "GetParameters": self._get_many,
            "GetParametersByPath": self._by_path,
            "DescribeParameters": self._describe,
            "DeleteParameter": self._delete,
        }
        if call.operation not in operations:
            raise NotEmulated(f"ssm:{call.operation}")
        with self._world.lock:
            return json_answer(operations[call.operation](call.json()))

    def _put(self, request: Request) -> Any:
        name, old = request["Name"], self.parameters.get(request["Name"])
        if set(request) - _PUT:
            raise NotEmulated(f"{', '.join(sorted(set(request) - _PUT))} of ssm:PutParameter")
        if old and not request.get("Overwrite"):
            message = "The parameter already exists. To overwrite this value, set the overwrite option to true."
            raise AwsError("ParameterAlreadyExists", message)
        _check(request)
        self.parameters[name] = Parameter(
            name=name,
            value=request["Value"],
            kind=request.get("Type") or (old.kind if old else "String"),
            version=old.version + 1 if old else 1,
            modified=self._world.now(),
            description=request.get("Description", ""),
        )
        return {"Version": self.parameters[name].version, "Tier": request.get("Tier", "Standard")}

    def _find(self, name: str) -> Parameter:
        if name not in self.parameters:
            raise AwsError("ParameterNotFound", f"Parameter {name} not found.")
        return self.parameters[name]

    def _get_many(self, request: Request) -> Any:
        found = [self._show(self.parameters[name]) for name in request["Names"] if name in self.parameters]
        missing = [name for name in request["Names"] if name not in self.parameters]
        return {"Parameters": found, "InvalidParameters": missing}

    def _by_path(self, request: Request) -> Any:
        path = request["Path"].rstrip("/") + "/"
        below = [name for name in sorted(self.parameters) if name.startswith(path)]
        direct = [name for name in below if request.get("Recursive") or "/" not in name.removeprefix(path)]
        return {"Parameters": [self._show(self.parameters[name]) for name in direct]}

    def _describe(self, request: Request) -> Any:
        if request.get("Filters") or request.get("ParameterFilters"):
            raise NotEmulated("a filter of ssm:DescribeParameters")
        shown = [self._show(parameter) for _, parameter in sorted(self.parameters.items())]
        return {"Parameters": [{key: item for key, item in entry.items() if key != "Value"} for entry in shown]}

    def _delete(self, request: Request) -> Any:
        del self.parameters[self._find(request["Name"]).name]
        return {}

    def _show(self, parameter: Parameter) -> dict[str, Any]:
        world = self._world
        return {
            "Name": parameter.name,
            "Type": parameter.kind,
            "Value": parameter.value,
            "Version": parameter.version,
            "LastModifiedDate": parameter.modified,
            "ARN": f"arn:aws:ssm:{world.region}:{world.account}:parameter/{parameter.name.lstrip('/')}",
            "DataType": "text",
        }


def _check(request: Request) -> None:
    if request.get("Type") == "SecureString":
        raise NotEmulated("a SecureString")
    if len(request["Value"]) > _MAX_STANDARD:
        raise AwsError(
            "ValidationException", "Standard tier parameters support a maximum parameter value of 4096 bytes."
        )
    pattern = request.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, request["Value"]):
        message = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise AwsError("ParameterPatternMismatchException", message)
