"""Whose approvals count where model.toml asks for four eyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leeway.aws.packages import Package
from leeway.rollout.eyes import counted, lacking, made, person
from leeway.rollout.order import APPROVED, PENDING, REJECTED, Hint, Seen, Truth, learn
from tests.unit.rollout.values import arn

pytestmark = pytest.mark.unit
ADA, BOB = "arn:aws:iam::1:user/ada", "arn:aws:sts::1:assumed-role/Approver/bob"
ADA_AGAIN = "arn:aws:sts::1:assumed-role/Approver/ada"
STATUS = ("ModelApprovalStatus",)


def seen(*, maker: str = ADA, lost_at: int = 0, served: bool = False, **approvers: int) -> Seen:
    """Version 1, approved at 100."""
    who = {"ada": ADA, "bob": BOB, "again": ADA_AGAIN}
    given = {who[name]: at for name, at in approvers.items()}
    return Seen(
        version=1, arn=arn(1), status=APPROVED, approved_at=100, maker=maker, approvers=given, lost_at=lost_at,
        served=served,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "asked", "says"),
    [
        pytest.param(seen(bob=100), (), "", id="another-person"),
        pytest.param(seen(ada=90, bob=100), (), "", id="both"),
        pytest.param(seen(ada=100), (), "by nobody but ada, who registered it", id="who-registered-it"),
        pytest.param(seen(again=100), (), "by nobody but ada, who registered it", id="by-another-role"),
        pytest.param(seen(bob=100), (BOB,), "by nobody but bob, who asked for the training of it", id="who-asked"),
        pytest.param(
            seen(ada=90, bob=100), (BOB,),
            "by nobody but ada, who registered it and bob, who asked for the training of it", id="two-who-made-it",
        ),
        pytest.param(seen(), (), "nobody saw by whom", id="nobody-known"),
        pytest.param(seen(bob=50, lost_at=60), (), "nobody saw by whom", id="used-up"),
        pytest.param(seen(maker="", bob=100), (), "does not say who registered it", id="no-maker"),
    ],
)  # fmt: skip
def test_what_an_approval_lacks(known: Seen, asked: tuple[str, ...], says: str) -> None:
    found = lacking(known, asked)
    assert says in found if says else found == ""


def test_what_somebody_did_for_a_version() -> None:
    assert (person(BOB), made(BOB, ADA, ()), made(BOB, ADA, (BOB,))) == ("bob", "", "asked for the training of")
    assert made(ADA_AGAIN, ADA, (ADA,)) == "registered"


def test_what_lacks_another_person_is_as_not_approved_but_for_what_is_settled() -> None:
    own = replace(seen(ada=200), version=2, arn=arn(2), approved_at=200)
    packages, alone = counted([seen(bob=100), own], {}, None, ())
    assert [one.status for one in packages] == [APPROVED, PENDING]
    assert alone.startswith("version 2 is approved by nobody but ada")
    for settled, served in (((2,), False), ((), True)):
        kept = [seen(bob=100), replace(own, served=served)]
        assert counted(kept, {}, None, settled) == (tuple(kept), "")
    assert counted([own], {arn(2): (BOB,)}, None, ())[1]
    older = [replace(own, approved_at=50), seen(bob=100)]
    assert counted(older, {}, None, ())[1] == "", "what nobody would want waits for nobody"


def test_in_studio_people_are_known_by_their_profiles() -> None:
    """All sessions of its users have one name."""
    session = {"Arn": "arn:aws:sts::1:assumed-role/Studio/SageMaker", "PrincipalId": "AROA:SageMaker"}
    profile = "arn:aws:sagemaker:us-east-1:1:user-profile/d-1/ada"
    found = Package.of(
        {
            "ModelPackageArn": arn(1), "ModelPackageVersion": 1, "CreationTime": datetime(2026, 3, 1, tzinfo=UTC),
            "CreatedBy": {"IamIdentity": session},
            "LastModifiedBy": {"UserProfileArn": profile, "UserProfileName": "ada", "IamIdentity": session},
        }
    )  # fmt: skip
    assert (person(found.created_by), person(found.modified_by)) == ("SageMaker", "ada")


def truth(status: str, at: int, by: str) -> Truth:
    return Truth(version=1, arn=arn(1), status=status, modified=at, maker=ADA, by=by)


def approval(at: int) -> Hint:
    return Hint(status=APPROVED, modified=at, fields=STATUS)


def test_who_approved_is_who_changed_it_last_if_that_was_the_approval() -> None:
    first = learn(None, truth(APPROVED, 1001, BOB), approval(1001))
    assert (first.maker, first.approvers) == (ADA, {BOB: 1001})
    edited = learn(first, truth(APPROVED, 2002, ADA), Hint(status=APPROVED, modified=2002, fields=("SourceUri",)))
    assert edited.approvers == {BOB: 1001}
    late = learn(None, truth(APPROVED, 2002, BOB), approval(1001))
    assert late.approvers == {}, "an edit came between the approval and the look"
    assert learn(None, truth(APPROVED, 1001, BOB), None).approvers == {}, "inferred"
    assert learn(None, truth(APPROVED, 1001, BOB), approval(1000)).approvers == {BOB: 1000}, "in whole seconds"
    stale = learn(edited, truth(PENDING, 900, BOB), approval(2002))
    assert stale.approvers == {BOB: 1001}, "of a look that is older than what is known"


def test_approvals_before_it_was_not_approved_are_none() -> None:
    first = learn(None, truth(APPROVED, 1001, BOB), approval(1001))
    gone = learn(first, truth(REJECTED, 2002, ADA), Hint(status=REJECTED, modified=2002, fields=STATUS))
    assert gone.approvers == {}
    back = learn(gone, truth(APPROVED, 3003, ADA), approval(3003))
    assert back.approvers == {ADA: 3003}
    unseen = learn(first, truth(APPROVED, 3003, ADA), Hint(status=REJECTED, modified=2002, fields=STATUS))
    assert learn(unseen, truth(APPROVED, 3003, ADA), approval(3003)).approvers == {ADA: 3003}


def test_the_same_approval_twice_is_one() -> None:
    first = learn(None, truth(APPROVED, 1001, BOB), approval(1001))
    assert learn(first, truth(APPROVED, 1001, BOB), approval(1001)) == first
    assert learn(first, truth(APPROVED, 3003, BOB), approval(3003)).approvers == {BOB: 3003}
