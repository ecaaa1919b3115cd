"""Enforces policies: each call of a function by its role, each delivery by the policies of sender and target."""

from __future__ import annotations

from collections import deque

from localaws.errors import AwsError
from localaws.functions.service import Lambda
from localaws.iam.asked import Asked, Need, State
from localaws.iam.denials import denied, not_in_the_table
from localaws.iam.evaluator import ASSUME, Decision, Pairs, Request, decide
from localaws.iam.kept import Kept
from localaws.iam.needs import TABLE
from localaws.iam.needs.s3 import missing
from localaws.iam.principals import Principal
from localaws.pollers import Mapping
from localaws.targets import Sender
from localaws.wire import CALLER_PREFIX, Call, signature
from localaws.world import World

BY_URL = "InvokeFunctionUrl"  # decided where it is answered
RECEIVING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_HANDING_OVER = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}


class Guard:
    """Functions act by their roles. Everybody else is the laptop's user, whom no policy binds."""

    def __init__(self, world: World, kept: Kept, lambda_: Lambda, state: State) -> None:
        self._world = world
        self._kept = kept
        self._lambda = lambda_
        self._state = state
        # What was denied, the last of it last.
        self.denied: deque[str] = deque(maxlen=1000)
        # Every call comes over TLS, as the port stands for the real endpoints, and stays in the account.
        self._usual: Pairs = (
            ("aws:requestedregion", (world.region,)),
            ("aws:resourceaccount", (world.account,)),
            ("aws:securetransport", ("true",)),
        )

    def check(self, call: Call) -> None:
        """Raises the service's error where the caller's role does not allow the call."""
        principal = self.caller(call)
        if principal is None or call.operation == BY_URL:
            return
        needs = TABLE.get(call.service, {}).get(call.operation)
        if needs is None:
            raise self._told(not_in_the_table(call.service, call.operation, principal))
        for need in needs(self._asked(call)):
            self.require(principal, need, call.service, call.operation)

    def check_missing(self, call: Call) -> None:
        """S3 tells that something is not there only to those who may list the bucket; AwsError for all others."""
        principal = self.caller(call)
        if principal is not None:
            for need in missing(self._asked(call)):
                self.require(principal, need, call.service, call.operation)

    def require(self, principal: Principal, need: Need, service: str, operation: str = "") -> None:
        """Raises the service's error, and logs it, where a need is not met."""
        decision = self.decide(principal, need)
        if not decision.allowed:
            raise self._told(denied(service, principal, need, decision, operation))

    def permit(self, sender: Sender, arn: str) -> None:
        """Raises the target's error where a sender may not hand anything over to it; a missing one says so itself."""
        service, resource = arn.split(":")[2], arn.removesuffix(":$LATEST")
        if not self._kept.there(resource):
            return
        if sender.role:
            self.require(
                self.session(sender.role, sender.session),
                Need(action=_HANDING_OVER[service], resource=resource),
                service,
            )
        else:
            keys = self._source(sender.source)
            if sender.service == "cloudwatch.amazonaws.com":
                # A topic's first policy asks for this key, and lets alarms in but no rules.
                keys = (*keys, ("aws:sourceowner", (self._world.account,)))
            need = Need(action=_HANDING_OVER[service], resource=resource, keys=keys)
            self.require(Principal(service=sender.service), need, service)

    def receives(self, mapping: Mapping) -> bool:
        """Whether the role of a mapping's function may receive from its queue; if not, that is logged."""
        function = self._lambda.functions.get(mapping.function.rsplit(":", 1)[-1])
        return function is not None and not self.not_receiving(function.role, mapping.queue_arn)

    def not_receiving(self, role: str, queue: str) -> list[str]:
        """What a role lacks to receive from a queue."""
        session = self.session(role, "lambda")
        needs = [Need(action=f"sqs:{operation}", resource=queue) for operation in RECEIVING]
        lacking = [need.action for need in needs if not self.decide(session, need).allowed]
        if lacking:
            self._note(f"Role: {role} is not authorized to perform: {', '.join(lacking)} on resource: {queue}")
        return lacking

    def assumable(self, role: str, service: str, source: str = "") -> bool:
        """Whether a role lets a service act by it, for a source of the account where the service names one."""
        keys = self._source(source) if source else ()
        return self.decide(Principal(service=service), Need(action=ASSUME, resource=role, keys=keys)).allowed

    def _source(self, arn: str) -> Pairs:
        return (("aws:sourceaccount", (self._world.account,)), ("aws:sourcearn", (arn,)))

    def decide(self, principal: Principal, need: Need) -> Decision:
        """By the policies of the role, and of the resource where it has one."""
        request = Request(principal=principal, action=need.action, resource=need.resource, keys=self._usual + need.keys)
        with self._world.lock:
            identity = self._kept.of_role(principal.role) if principal.role else ()
            find = self._kept.of_trust if need.action == ASSUME else self._kept.of_resource
            return decide(request, identity, find(need.resource))

    def simulated(self, role: str, action: str, resource: str) -> Decision | None:
        """What the role's own policies say of an action, for nobody's request; None where there is no such role."""
        principal = self.session(role, "simulated")
        request = Request(principal=principal, action=action, resource=resource, keys=self._usual)
        with self._world.lock:
            if self._kept.of_trust(role) is None:
                return None
            return decide(request, self._kept.of_role(role), None)

    def session(self, role: str, name: str) -> Principal:
        """Who acts by a role, under a session's name."""
        session = f"arn:aws:sts::{self._world.account}:assumed-role/{role.rsplit('/', 1)[-1]}/{name}"
        return Principal(account=role.split(":")[4], role=role, session=session)

    def caller(self, call: Call) -> Principal | None:
        """The session of the function that calls; None for the laptop's user."""
        function = self._lambda.functions.get(call.caller)
        return self.session(function.role, function.name) if function else None

    def identity(self, call: Call) -> str:
        """ARN of who calls: the session of a function's role, or a user that has the name of the access key."""
        principal = self.caller(call)
        if principal is not None:
            return principal.session
        key, _ = signature(call.environ)
        ours = not key or key.startswith(CALLER_PREFIX)
        return f"arn:aws:iam::{self._world.account}:user/{call.caller if ours else key}"

    def _asked(self, call: Call) -> Asked:
        return Asked(call=call, account=self._world.account, region=self._world.region, state=self._state)

    def _told(self, error: AwsError) -> AwsError:
        self._note(error.message)
        return error

    def _note(self, told: str) -> None:
        self.denied.append(told)
        self._world.log.warning("denied: %s", told)
