"""SageMaker's own: what is under way is written as one, so that what refers to each other still does; what has ended
is written once, and referred to from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, MutableMapping
from typing import Any

from localaws.agenda import Agenda, Item, owner_of
from localaws.keeping.parts import Change, Read, text
from localaws.keeping.pickling import Pickling
from localaws.sagemaker import SageMaker
from localaws.world import World

LIVE, SETTLED = "sagemaker.live", "sagemaker.settled"


class Live:
    """Pipelines, executions, jobs, tuning jobs and endpoints, and what the agenda holds for them."""

    compared, plain = True, False

    def __init__(self, world: World, sagemaker: SageMaker, pickling: Pickling) -> None:
        self._world, self._pickling = world, pickling
        self._cache = sagemaker.executor.cache
        self._ending: dict[str, MutableMapping[str, Any]] = {
            "jobs": sagemaker.jobs.jobs,
            "tunings": sagemaker.tuning.tunings,
            "executions": sagemaker.pipelines.executions,
        }
        self._lasting: dict[str, MutableMapping[str, Any]] = {
            "pipelines": sagemaker.pipelines.pipelines,
            "endpoints": sagemaker.endpoints.endpoints,
            "definitions": sagemaker.definitions.definitions,
            "schedules": sagemaker.monitoring.schedules,
        }

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:  # noqa: ARG002  there is one key
        """What has ended since, and all that has not."""
        live: dict[str, Any] = {name: dict(mapping) for name, mapping in self._lasting.items()}
        for table, mapping in self._ending.items():
            going = live[table] = {}
            for key, one in mapping.items():
                if not one.settled:
                    going[key] = one
                elif id(one) not in self._pickling.places:
                    yield SETTLED, text((table, key)), (table, key, type(one), vars(one))
                    self._pickling.settle((table, key), one)
        live["cache"] = self._cache.kept
        live["agenda"] = planned(self._world.agenda)
        live["works"] = list(self._world.jobs.works.values())
        yield LIVE, "", live

    def restore(self, read: Read) -> None:
        """What was running in the process that is gone is lost: each says itself what becomes of it."""
        for _, (table, key, kind, state) in read(SETTLED):
            vars(self._pickling.at((table, key), kind)).update(state)
            self._ending[table][key] = self._pickling.at((table, key), kind)
        for _, live in read(LIVE):
            for table, mapping in (self._ending | self._lasting).items():
                found = sorted((mapping | live[table]).items(), key=lambda entry: entry[1].created)
                mapping.clear()
                mapping.update(found)
            self._cache.kept.update(live["cache"])
            self._world.agenda.take_back(live["agenda"])
            for work in live["works"]:
                self._world.later(0, work.lost, f"lost {work.label}")


def planned(agenda: Agenda) -> list[Item]:
    """What the agenda holds for SageMaker."""
    return [item for item in list(agenda.kept.values()) if owner_of(item.action) == "localaws.sagemaker"]
