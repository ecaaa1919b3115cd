"""Policies where they are kept: of roles, queues and topics in moto, of buckets in S3, permissions in Lambda."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from localaws.functions.model import Function
from localaws.iam.refusals import unknown
from localaws.motoapps import Moto
from localaws.sqs import Queue
from localaws.wire import Call

_AWS_POLICY = "arn:aws:iam::aws:policy/"


class Kept:
    """Documents as texts, as they are at the moment; to be used under the lock."""

    def __init__(
        self,
        moto: Moto,
        queues: Mapping[str, Queue],
        functions: Mapping[str, Function],
        buckets: Callable[[str], str | None],
    ) -> None:
        self._moto = moto
        self._queues = queues
        self._buckets = buckets
        self._functions = functions

    def of_role(self, arn: str) -> tuple[str, ...]:
        """The inline and the attached policies of a role; none for a role that is not there."""
        role = self._role(arn)
        if role is None:
            return ()
        if role.permissions_boundary_arn:
            raise unknown("a permissions boundary")
        return (*role.policies.values(), *map(_default, role.managed_policies.values()))

    def of_resource(self, arn: str) -> str | None:
        """The policy of a resource by its ARN; None where it has none."""
        if arn == "*":
            return None
        find = self._finders().get(arn.split(":", 3)[2])
        return find(arn) if find else None

    def _finders(self) -> dict[str, Callable[[str], str | None]]:
        return {
            "s3": self._bucket,
            "sqs": self._queue,
            "sns": self._topic,
            "lambda": self._function,
        }

    def _role(self, arn: str) -> Any:
        roles = self._moto.backend("iam").roles.values()
        return next((role for role in roles if role.arn == arn), None)

    def there(self, arn: str) -> bool:
        """Whether a queue, a topic or a function is there."""
        kind, name = arn.split(":")[2], arn.rsplit(":", 1)[-1]
        if kind == "lambda":
            return name in self._functions
        return name in self._queues if kind == "sqs" else arn in self._moto.backend(kind).topics

    def of_trust(self, arn: str) -> str | None:
        """The policy that says who may assume a role; None where there is no such role."""
        role = self._role(arn)
        return role.assume_role_policy_document if role else None

    def _bucket(self, arn: str) -> str | None:
        return self._buckets(arn.split(":::", 1)[-1].split("/", 1)[0])

    def _queue(self, arn: str) -> str | None:
        queue = self._queues.get(arn.rsplit(":", 1)[-1])
        return queue.attributes.get("Policy") if queue else None

    def _topic(self, arn: str) -> str | None:
        topic = self._moto.backend("sns").topics.get(arn)
        return topic.policy if topic else None

    def _function(self, arn: str) -> str | None:
        function = self._functions.get(arn.rsplit(":", 1)[-1])
        statements = list(function.permissions.values()) if function else []
        return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _default(policy: Any) -> str:
    return next(str(version.document) for version in policy.versions if version.is_default)


class AwsPolicies:
    """Puts AWS's own policies into moto's IAM when they are attached: to put all of them there takes a second."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def handle(self, call: Call) -> None:
        """Before moto's AttachRolePolicy; the call itself is moto's."""
        arn = call.form().get("PolicyArn", "") if call.operation == "AttachRolePolicy" else ""
        backend = self._moto.backend("iam")
        if arn.startswith(_AWS_POLICY) and arn not in backend.managed_policies:
            name = arn.rsplit("/", 1)[-1]
            if name in _aws_policies():
                data = _aws_policies()[name]
                policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
                backend.managed_policies[policy.arn] = policy


@cache
def _aws_policies() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(aws_managed_policies_data)
    return parsed
