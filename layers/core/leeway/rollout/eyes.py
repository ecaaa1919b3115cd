"""Where model.toml asks for four eyes, an approval counts if another person gave it than who made the version.

Who made it is who registered it, and who asked for its training by hand. People are told apart by the last part of
their ARNs: a user's name, or the name of a session, which is a person's by whichever role.
An approval that nobody is known to have given counts for nothing; what has served, or is being tried, is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from leeway.aws.table import Table
from leeway.retraining import records as runs
from leeway.rollout.order import PENDING, Seen, choose


def person(arn: str) -> str:
    """Who an ARN names."""
    return arn.rpartition("/")[2]


def asked_by(table: Table, model: str) -> dict[str, tuple[str, ...]]:
    """The ARNs of who asked for the training of a version by hand, by its ARN."""
    return {run.package: run.asked_by for run in runs.history(table, model) if run.package and run.asked_by}


def made(who: str, maker: str, asked: Iterable[str]) -> str:
    """What somebody, by the ARN, did for a version to be there; "" for nothing."""
    return _makers(maker, asked).get(person(who), "")


def _makers(maker: str, asked: Iterable[str]) -> dict[str, str]:
    """Who did what for a version to be there."""
    return {person(arn): "asked for the training of" for arn in asked} | {person(maker): "registered"}


def lacking(seen: Seen, asked: Iterable[str]) -> str:
    """Why an approval that stands is not by another person; "" where it is."""
    if not seen.maker:
        return f"version {seen.version} is approved, and SageMaker does not say who registered it"
    makers = _makers(seen.maker, asked)
    approved = sorted({person(arn) for arn, at in seen.approvers.items() if at > seen.lost_at})
    if any(one not in makers for one in approved):
        return ""
    if not approved:
        return f"version {seen.version} is approved, and nobody saw by whom"
    who = " and ".join(f"{one}, who {makers[one]} it" for one in approved)
    return f"version {seen.version} is approved by nobody but {who}"


def counted(
    packages: Sequence[Seen], asked: dict[str, tuple[str, ...]], serving: int | None, settled: Collection[int | None]
) -> tuple[tuple[Seen, ...], str]:
    """The versions with the approvals that count, and why the one is not that would be wanted otherwise."""
    lacks = {
        seen.version: why
        for seen in packages
        if seen.stands and not seen.served and seen.version not in settled
        if (why := lacking(seen, asked.get(seen.arn, ())))
    }
    desired = choose(packages, serving).desired
    kept = tuple(replace(seen, status=PENDING) if seen.version in lacks else seen for seen in packages)
    return kept, lacks.get(desired.version, "") if desired else ""
