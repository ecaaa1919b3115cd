"""The pauses between botocore's retries, in virtual time: throttling costs no test a second."""

import importlib
import time
from types import SimpleNamespace
from typing import Any

from localaws.pump import Pump
from localaws.world import World

_endpoint: Any = importlib.import_module("botocore.endpoint")


class Pauses:
    """Takes the place of the `time` that botocore's endpoint sleeps by; a server, or a running job, sleeps for real."""

    def __init__(self, world: World, pump: Pump) -> None:
        self._world = world
        self._pump = pump
        self._original = _endpoint.time
        _endpoint.time = SimpleNamespace(sleep=self._sleep)

    def close(self) -> None:
        """Gives botocore its own time back."""
        _endpoint.time = self._original

    def _sleep(self, seconds: float) -> None:
        if self._pump.threaded or self._world.jobs.running:
            time.sleep(seconds)
        else:
            self._world.clock.jump_to(self._world.clock.timestamp() + seconds)
