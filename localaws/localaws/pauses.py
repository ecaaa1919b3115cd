"""Pauses in virtual time, between botocore's retries and for slow models: they cost no test a second."""

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
        world.pause = self._wait

    def close(self) -> None:
        """Gives botocore its own time back."""
        _endpoint.time = self._original

    def _wait(self, seconds: float) -> None:
        """For a model's answer: beside a running job no time passes, which is not to go beyond its end."""
        if self._pump.threaded or not self._world.jobs.running:
            self._sleep(seconds)

    def _sleep(self, seconds: float) -> None:
        if self._pump.threaded or self._world.jobs.running:
            time.sleep(seconds)
        else:
            self._world.clock.jump_to(self._world.clock.timestamp() + seconds)
