"""Prints its event, so that a test can read it in the function's log."""

import json
import sys
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(event) + "\n")
