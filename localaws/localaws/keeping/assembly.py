"""What is kept of which service, and how they are named where something refers to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws import agenda, metrics
from localaws.alarms import Alarms
from localaws.dynamodb import Tables
from localaws.dynamodb.tables import ITEMS, TABLES
from localaws.errors import StateError
from localaws.eventbridge import EventBridge
from localaws.functions.runner import MARKS
from localaws.functions.service import Lambda
from localaws.journal import Noting
from localaws.keeping.file import StateFile
from localaws.keeping.keeper import Keeper
from localaws.keeping.live import Live
from localaws.keeping.parts import Mapped, Part, Rows, Whole
from localaws.keeping.pickling import Pickling
from localaws.motoapps import Moto
from localaws.parameters import Parameters
from localaws.pollers import Pollers
from localaws.sagemaker import SageMaker
from localaws.sagemaker.capture import PART as CAPTURE
from localaws.sagemaker.strays import end_strays
from localaws.scheduler import Scheduler
from localaws.sqs import Queues
from localaws.sqs.queue import MESSAGES, QUEUES
from localaws.sqs.recent import SENT
from localaws.stacks.deployer import Deployer
from localaws.wire import Call
from localaws.world import World

if TYPE_CHECKING:
    from localaws.embedded import LocalAWS

# Services of moto's whose state is small, and written as one.
WHOLE = ("sns", "iam", "events", "logs")
# Operations that change nothing of what is kept, or note it themselves.
LEAVE = {("sns", "Publish"), ("sns", "PublishBatch"), ("events", "PutEvents")}
NOTED_AS = {"application-autoscaling": "sagemaker"} | {name: name for name in (*WHOLE, "sagemaker", "monitoring")}


@dataclass(frozen=True, kw_only=True)
class Services:
    """All that keeps something."""

    world: World
    moto: Moto
    queues: Queues
    lambda_: Lambda
    bus: EventBridge
    pollers: Pollers
    scheduler: Scheduler
    sagemaker: SageMaker
    alarms: Alarms
    parameters: Parameters
    tables: Tables
    deployer: Deployer


def kept_in(file: StateFile, aws: LocalAWS, moto: Moto) -> Keeper:
    """Take back what the file holds, and write to it from now on; StateError where it cannot be read."""
    assembly = Assembly(_services(aws, moto), file)
    try:
        assembly.keeper.open()
    except StateError:
        file.close()
        aws.close()
        raise
    end_strays(aws.state_dir)
    aws.front.called = assembly.called
    for one in (aws.deployer, aws.scheduler, aws.sagemaker, aws.pollers, aws.alarms):
        one.resume()
    return assembly.keeper


def _services(aws: LocalAWS, moto: Moto) -> Services:
    return Services(
        world=aws.world,
        moto=moto,
        queues=aws.queues,
        lambda_=aws.lambda_,
        bus=aws.bus,
        pollers=aws.pollers,
        scheduler=aws.scheduler,
        sagemaker=aws.sagemaker,
        alarms=aws.alarms,
        parameters=aws.parameters,
        tables=aws.tables,
        deployer=aws.deployer,
    )


class Assembly:
    """Puts the keeper together, and tells it of calls."""

    def __init__(self, services: Services, file: StateFile) -> None:
        self._services = services
        pickling = Pickling(_named(services))
        self.keeper = Keeper(services.world, file, pickling, self._parts(pickling))

    def called(self, call: Call) -> None:
        """A call has been carried out: what it changed is written before it is answered."""
        if call.service in NOTED_AS and (call.service, call.operation) not in LEAVE:
            self._services.world.journal.note(NOTED_AS[call.service], "")

    def _parts(self, pickling: Pickling) -> dict[str, Sequence[Part]]:
        one = self._services
        sagemaker = one.sagemaker
        moto: dict[str, Sequence[Part]] = {name: [_whole(one.moto, name)] for name in WHOLE}
        items = one.world.agenda
        noting: Sequence[Noting[Any, Any]] = (
            one.parameters.parameters,
            one.scheduler.schedules,
            sagemaker.registry.groups,
            sagemaker.registry.packages,
            sagemaker.models.models,
            sagemaker.models.configs,
            sagemaker.endpoints.targets.kept,
        )
        rows = {mapping.part: [Rows(mapping.part, mapping.get, mapping.__setitem__)] for mapping in noting}
        return (
            moto
            | rows
            | {
                TABLES: [Rows(TABLES, one.tables.kept, one.tables.restore)],
                ITEMS: [Rows(ITEMS, one.tables.item, one.tables.take_back, plain=True)],
                "monitoring": [Whole("monitoring", one.alarms.kept, one.alarms.restore), one.alarms.data],
                QUEUES: [Rows(QUEUES, one.queues.kept, one.queues.restore)],
                MESSAGES: [Rows(MESSAGES, one.queues.message, one.queues.take_back, plain=True)],
                SENT: [Rows(SENT, one.queues.sent, one.queues.sent_before, plain=True)],
                **_measured(one.world),
                MARKS: [Rows(MARKS, *_marks(one.lambda_))],
                "deployment": [
                    Mapped("stacks", one.deployer.stacks),
                    Mapped("functions", one.lambda_.functions),
                    Mapped("mappings", one.pollers.mappings),
                ],
                agenda.PART: [Rows(agenda.PART, items.kept.get, lambda _, item: items.take_back([item]))],
                "sagemaker": [Live(one.world, sagemaker, pickling)],
                CAPTURE: [Rows(CAPTURE, sagemaker.capture.line, sagemaker.capture.take_back, plain=True)],
            }
        )


def _named(one: Services) -> Mapping[str, Any]:
    sagemaker = one.sagemaker
    return {
        "world": one.world,
        "agenda": one.world.agenda,
        "clock": one.world.clock,
        "jobs": one.world.jobs,
        "lambda": one.lambda_,
        "bus": one.bus,
        "scheduler": one.scheduler,
        "alarms.composites": one.alarms.composites,
        "alarms.mutes": one.alarms.mutes,
        "sagemaker.registry": sagemaker.registry,
        "sagemaker.jobs": sagemaker.jobs,
        "sagemaker.monitoring": sagemaker.monitoring,
        "sagemaker.tuning": sagemaker.tuning,
        "sagemaker.executor": sagemaker.executor,
        "sagemaker.pipelines": sagemaker.pipelines,
        "sagemaker.models": sagemaker.models,
        "sagemaker.endpoints": sagemaker.endpoints,
        "sagemaker.shifting": sagemaker.endpoints.shifting,
        "sagemaker.capture": sagemaker.capture,
    }


def _whole(moto: Moto, name: str) -> Whole:
    def put(kept: Any) -> None:
        # The same dictionary for both: what is in it refers to the backend that was written.
        moto.backend(name).__dict__ = vars(kept)

    return Whole(name, lambda: moto.backend(name), put)


def _measured(world: World) -> dict[str, Sequence[Part]]:
    kept = world.metrics
    return {
        metrics.COUNTED: [
            Rows(metrics.COUNTED, lambda key: kept.counted[key[:3]].get(key[3]), kept.take_back, plain=True)
        ],
        metrics.SAMPLED: [Rows(metrics.SAMPLED, kept.sampled.get, kept.take_back_samples, plain=True)],
    }


def _marks(lambda_: Lambda) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    return (lambda key: lambda_.marks[key[0]][key[1]]), (
        lambda key, mark: lambda_.marks.setdefault(key[0], []).append(mark)
    )
