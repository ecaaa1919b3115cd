"""What an emulated service sees of the embedded AWS: time, agenda, events, S3 and jobs."""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from localaws.agenda import Agenda
from localaws.clock import Clock
from localaws.hostingfaults import HostingFaults
from localaws.jobfaults import JobFaults
from localaws.jobs import Jobs
from localaws.journal import Journal
from localaws.lifecycle import Lifecycle
from localaws.metrics import Metrics


def stays(_: float) -> bool:
    """Of an item of the agenda that may not be passed over."""
    return False


class ObjectStore(Protocol):
    """S3 for emulated services, without network; a put emits the S3 event as any other put does."""

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """The bytes of an object; AwsError NoSuchBucket or NoSuchKey when it is not there."""
        ...

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        content_type: str = "application/octet-stream",
        metadata: dict[str, str] | None = None,
    ) -> str:
        """Writes an object and answers its ETag without quotes."""
        ...

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Copies an object into a file, whose folder is there; errors as of `get`."""
        ...

    def store(self, bucket: str, key: str, source: Path, content_type: str = "application/octet-stream") -> str:
        """Writes a file as an object, as `put` does, without holding it in memory."""
        ...

    def list(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys that start with `prefix`, sorted; AwsError NoSuchBucket when the bucket is not there."""
        ...

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there; a missing bucket is False."""
        ...


class Authority(Protocol):
    """What SageMaker may do in the name of the roles that it is given."""

    def assumes(self, role: str, source: str) -> bool:
        """Whether it may assume a role for a resource of its own."""
        ...

    def store(self, role: str) -> ObjectStore:
        """S3 as a role may use it: AwsError AccessDenied for the rest."""
        ...

    def call(self, role: str, session: str, operation: str, request: dict[str, Any]) -> None:
        """AwsError AccessDeniedException where a pipeline's role may not make a step's call."""
        ...

    def pulls(self, role: str, image: str) -> bool:
        """Whether a role may pull an image."""
        ...

    def logs(self, role: str, group: str, stream: str) -> bool:
        """Whether a role may write a log stream."""
        ...


@dataclass(kw_only=True)
class World:
    """Handed to every emulated service; services know nothing else of each other."""

    account: str
    region: str
    state_dir: Path
    clock: Clock
    agenda: Agenda
    s3: ObjectStore
    authority: Authority = field(init=False)  # needs the world, and is put in as soon as there is one
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    image_python: Path | None = None
    address: str = "http://localhost:4566"  # where the port is, for URLs that are told
    job_faults: JobFaults = field(default_factory=JobFaults)
    hosting_faults: HostingFaults = field(default_factory=HostingFaults)
    lock: threading.RLock = field(default_factory=threading.RLock)
    journal: Journal = field(default_factory=Journal)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("localaws"))

    def __post_init__(self) -> None:
        self.jobs, self.metrics = Jobs(self.later, self.journal), Metrics(self.journal)
        # Writes down what has changed, where state is kept.
        self.keep: Callable[[], None] = lambda: None
        # Told, in a sentence, where what has changed can be written down no more.
        self.broken: Callable[[str], None] = lambda why: None
        # Whether an action of the agenda is under way under the lock, which is written down as a whole.
        self.stepping = False
        self.deliver: Callable[[dict[str, Any]], None] = lambda event: None
        self.activity = 0
        # Alarms are to be looked at, since something was measured without a call.
        self.measured: Callable[[], None] = lambda: None
        # The state of an alarm by its name, None where there is none; and who is told of each change.
        self.alarm_state: Callable[[str], str | None] = lambda name: None
        # Lets virtual time pass for a caller who waits.
        self.pause: Callable[[float], None] = lambda seconds: None
        self.on_alarm: list[Callable[[str, str], None]] = []
        # Called at close(), once: to end child processes.
        self.closing: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present virtual time, in UTC."""
        return self.clock.now()

    def later(self, seconds: float, action: Callable[[], None], label: str, *, kept: bool = True) -> None:
        """Puts an action on the agenda, `seconds` of virtual time from now; it runs on the pump, under the lock."""
        self.agenda.put(self.clock.timestamp() + max(seconds, 0.0), action, label, locked=True, kept=kept)

    def at(self, when: datetime, action: Callable[[], None], label: str, *, quiet: bool = False) -> None:
        """Puts an action on the agenda for a virtual time; it runs on the pump, under the lock.

        A quiet one wakes nobody who is idle until something happens; what comes of it may.
        """
        self.agenda.put(when.timestamp(), action, label, stays if quiet else None, locked=True)

    def envelope(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event with version, id, account, time, region and resources filled in where they are not given."""
        filled: dict[str, Any] = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "account": self.account,
            "time": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": [],
        }
        return filled | event

    def emit(self, event: dict[str, Any]) -> None:
        """Sends an event to the default bus, as one of AWS's own services."""
        self.deliver(self.envelope(event))

    def background[T](
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
        label: str,
        *,
        lost: Callable[[], None],
    ) -> None:
        """Runs a job in a thread, then `done(result)` or `failed(error)` on the pump; settle() waits for it.

        `lost` is kept over a restart, and called then where the job has not come to its end.
        """
        self.jobs.start(work, done, failed, label, lost)
