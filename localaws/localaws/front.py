"""The front: every call, in process or from the port, goes through here to ours or to moto's services."""

from collections.abc import Callable
from email.utils import format_datetime

from localaws.calls import CallLog, is_happening, is_mutating
from localaws.errors import AwsError, NotEmulated
from localaws.faults import ConnectionFault, Faults, fail
from localaws.iam.guard import Guard
from localaws.motoapps import SERVICES, Moto
from localaws.wire import Answer, Call, Environ, error_answer, identify
from localaws.world import World

Handler = Callable[[Call], Answer | None]
AfterCall = Callable[[Call, Answer], None]


class Front:
    """Routes by credential scope; `own` handlers come first and answer None for what is moto's."""

    def __init__(self, world: World, moto: Moto, faults: Faults, calls: CallLog, guard: Guard) -> None:
        self._world = world
        self._moto = moto
        self._faults = faults
        self._calls = calls
        self._guard = guard
        self.own: dict[str, Handler] = {}
        self.after: list[AfterCall] = []
        # Notes what a call may have changed, where state is kept.
        self.called: Callable[[Call], None] = lambda call: None

    def __call__(self, environ: Environ) -> Answer:
        """Answers one request; faults may raise ConnectionFault or Crash instead."""
        call = identify(environ)
        self._world.clock.hold()
        try:
            answer = self._with_faults(call)
        except ConnectionFault:
            raise
        except AwsError as error:
            answer = error_answer(call, error)
        except Exception as exc:  # the edge: an emulator's bug is a 500 with its trace in the log
            self._world.log.exception("%s %s", call.service, call.operation)
            text = f"localaws failed at {call.service}:{call.operation}: {type(exc).__name__}: {exc}"
            answer = error_answer(call, AwsError("InternalFailure", text, 500))
        self._calls.add(call, answer.status, self._world.now())
        if not answer.header("Date"):  # AWS dates every answer; clients take its time from there
            answer.headers.append(("Date", format_datetime(self._world.now(), usegmt=True)))
        return answer

    def _with_faults(self, call: Call) -> Answer:
        mode = self._faults.strike(call, self._world.now()) if self._faults.planned else None
        if mode and not mode.after:
            fail(mode, call)
        answer = self._answer(call)
        if mode:
            fail(mode, call)
        return answer

    def _answer(self, call: Call) -> Answer:
        handler = self.own.get(call.service)
        if handler is None and call.service not in SERVICES:
            raise NotEmulated(f"the service {call.service}")
        self._guard.check(call)
        try:
            answer = handler(call) if handler else None
            if answer is None:
                answer = self._moto.answer(call)
        finally:
            if is_mutating(call):
                self.called(call)
        if answer.status == 404 and call.service == "s3":
            self._guard.check_missing(call)
        if answer.status < 300 and is_mutating(call):
            self._follow(call, answer)
        self._world.keep()
        return answer

    def happened(self, call: Call, answer: Answer) -> None:
        """A deployment's own call has changed something."""
        self.called(call)
        self._follow(call, answer)

    def _follow(self, call: Call, answer: Answer) -> None:
        self._world.activity += is_happening(call)
        with self._world.lock:
            for after in self.after:
                after(call, answer)
