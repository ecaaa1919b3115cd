"""Runs one handler in this process, as Lambda would: payloads through JSON, errors as payloads, logs aside."""

import importlib
import json
import os
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws.faults import Crash
from localaws.functions.context import LambdaContext
from localaws.functions.model import Function, Outcome
from localaws.functions.output import captured
from localaws.inprocess import as_function
from localaws.journal import Journal
from localaws.wire import caller_key

Handler = Callable[[Any, LambdaContext], Any]
MARKS = "lambda.marks"


class Runner:
    """Runs functions and keeps their logs, one file a function, in the state directory."""

    def __init__(self, region: str, logs: Path, journal: Journal) -> None:
        self._region = region
        self._logs, self._journal = logs, journal
        # By function: from which byte of its log on the lines are of which moment.
        self.marks: dict[str, list[tuple[int, float]]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def run(self, function: Function, payload: Any) -> Outcome:
        """One invocation; never raises for what the function does."""
        request_id = str(uuid.uuid4())
        event = json.loads(json.dumps(payload))
        began, moment = time.perf_counter(), time.time()
        with as_function(function.name), _environment(self._variables(function)), captured() as output:
            print(f"START RequestId: {request_id} Version: $LATEST")
            result, error = _call(function, event, LambdaContext(function, request_id))
            milliseconds = (time.perf_counter() - began) * 1000
            print(f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms")
            logs = output.getvalue()
        file = self._logs / f"{function.name}.log"
        self.marks.setdefault(function.name, []).append((file.stat().st_size if file.exists() else 0, moment))
        self._journal.note(MARKS, (function.name, len(self.marks[function.name]) - 1))
        with file.open("a", encoding="utf-8") as target:
            target.write(logs)
        return Outcome(request_id=request_id, result=result, error=error, logs=logs)

    def _variables(self, function: Function) -> dict[str, str]:
        reserved = {
            "AWS_ACCESS_KEY_ID": caller_key(function.name),
            "AWS_SECRET_ACCESS_KEY": "localaws",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group or f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "localaws",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_ENDPOINT_URL": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "_HANDLER": function.handler,
        }
        return reserved | function.environment


def _call(function: Function, event: Any, context: LambdaContext) -> tuple[Any, dict[str, Any] | None]:
    try:
        handler = _load(function.handler)
        return json.loads(json.dumps(handler(event, context))), None
    except Crash as exc:
        message = f"RequestId: {context.aws_request_id} Error: Runtime exited with error: {exc}"
        return None, {"errorType": "Runtime.ExitError", "errorMessage": message}
    except Exception as exc:  # noqa: BLE001  the edge: whatever a function raises is its answer
        print(f"[ERROR] {traceback.format_exc()}")
        return None, _error(exc, context.aws_request_id)


def _load(handler: str) -> Handler:
    module, _, name = handler.rpartition(".")
    loaded: Handler = getattr(importlib.import_module(module), name)
    return loaded


def _error(exc: Exception, request_id: str) -> dict[str, Any]:
    kind = "Runtime.ImportModuleError" if isinstance(exc, ImportError) else type(exc).__name__
    return {
        "errorMessage": str(exc),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": traceback.format_tb(exc.__traceback__)[1:],
    }


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
