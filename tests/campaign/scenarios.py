"""What is asked of Leeway, and whose calls may fail meanwhile. Each begins from a model of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from leeway.spec import Retraining
from localaws import Lifecycle, LocalAWS
from localaws.sagemaker.hosting import Host
from tests import cold
from tests.clock import BEGINS
from tests.local.alarmed import Alarmed
from tests.local.contest import Contest
from tests.local.judged import Judged
from tests.local.onboarding import INBOX
from tests.local.registered import Registered
from tests.local.trainings import BREAKS, MODEL, REGISTERS, TAKES, Trainings
from tests.local.watched import Watched

ROOT = Path(__file__).parents[2]
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CONVERGED = timedelta(hours=3)  # of virtual time, after which nothing more comes of anything


@dataclass(frozen=True, kw_only=True)
class World:
    """The embedded AWS with the real template, and the two ways to have a model on it."""

    aws: LocalAWS

    @property
    def trainings(self) -> Trainings:
        """A model whose trainings have no jobs."""
        return Trainings(aws=self.aws)

    @property
    def registered(self) -> Registered:
        """A model whose versions are registered by hand."""
        return Registered(aws=self.aws)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`prepare` comes before any fault; `act` is what happens then; the calls of `callers` may fail."""

    name: str
    callers: tuple[str, ...]
    prepare: Callable[[World], None]
    act: Callable[[World], None]


def world(stack: ExitStack, folder: Path, begins: datetime = BEGINS) -> World:
    """An embedded AWS for one scenario, closed with the stack."""
    cold.start()
    # Cases ask no model, and its container would take as long as all the rest of a case: it starts when it is asked.
    stack.enter_context(patch.object(Host, "start", Host.fetched))
    aws = stack.enter_context(LocalAWS(state_dir=folder, lifecycle=Lifecycle(step_start=TAKES), start=begins))
    aws.deploy(ROOT / "template.yaml", stack="leeway")
    return World(aws=aws)


def _onboarded(world: World) -> None:
    world.trainings.onboard(REGISTERS, retraining=Retraining(daily_cap=10))
    world.aws.settle()


def _patient(world: World) -> None:
    """A message whose reader died is seen again after twelve minutes, and belongs to the same training still."""
    world.trainings.onboard(REGISTERS, retraining=Retraining(daily_cap=10), quiet_period=15 * MINUTE)
    world.aws.settle()


def _begun(world: World) -> None:
    world.registered.begin()
    world.aws.settle()


def _two_files(world: World) -> None:
    """In two deliveries."""
    world.trainings.drop("one")
    world.aws.settle()
    world.trainings.drop("two", 30)


def _bad_file(world: World) -> None:
    world.aws.client("s3").put_object(Bucket=INBOX, Key=f"inbox/{MODEL}/bad.csv", Body=b"no,such,columns\n1,2,3\n")
    world.aws.settle()
    world.trainings.drop("good")


def _fails(world: World) -> None:
    world.trainings.onboard(BREAKS, retraining=Retraining(daily_cap=10))
    world.aws.settle()


def _refused(world: World) -> None:
    """As soon as there is a run, which may take longer where something goes wrong."""
    world.trainings.drop("one")
    end = world.aws.now() + HOUR
    while not world.trainings.runs() and world.aws.now() < end:
        world.aws.advance(MINUTE / 2)
    world.trainings.refuse()


def _by_hand(world: World) -> None:
    world.trainings.request()


def _with_data(world: World) -> None:
    _onboarded(world)
    world.trainings.drop("one")
    world.aws.advance(10 * MINUTE)


def _watched(world: World) -> None:
    Alarmed(aws=world.aws).begin(REGISTERS, cooldown=12 * HOUR)


def _drifts(world: World) -> None:
    """The monitor measures drift, the alarm is raised, and what waits is trained on because of it."""
    Alarmed(aws=world.aws).drift()


def _judged(world: World) -> None:
    """The training stands before its last step, which registers what may be approved without anybody."""
    model = Judged(aws=world.aws)
    model.begin("auto")
    model.train("one")


def _goes_on(world: World) -> None:
    """Nothing is done but that time passes."""


