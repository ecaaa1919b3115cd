"""Decisions: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference"."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.errors import AwsError, NotEmulated
from localaws.iam.documents import identity_policy, resource_policy, trust_policy
from localaws.iam.evaluator import ASSUME, Request, decide
from localaws.iam.principals import Principal

pytestmark = pytest.mark.contract

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/reader-function"
READER = Principal(account=ACCOUNT, role=ROLE, session=SESSION)
EVENTS = Principal(service="events.amazonaws.com")
OBJECT = "arn:aws:s3:::box/in/a.csv"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::box/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(**more: Any) -> dict[str, Any]:
    return allow(**more) | {"Effect": "Deny"}


def asked(principal: Principal = READER, action: str = "s3:GetObject", resource: str = OBJECT, **keys: str) -> Request:
    pairs = tuple((name.replace("_", ":", 1), (value,)) for name, value in keys.items())
    return Request(principal=principal, action=action, resource=resource, keys=pairs)


def may(request: Request, *identity: str, resource: str | None = None) -> bool:
    return decide(request, identity, resource).allowed


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        pytest.param(allow(), True, id="allowed"),
        pytest.param(allow("s3:getobject"), True, id="actions-do-not-count-capitals"),
        pytest.param(allow("s3:Get*"), True, id="action-star"),
        pytest.param(allow("s3:G?tObject"), True, id="action-question-mark"),
        pytest.param(allow("*"), True, id="every-action"),
        pytest.param(allow("s3:GetObjectVersion"), False, id="another-action"),
        pytest.param(allow("s3:GetObjec"), False, id="a-part-of-an-action"),
        pytest.param(allow("sqs:*"), False, id="another-service"),
        pytest.param(allow(["s3:PutObject", "s3:GetObject"]), True, id="one-of-the-actions"),
        pytest.param(allow(resource="*"), True, id="every-resource"),
        pytest.param(allow(resource="arn:aws:s3:::box/in/?.csv"), True, id="resource-question-mark"),
        pytest.param(allow(resource="arn:aws:s3:::BOX/*"), False, id="resources-count-capitals"),
        pytest.param(allow(resource="arn:aws:s3:::box"), False, id="the-bucket-is-not-its-objects"),
        pytest.param(allow(resource="arn:aws:*:*:*:box/*"), True, id="segments-with-stars"),
        pytest.param(allow(resource=["arn:aws:s3:::tub/*", "arn:aws:s3:::box/in/*"]), True, id="one-of-the-resources"),
        pytest.param({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True, id="all-actions-but-others"),
        pytest.param({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, False, id="all-actions-but-this"),
        pytest.param(
            {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::tub/*"}, True, id="all-but-others"
        ),
        pytest.param({"Effect": "Allow", "Action": "s3:*", "NotResource": OBJECT}, False, id="all-but-this"),
        pytest.param(deny(), False, id="denied"),
    ],
)
def test_a_statement_of_a_role(statement: dict[str, Any], allowed: bool) -> None:
    assert may(asked(), policy(statement)) is allowed


def test_what_nothing_allows_is_denied() -> None:
    decision = decide(asked(), (), None)
    assert (decision.allowed, decision.reason) == (
        False,
        "because no identity-based policy allows the s3:GetObject action",
    )


def test_a_request_without_a_resource_needs_a_star() -> None:
    request = asked(action="sagemaker:ListEndpoints", resource="*")
    assert may(request, policy(allow("sagemaker:ListEndpoints", "*")))
    assert not may(request, policy(allow("sagemaker:ListEndpoints", "arn:aws:sagemaker:*:*:endpoint/*")))


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    everything, nothing = policy(allow("*", "*")), policy(deny(resource=OBJECT))
    assert not may(asked(), everything, nothing)
    assert not may(asked(), nothing, everything)
    of_bucket = policy(deny(Principal="*"))
    decision = decide(asked(), (everything,), of_bucket)
    assert (decision.allowed, decision.reason) == (False, "with an explicit deny in a resource-based policy")
    assert (
        decide(asked(), (everything, nothing), of_bucket).reason == "with an explicit deny in an identity-based policy"
    )


@pytest.mark.parametrize(
    ("principal", "by_itself", "with_the_role"),
    [
        pytest.param("*", True, True, id="everyone"),
        pytest.param({"AWS": "*"}, True, True, id="everyone-of-aws"),
        pytest.param({"AWS": ROLE}, True, True, id="role"),
        pytest.param({"AWS": [SESSION]}, True, True, id="session"),
        # "… you delegate authority to the account", whose own policies decide then.
        pytest.param({"AWS": ACCOUNT}, False, True, id="account"),
        pytest.param({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, False, True, id="root"),
        pytest.param({"AWS": "210987654321"}, False, True, id="another-account"),
        pytest.param({"AWS": f"{ROLE}s"}, False, True, id="another-role"),
        pytest.param({"Service": "events.amazonaws.com"}, False, True, id="service"),
    ],
)
def test_in_one_account_either_policy_is_enough(principal: Any, by_itself: bool, with_the_role: bool) -> None:
    of_bucket = policy(allow(Principal=principal))
    assert may(asked(), resource=of_bucket) is by_itself
    assert may(asked(), policy(allow()), resource=of_bucket) is with_the_role


@pytest.mark.parametrize(
    ("principal", "denied"),
    [
        pytest.param({"AWS": ACCOUNT}, True, id="all-of-the-account"),
        pytest.param({"AWS": ROLE}, True, id="role"),
        pytest.param({"AWS": "210987654321"}, False, id="another-account"),
        pytest.param({"Service": "events.amazonaws.com"}, False, id="service"),
    ],
)
def test_a_resource_denies_whom_it_names(principal: Any, denied: bool) -> None:
    assert may(asked(), policy(allow()), resource=policy(deny(Principal=principal))) is not denied


def test_a_service_needs_the_resources_policy() -> None:
    of_queue = policy(allow("sqs:SendMessage", "arn:aws:sqs:*:*:q", Principal={"Service": "events.amazonaws.com"}))
    request = asked(EVENTS, "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q")
    assert may(request, resource=of_queue)
    assert not may(asked(Principal(service="sns.amazonaws.com"), request.action, request.resource), resource=of_queue)
    reason = decide(request, (), None).reason
    assert reason == "because no resource-based policy allows the sqs:SendMessage action"


def test_all_conditions_of_a_statement_hold() -> None:
    both = allow(
        Condition={"StringEquals": {"s3:prefix": "in/", "s3:delimiter": "/"}, "Bool": {"aws:SecureTransport": True}}
    )
    held = {"s3_prefix": "in/", "s3_delimiter": "/", "aws_securetransport": "true"}
    assert may(asked(**held), policy(both))
    for key in held:
        assert not may(asked(**held | {key: "other"}), policy(both))


def test_who_asks_is_a_condition_too() -> None:
    """The session of a role has the role's ARN; a service has none, so that a negation holds for it."""
    only = policy(deny(Principal="*", Condition={"ArnNotEquals": {"aws:PrincipalArn": ROLE}}))
    other = Principal(account=ACCOUNT, role=f"{ROLE}2", session=SESSION)
    assert may(asked(), policy(allow()), resource=only)
    assert not may(asked(other), policy(allow()), resource=only)
    assert decide(asked(EVENTS), (), only).reason == "with an explicit deny in a resource-based policy"


