"""Values of a step's arguments inside an execution: parameters, other steps, the execution itself, JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.executions import Execution
from localaws.sagemaker.expressions import Unresolved, follow, resolve
from localaws.world import World


class Values:
    """Resolves expressions; `own` are values of the step itself, such as the name of its job."""

    def __init__(self, world: World) -> None:
        self._world = world

    def resolved(self, execution: Execution, value: Any, own: Mapping[str, str] | None = None) -> Any:
        """A value with every expression in it replaced; raises Unresolved."""
        of_execution = self._of_execution(execution) | dict(own or {})

        def get(path: str) -> Any:
            root, _, rest = path.partition(".")
            if root == "Parameters":
                return execution.parameters[rest]
            if root == "Execution":
                if rest not in of_execution:
                    raise Unresolved(f"there is no {path} in this step")
                return of_execution[rest]
            name = re.split(r"[.\[]", rest, maxsplit=1)[0]
            return follow(execution.runs[name].properties, rest[len(name) :])

        return resolve(value, get, lambda source, path: self._json_get(execution, source, path))

    def _of_execution(self, execution: Execution) -> dict[str, str]:
        return {
            "PipelineName": execution.pipeline.name,
            "PipelineArn": execution.pipeline.arn,
            "PipelineExecutionId": execution.id,
            "PipelineExecutionArn": execution.arn,
            "StartDateTime": execution.created.isoformat(),
            "CurrentDateTime": self._world.now().isoformat(),
        }

    def _json_get(self, execution: Execution, source: Mapping[str, Any], path: str) -> Any:
        """A value of a JSON file: of a step's property file, or at a URI."""
        uri = source.get("S3Uri") or self._property_file(execution, source["PropertyFile"]["Get"])
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            return follow(json.loads(self._world.authority.store(execution.role).get(bucket, key)), path)
        except (LocalAwsError, ValueError) as error:
            raise Unresolved(f"JsonGet {path} of {uri}: {error}") from error

    def _property_file(self, execution: Execution, path: str) -> str:
        _, name, _, wanted = path.split(".", 3)
        run = execution.runs[name]
        for file in run.step.get("PropertyFiles") or []:
            if file["PropertyFileName"] == wanted:
                folder = follow(
                    run.properties, f"ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
                )
                return f"{folder.rstrip('/')}/{file['FilePath']}"
        raise Unresolved(f"step {name} has no property file {wanted}")