def _contested(world: World) -> None:
    Contest(aws=world.aws).begin(horizon=HOUR / 4)
    world.aws.settle()


def _challenged(world: World) -> None:
    """Comes up beside the champion, is asked by nobody, and goes at the horizon."""
    model = Contest(aws=world.aws)
    model.decide(model.register("two", champion="one"))


def _first(world: World) -> None:
    model = world.registered
    model.decide(model.register("one"))


def _serving(world: World) -> None:
    _begun(world)
    model = world.registered
    model.serve(model.register("one"))
    world.aws.settle()


def _second(world: World) -> None:
    model = world.registered
    model.decide(model.register("two", champion="one"))


def _two_serve(world: World) -> None:
    _serving(world)
    _second(world)
    world.aws.advance(10 * MINUTE)


def _rejected(world: World) -> None:
    model = world.registered
    found = model.sagemaker.list_model_packages(ModelPackageGroupName="leeway-churn", SortOrder="Ascending")
    model.decide(found["ModelPackageSummaryList"][-1]["ModelPackageArn"], "Rejected")


def _other_champion(world: World) -> None:
    """Compared with nothing, while a version serves: it is held, and a training is asked for."""
    model = world.registered
    model.decide(model.register("two"))


def _asked_for_an_hour(world: World) -> None:
    """The captures of an hour are there, and the look at them is to come."""
    model = Watched(aws=world.aws)
    model.begin()
    hour = world.aws.now().replace(minute=0) + HOUR
    model.ask(hour, 200)
    world.aws.advance_to(hour + HOUR + 5 * MINUTE)


def _two_registered(world: World) -> None:
    _begun(world)
    model = world.registered
    model.register("one")
    model.register("two")
    world.aws.settle()


def _approvals(world: World) -> None:
    """Four events: both are approved, the first is edited, the second rejected; the first has to serve in the end."""
    model = world.registered
    one, two = (f"arn:aws:sagemaker:us-east-1:{world.aws.account}:model-package/leeway-churn/{n}" for n in (1, 2))
    for act in (lambda: model.decide(one), lambda: model.decide(two), lambda: model.edit(one)):
        act()
        world.aws.advance(SECOND)
    model.decide(two, "Rejected")


ARRIVAL, TICK = "leeway-data-arrival", "leeway-tick"
RETRAINER, ROLLOUT = "leeway-retrainer", "leeway-rollout"
CHANGED, APPROVAL = "leeway-sagemaker-changed", "leeway-model-approval"
ALARM, APPROVER, MONITOR = "leeway-drift-alarm", "leeway-approver", "leeway-monitor"

SCENARIOS = (
    Scenario(name="files", callers=(ARRIVAL, RETRAINER, CHANGED, TICK), prepare=_patient, act=_two_files),
    Scenario(name="bad-file", callers=(ARRIVAL,), prepare=_onboarded, act=_bad_file),
    Scenario(name="refused", callers=(RETRAINER,), prepare=_fails, act=_refused),
    Scenario(name="by-hand", callers=(RETRAINER,), prepare=_with_data, act=_by_hand),
    Scenario(name="alarm", callers=(ALARM, RETRAINER), prepare=_watched, act=_drifts),
    Scenario(name="approved", callers=(APPROVER, CHANGED), prepare=_judged, act=_goes_on),
    Scenario(name="challenger", callers=(ROLLOUT, APPROVAL), prepare=_contested, act=_challenged),
    Scenario(name="first", callers=(APPROVAL, ROLLOUT, CHANGED), prepare=_begun, act=_first),
    Scenario(name="second", callers=(APPROVAL, ROLLOUT, CHANGED, TICK), prepare=_serving, act=_second),
    Scenario(name="back", callers=(APPROVAL, ROLLOUT), prepare=_two_serve, act=_rejected),
    Scenario(name="other-champion", callers=(ROLLOUT, RETRAINER), prepare=_serving, act=_other_champion),
    Scenario(name="monitor", callers=(MONITOR,), prepare=_asked_for_an_hour, act=_goes_on),
    Scenario(name="approvals", callers=(), prepare=_two_registered, act=_approvals),
)
