"""Policy documents of a template, as texts; what the evaluator does not know is refused before it is kept."""

import json
from collections.abc import Callable
from typing import Any

from localaws.errors import AwsError, DeployRefused
from localaws.stacks.made import Request


def checked(request: Request, document: dict[str, Any], read: Callable[[str], object]) -> str:
    """The document, once `read` has understood it; a policy without a version, as SAM writes some, gets the present."""
    text = json.dumps({"Version": "2012-10-17"} | document)
    try:
        read(text)
    except AwsError as exc:
        raise DeployRefused([f"{request.logical_id}: {exc.message}"]) from exc
    return text
