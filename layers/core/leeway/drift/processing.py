"""What is done about a Processing job that counts: kept first, then made, looked for by its name, its shares merged.

There is one for each model at a time. While it counts, the hours it counts and those after them wait.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leeway import keys, models
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.drift import jobs, records
from leeway.drift.hours import Todo
from leeway.drift.jobs import Counting
from leeway.drift.records import State
from leeway.drift.reference import Reference
from leeway.drift.shares import Counted
from leeway.errors import Rejected
from leeway.journal import Entry
from leeway.reconcile import Done, Rest, fence
from leeway.rollout.observed import Slot
from leeway.spec import ModelSpec

ACTOR = "monitor"
NO_CONTAINER = "what a job runs by is not known of this model: leeway apply it again"


@dataclass(frozen=True, kw_only=True)
class Processing:
    """One step of one model's job; `item` is the monitor's, as read."""

    app: App
    model: str
    now: datetime
    item: Item

    @property
    def counting(self) -> Counting | None:
        """The job, None where there is none."""
        value = self.item.get(jobs.KEPT)
        return Counting.from_item(value) if value else None

    def begin(self, spec: ModelSpec, slot: Slot, versus: Reference, todos: Sequence[Todo]) -> Done:
        """Keep what is to be counted; the next step makes the job."""
        document, files = jobs.wanted(spec, slot, versus, todos)
        folder = jobs.folder_of(self.model, document)
        name, cluster = jobs.name_of(self.app.settings, self.model, folder, 1), document["cluster"]
        head = {"prefix": self.app.settings.artifact(files[0]["prefix"])}
        self._put(f"{folder}/{jobs.FILES}", [head, *files[1:]])
        self._put(f"{folder}/{jobs.JOB}", document)
        says = jobs.words(todos)
        why = (
            f"version {slot.version}: {says} are more than monitoring.job_above, {spec.monitoring.job_above:,} MB:"
            f" {cluster['InstanceCount']} of {cluster['InstanceType']} count them, paid by the second ({name})"
        )
        counting = Counting(
            name=name, folder=folder, version=slot.version, attempt=1, begin=self.now, says=says
        )  # fmt: skip
        return self._kept("CountingStarted", why, counting)

    def step(self, counting: Counting, *, drifted: bool) -> Rest | Done:
        """Make the job, wait for it, take what it has counted, or try again."""
        document = self.app.objects.get_json(self.app.settings.artifacts_bucket, f"{counting.folder}/{jobs.JOB}")
        if document is None:
            return self._kept("CountingGivenUp", f"{counting.folder} is gone; its hours are looked at anew", None)
        seen = self.app.processing.find(counting.name)
        move = jobs.next_move(counting, seen.status if seen else None, self.now)
        try:
            if move == "take":
                return self._take(counting, document)
            if move == "create":
                self._create(counting, document)
        except (Rejected, ValueError, KeyError) as error:
            return self._failed(counting, document, str(error))
        if seen is not None and move == "fail":
            why = f"it has {seen.status.lower()}" if seen.status == "Failed" else "it was stopped"
            return self._failed(counting, document, f"{why}: {seen.reason or 'no reason is given'}")
        return self._wait(counting, drifted=drifted)

    def _create(self, counting: Counting, document: dict[str, Any]) -> None:
        pointer = models.find(self.app.table, self.model)
        if pointer is None or pointer.container is None:
            raise Rejected(NO_CONTAINER)
        self.app.processing.create(jobs.request(self.app.settings, pointer.container, counting, document))

    def _take(self, counting: Counting, document: dict[str, Any]) -> Done:
        bucket = self.app.settings.artifacts_bucket
        listed = self.app.objects.listed(bucket, f"{counting.output}/")
        shares = [json.loads(self.app.objects.get(bucket, key)) for key, _ in listed]
        self._ready(counting, document, jobs.merged(document, shares))
        return self._kept("", "", None)

    def _failed(self, counting: Counting, document: dict[str, Any], why: str) -> Done:
        """Tried again after a pause; after the last attempt, its hours are unknown and say why."""
        said = f"version {counting.version}: {counting.says} could not be counted by the job {counting.name}: {why}"
        after = jobs.again(counting, self.app.settings, self.model, self.now)
        if after is not None:
            return self._kept("CountingFailed", f"{said}; again from {after.begin:%H:%M} on", after)
        lost = f"{jobs.ATTEMPTS} jobs could not count it, the last ({counting.name}) because {why}"
        self._ready(counting, document, jobs.given_up(document, lost))
        return self._kept("CountingGivenUp", f"{said}; after {jobs.ATTEMPTS} attempts they are unknown", None)

    def _ready(self, counting: Counting, document: dict[str, Any], found: dict[datetime, Counted]) -> None:
        """For the next look to fold; where the state is gone, that look counts anew."""
        key = records.state_key(self.model, counting.version)
        kept = self.app.objects.get_json(self.app.settings.artifacts_bucket, key)
        if kept is not None:
            state = State.from_json(kept)
            ready = {**state.ready, **jobs.added(document, state.hours, found)}
            self._put(key, replace(state, ready=ready).to_json())

    def _wait(self, counting: Counting, *, drifted: bool) -> Rest:
        attempt = f", attempt {counting.attempt} of {jobs.ATTEMPTS}" if counting.attempt > 1 else ""
        begins = f", from {counting.begin:%H:%M} on" if counting.begin > self.now else ""
        why = f"version {counting.version}: {counting.says} are counted by the job {counting.name}{attempt}{begins}"
        until = max(self.now + jobs.POLL, counting.begin)
        return Rest(until=until, code="drifted-counting" if drifted else "counting", why=why, silent=True)

    def _kept(self, what: str, why: str, counting: Counting | None) -> Done:
        """Fenced, with the entry that tells of it."""
        values: dict[str, Any] = {jobs.KEPT: counting.to_item()} if counting else {}
        entries = (Entry(model=self.model, at=self.now, actor=ACTOR, what=what, why=why),) if what else ()
        change = fence(keys.MONITOR, self.item, values, () if counting else (jobs.KEPT,))
        self.app.table.transact([change, *(entry.write() for entry in entries)])
        return Done(entries=entries)

    def _put(self, key: str, document: Any) -> None:
        self.app.objects.put(self.app.settings.artifacts_bucket, key, json.dumps(document).encode())
