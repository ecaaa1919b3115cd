"""Traffic in process: many predictions at given moments of virtual time, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from localaws.errors import AwsError
from localaws.metrics import MINUTE
from localaws.pump import Pump
from localaws.sagemaker.batches import Answered, Batches, refused
from localaws.sagemaker.runtime import Runtime
from localaws.sagemaker.serving import Asked
from localaws.world import World

LATE = 60.0  # seconds that a call may lie back: time ticks on while the first of them are made


class Traffic:
    """Sends calls in the order of their times; whatever is due in between happens at its own."""

    def __init__(self, world: World, pump: Pump, runtime: Runtime, called: Callable[[], None]) -> None:
        self._world, self._pump, self._runtime, self._called = world, pump, runtime, called

    def send(self, endpoint: str, asked: Iterable[Asked]) -> list[Answered]:
        """One answer for each call, in the order of their times, equal ones in that in which they were given."""
        calls = sorted(asked, key=lambda one: one.at)
        if calls and calls[0].at.timestamp() < self._world.clock.timestamp() - LATE:
            raise ValueError(f"a call at {calls[0].at} lies in the past; it is {self._world.now()}")
        batches, found = Batches(serving=self._runtime.engine, calls=calls), []
        for numbers in self._spans(calls):
            # Under the lock, as what is due is; a call of the control plane over the port waits.
            with self._world.lock:
                found += self._answered(batches, endpoint, numbers)
            self._world.keep()
        if calls:
            self._pump.advance_to(calls[-1].at.timestamp())
        return found

    def _answered(self, batches: Batches, endpoint: str, numbers: range) -> list[Answered]:
        self._called()
        try:
            return batches.answer(self._runtime.serving(endpoint), numbers)
        except AwsError as error:  # of the endpoint, whoever asks
            return [refused(error)] * len(numbers)

    def _spans(self, calls: Sequence[Asked]) -> Iterator[range]:
        """Calls between which nothing is due, inside one minute; what is due before them is done."""
        first = 0
        while first < len(calls):
            moment = calls[first].at.timestamp()
            self._pump.advance_to(moment)
            due, end = self._world.agenda.next_due(), (moment // MINUTE + 1) * MINUTE
            end, last = end if due is None else min(due, end), first + 1
            while last < len(calls) and calls[last].at.timestamp() < end:
                last += 1
            yield range(first, last)
            first = last
