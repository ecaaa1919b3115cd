"""LocalAWS: all parts put together, in one process."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import boto3

from localaws import inprocess
from localaws.agenda import Agenda
from localaws.alarms import Alarms
from localaws.calls import CallLog
from localaws.clock import Clock
from localaws.dynamodb import Tables
from localaws.errors import StateError
from localaws.eventbridge import EventBridge
from localaws.faults import Delivery, EventHook, Faults
from localaws.front import Front
from localaws.functions.runner import Runner
from localaws.functions.service import Lambda
from localaws.iam.authority import Authority
from localaws.iam.guard import Guard
from localaws.iam.kept import Kept
from localaws.iam.present import Present
from localaws.journal import Journal
from localaws.keeping.assembly import kept_in
from localaws.keeping.file import StateFile
from localaws.keeping.keeper import Keeper
from localaws.lifecycle import Lifecycle
from localaws.motoapps import Moto
from localaws.ours import ours
from localaws.parameters import Parameters
from localaws.pauses import Pauses
from localaws.pollers import Pollers
from localaws.pump import Pump
from localaws.s3.service import S3
from localaws.sagemaker import SageMaker
from localaws.sagemaker.analysis import Finding
from localaws.sagemaker.batches import Answered
from localaws.sagemaker.serving import Asked
from localaws.scheduler import Scheduler
from localaws.sqs import Queues
from localaws.stacks.deployer import Deployer, Stack
from localaws.stacks.made import Services
from localaws.stacks.straight import Straight
from localaws.subscriptions import Subscriptions
from localaws.targets import Targets
from localaws.traffic import Traffic
from localaws.wire import Answer, Call
from localaws.world import World

_SENDING = {"SendMessage", "ChangeMessageVisibility", "Publish"}


class LocalAWS:
    """An AWS in this process; one at a time. Nothing moves but in settle(), advance() or the server's thread."""

    _keeper: Keeper | None = None

    def __init__(
        self,
        *,
        state_dir: Path,
        account: str = "123456789012",
        region: str = "us-east-1",
        start: datetime | None = None,
        lifecycle: Lifecycle | None = None,
        image_python: Path | None = None,
        address: str = "http://localhost:4566",
        keep: bool = False,
    ) -> None:
        # Jobs have a working folder of their own, in which a relative path means nothing.
        state_dir, image_python = state_dir.absolute(), image_python.absolute() if image_python else None
        state_dir.mkdir(parents=True, exist_ok=True)
        file = StateFile(state_dir) if keep else None
        self.faults, self.calls = Faults(), CallLog()
        self._clients: dict[tuple[str, str], Any] = {}
        self.account, self.region, self.state_dir = account, region, state_dir
        inprocess.connect(lambda environ: self.front(environ), region)  # noqa: PLW0108  the front comes later
        Moto.reset()
        clock = Clock(state_dir / "clock.json", start, goes_on=file is not None and not file.new)
        try:
            self.world = self._world(clock, lifecycle or Lifecycle(), image_python)
        except StateError:
            clock.close()
            inprocess.disconnect()
            raise
        self.world.address = address
        self.pump = Pump(self.world)
        self._pauses = Pauses(self.world, self.pump)
        self._wire()
        self._keeper = kept_in(file, self, self._moto) if file else None

    def _world(self, clock: Clock, lifecycle: Lifecycle, image_python: Path | None) -> World:
        journal = Journal()
        world = World(
            account=self.account,
            region=self.region,
            state_dir=self.state_dir,
            clock=clock,
            agenda=Agenda(journal),
            journal=journal,
            s3=None,  # type: ignore[arg-type]  # S3 needs the world, and is put in just below
            lifecycle=lifecycle,
            image_python=image_python,
            job_faults=self.faults.jobs,
            hosting_faults=self.faults.hosting,
        )
        self._moto = Moto(self.account, self.region, world.lock)
        self._s3 = world.s3 = S3(world)
        return world

    def _wire(self) -> None:
        world, moto = self.world, self._moto
        queues = self.queues = Queues(world)
        targets = Targets(world, moto, queues, self.faults)
        self.lambda_ = Lambda(world, Runner(self.region, self.state_dir / "logs", world.journal), targets.send_or_log)
        targets.invoke_async = self.lambda_.invoke_async
        self.bus = EventBridge(world, moto, targets)
        world.deliver = self.bus.deliver
        self.pollers = Pollers(world, queues, self.lambda_.invoke)
        targets.sent = self.pollers.wake
        self.scheduler = Scheduler(world, targets, self.lambda_)
        self.sagemaker = SageMaker(world)
        self.parameters, self.tables = Parameters(world), Tables(world.journal)
        guard = self._guard = self._guarding(targets)
        front = self.front = Front(world, moto, self.faults, self.calls, guard)
        client = cache(lambda name: Straight(front, moto, name))
        self.deployer = Deployer(Services(world, client, self.lambda_, self.pollers, self.scheduler, guard))
        self.alarms = Alarms(world, moto, queues, targets)
        self.front.own |= ours(self, moto, self._s3, guard)
        self.front.after += [self._after, self.alarms.after]
        parts = self.sagemaker, self.deployer, self._s3, self._pauses, self._subscriptions
        world.closing += [part.close for part in parts]
        self._traffic = Traffic(world, self.pump, self.sagemaker.runtime, self.alarms.plan)

    def _guarding(self, targets: Targets) -> Guard:
        kept = Kept(self._moto, self.queues.queues, self.lambda_.functions, self._s3.policy)
        guard = Guard(self.world, kept, self.lambda_, Present(self._s3.tagged, self.sagemaker.endpoints))
        targets.permit, self.pollers.permit = guard.permit, guard.receives
        self.world.authority = Authority(guard, self.world)
        self._subscriptions = Subscriptions(self.world, self.queues, guard.permit)
        return guard

    def _after(self, call: Call, _: Answer) -> None:
        if call.operation.removesuffix("Batch") in _SENDING:
            self.pollers.wake()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that reached a bus, in order; the last 100,000 of them."""
        return list(self.bus.events)

    @property
    def denied(self) -> list[str]:
        """What was denied for want of a permission, in order, each as a sentence: calls and deliveries."""
        return list(self._guard.denied)

    def deploy(self, template: Path, stack: str = "leeway", parameters: dict[str, str] | None = None) -> Stack:
        """Deploys a template, or updates its stack; DeployRefused for all that is not known."""
        with self._keeper.together() if self._keeper else nullcontext():
            self.world.journal.note("deployment", "")
            return self.deployer.deploy(template, stack, parameters or {})

    def client(self, name: str, function: str | None = None) -> Any:
        """A boto3 client in process, with the credentials of a function by its name, or of nobody."""
        who = function or "client"
        if (name, who) not in self._clients:
            self._clients[name, who] = cast("Any", self.session(who)).client(name)
        return self._clients[name, who]

    def session(self, function: str | None = None) -> boto3.Session:
        """A boto3 session whose every client is in process; without a name, the function that runs is the caller."""
        return inprocess.session(self.region, function)

    def fetch(self, method: str, url: str, *, function: str | None = None, signed: bool = True, **rest: Any) -> Answer:
        """Calls a function's URL in process, as a function or as nobody; `rest` are headers and data."""
        return self.front(inprocess.request(self.session(function), method, url, signed=signed, **rest))

    def now(self) -> datetime:
        """The present virtual time, in UTC."""
        return self.world.now()

    def settle(self, timeout: float = 600.0) -> None:
        """Runs all that is due now, and waits for running jobs; `timeout` in real seconds."""
        self.pump.settle(timeout)

    def advance(self, by: timedelta, timeout: float = 600.0) -> None:
        """Moves virtual time on, from due item to due item."""
        self.advance_to(self.now() + by, timeout)

    def advance_to(self, moment: datetime, timeout: float = 600.0) -> None:
        """Moves virtual time on to a moment, from due item to due item."""
        if moment.tzinfo is None:
            raise StateError("advance_to() needs a moment with a time zone")
        self.pump.advance_to(moment.astimezone(UTC).timestamp(), timeout)

    def traffic(self, endpoint: str, asked: Iterable[Asked]) -> list[Answered]:
        """Calls an endpoint at the calls' own moments, many at once; they leave what single calls would leave."""
        return self._traffic.send(endpoint, asked)

    def monitor_finds(self, schedule: str, **finding: Any) -> None:
        """What a monitoring schedule's next run finds: `violations`, `files` by their names, `metrics` by theirs."""
        self.sagemaker.monitoring.finds(schedule, Finding(**finding))

    def on_event(self, hook: EventHook) -> None:
        """Adds a hook that says what becomes of each event: a Delivery, or None for the usual."""
        self.bus.hooks.append(hook)

    def drop_events(self, source: str | None = None) -> None:
        """Loses every event (of a source) from now on."""
        self.on_event(lambda event: Delivery(copies=0) if source in (None, event["source"]) else None)

    def duplicate_events(self, source: str | None = None) -> None:
        """Delivers every event (of a source) twice from now on."""
        self.on_event(lambda event: Delivery(copies=2) if source in (None, event["source"]) else None)

    def logs(self, function: str) -> str:
        """All that a function printed, by its name."""
        file = self.state_dir / "logs" / f"{function}.log"
        return file.read_text() if file.exists() else ""

    def close(self) -> None:
        """Gives back the clock, moto and the import path; the state is gone, unless it is kept."""
        self.pump.stop()
        if self._keeper:
            self._keeper.close()
        for closing in self.world.closing:
            closing()
        Moto.reset()
        self.world.clock.close()
        inprocess.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