def test_a_role_is_assumed_by_whom_its_trust_names() -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ASSUME})
    assert may(asked(EVENTS, ASSUME, ROLE), resource=trust)
    assert not may(asked(Principal(service="lambda.amazonaws.com"), ASSUME, ROLE), resource=trust)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        pytest.param(allow(Principals="*"), "the element Principals", id="element"),
        pytest.param(allow(NotPrincipal="*"), "the element NotPrincipal", id="not-principal"),
        pytest.param(allow(resource="arn:aws:s3:::box/${aws:username}/*"), "a policy variable", id="variable"),
        pytest.param(allow(resource="box/*"), "'box/\\*' in place of an ARN", id="no-arn"),
        pytest.param(allow(Condition={"StringMatches": {"s3:prefix": "a"}}), "operator StringMatches", id="operator"),
        pytest.param(allow(Condition={"StringEquals": {"s3:x-amz-acl": "a"}}), "key s3:x-amz-acl", id="key"),
    ],
)
def test_what_is_not_known_is_named(statement: dict[str, Any], named: str) -> None:
    with pytest.raises(NotEmulated, match=named):
        identity_policy(policy(statement))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(allow(Effect="Permit"), id="effect"),
        pytest.param(allow(NotAction="s3:*"), id="action-twice"),
        pytest.param({"Effect": "Allow", "Action": "s3:GetObject"}, id="no-resource"),
        pytest.param(allow("GetObject"), id="no-service"),
        pytest.param(allow([]), id="no-action"),
        pytest.param(allow({"s3": "GetObject"}), id="not-a-text"),
        pytest.param(allow(Principal="*"), id="a-role-names-no-principal"),
        pytest.param("Allow", id="no-object"),
    ],
)
def test_what_is_malformed_is_refused(statement: Any) -> None:
    with pytest.raises(AwsError) as caught:
        identity_policy(policy(statement))
    assert caught.value.code == "MalformedPolicyDocument"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"Version": "2020-01-01", "Statement": []}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(AwsError, match="MalformedPolicyDocument"):
        identity_policy(text)


def test_a_resource_names_its_principals_and_a_trust_no_resource() -> None:
    for read, statement in ((resource_policy, allow()), (trust_policy, allow(Principal="*"))):
        with pytest.raises(AwsError, match="MalformedPolicyDocument"):
            read(policy(statement))
    for principal in ("me", {"AWS": "arn:aws:iam::*:role/a"}, {"AWS": f"{ROLE}*"}):
        with pytest.raises(AwsError, match="Invalid principal"):
            resource_policy(policy(allow(Principal=principal)))
    with pytest.raises(NotEmulated, match="the principal type Federated"):
        resource_policy(policy(allow(Principal={"Federated": "a"})))


STATEMENTS = st.builds(
    lambda effect, action, resource: allow(action, resource) | {"Effect": effect},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["s3:GetObject", "s3:*", "s3:PutObject", "*"]),
    st.sampled_from([OBJECT, "arn:aws:s3:::box/*", "arn:aws:s3:::tub/*", "*"]),
)


@given(st.lists(STATEMENTS, max_size=5), STATEMENTS)
def test_a_deny_takes_and_an_allow_gives_and_order_does_not_matter(given_ones: list[Any], more: Any) -> None:
    before, after = may(asked(), policy(*given_ones)), may(asked(), policy(*given_ones, more))
    assert after <= before if more["Effect"] == "Deny" else after >= before
    assert after == may(asked(), policy(more, *reversed(given_ones)))
    assert after == may(asked(), *(policy(one) for one in [*given_ones, more]))
