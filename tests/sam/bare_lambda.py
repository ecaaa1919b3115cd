"""Runs one handler on one event as Lambda's runtime does, in an interpreter that has nothing but what is named here.

`python3.13 -I -S bare_lambda.py FUNCTION HANDLER FOLDER…` with the event on standard input: prints what the function
logs, and its answer as the last line. Standard library alone: it is there before anything of the project can be.
"""

import importlib
import importlib.util
import json
import sys
import time
import uuid
from dataclasses import dataclass, field


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    function_name: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1024
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return int(60_000 - 1000 * (time.monotonic() - self.began))


def main() -> None:
    name, handler, *folders = sys.argv[1:]
    sys.path[:0] = folders
    foreign = [module for module in ("moto", "pytest", "pydantic", "localaws") if importlib.util.find_spec(module)]
    if foreign:
        raise SystemExit(f"this is no bare interpreter: it finds {', '.join(foreign)}")
    module, _, function = handler.rpartition(".")
    answer = getattr(importlib.import_module(module), function)(json.load(sys.stdin), Context(name))
    print(f"\n{json.dumps(answer)}")


if __name__ == "__main__":
    main()
