"""Versions in the registry, which of them serves, and what a decision changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leeway import keys
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway.rollout import eyes, records
from leeway.rollout.approvals import truth_of
from leeway.rollout.order import Seen, choose_without, learn
from leeway_cli import people, scoring
from leeway_cli.target import Target

DESCRIPTION = 1024  # characters of an ApprovalDescription


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version; `status` is its approval status as the registry spells it."""

    number: int
    arn: str
    status: str


def versions(target: Target, model: str) -> Sequence[Version]:
    """All versions of a model, the oldest first."""
    found = target.app.sagemaker.packages(target.settings.resource(model))
    return [Version(number=number, arn=arn, status=status) for number, arn, status in sorted(found)]


def version(target: Target, model: str, number: int) -> Version:
    """One version; raises Missing with those that there are."""
    people.model(target, model)
    return numbered(target, model, number)


def numbered(target: Target, model: str, number: int) -> Version:
    """The same for a model that may have been removed."""
    there = versions(target, model)
    for one in there:
        if one.number == number:
            return one
    names = ", ".join(f"{one.number} ({one.status})" for one in there) or "none yet"
    raise Missing(f"{model} has no version {number}; there is: {names}")


def decide(target: Target, chosen: Version, status: str, reason: str) -> None:
    """Approve or reject; the registry keeps the reason and tells `model_approval`."""
    text = f"{reason} (by {people.name()}, leeway)"[:DESCRIPTION]
    with translated(f"SageMaker UpdateModelPackage version {chosen.number}"):
        target.client("sagemaker").update_model_package(
            ModelPackageArn=chosen.arn, ModelApprovalStatus=status, ApprovalDescription=text
        )


def refuse_own(target: Target, model: str, chosen: Version) -> None:
    """Raises Rejected where who asks made the version, and model.toml wants another person."""
    if not scoring.specification(target, model).approval.four_eyes:
        return
    maker = target.app.sagemaker.package(chosen.arn).created_by
    you = people.identity(target)
    if why := eyes.made(you, maker, eyes.asked_by(target.app.table, model).get(chosen.arn, ())):
        raise Rejected(
            f"you ({you}) {why} version {chosen.number}, and model.toml asks for four eyes: somebody else approves it"
        )


def serving(target: Target, model: str) -> int | None:
    """Number of the version behind the endpoint, None where there is no endpoint."""
    try:
        endpoint = target.app.sagemaker.endpoint(target.settings.resource(model))
    except Missing:
        return None
    with translated(f"SageMaker DescribeEndpointConfig {endpoint.config}"):
        config = target.client("sagemaker").describe_endpoint_config(EndpointConfigName=endpoint.config)
    weights = dict(endpoint.weights)
    variants = sorted(config["ProductionVariants"], key=lambda variant: -weights.get(variant["VariantName"], 0.0))
    found = re.search(r"-v(\d+)-[0-9a-f]+$", variants[0]["ModelName"])
    return int(found[1]) if found else None


def next_desired(target: Target, model: str, *, without: int) -> int | None:
    """Number of the version that the rollout would choose, by its own rule, if `without` were rejected.

    None where it would choose none: no other is approved, or nobody saw which approval came last.
    """
    table = target.app.table
    known = {seen.version: seen for seen in records.packages(table, model)}
    there: Sequence[Seen] = [_as_it_is(target, one, known.get(one.number)) for one in versions(target, model)]
    serves = records.serving(table.get(keys.model_pk(model), keys.ROLLOUT) or {})
    served = serves.version if serves else None
    if scoring.specification(target, model).approval.four_eyes:
        there, _ = eyes.counted(there, eyes.asked_by(table, model), served, {served})
    choice = choose_without(without, there, served)
    return choice.desired.version if choice.desired and not choice.unsure else None


def _as_it_is(target: Target, one: Version, known: Seen | None) -> Seen:
    """What is known of a version, or what a look into the registry adds where that says something else."""
    if known is not None and known.status == one.status:
        return known
    return learn(known, truth_of(target.app.sagemaker.package(one.arn)), None)
