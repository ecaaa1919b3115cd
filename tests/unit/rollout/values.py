"""Values of the rollout, with everything that a test does not care about filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from leeway import keys
from leeway.experiment.assignment import Arm, Assignment
from leeway.rollout.challenge.plan import goal
from leeway.rollout.observed import Asked, Endpoint, Observed, Serving, Stock
from leeway.rollout.order import APPROVED, Seen, choose
from leeway.rollout.target import Blueprint, Contender, Target
from leeway.spec import Rollout
from leeway.spec import Serving as Kind

ACCOUNT, ENDPOINT = "123456789012", "leeway-churn"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/leeway-serving"
NOW = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)
BEFORE, LATER = "2026-03-02T12:00:00.000000Z", "2026-03-02T12:07:00.000000Z"
STOCK = Stock(halted="", missing=frozenset(), config_exists=True, champion="", serving_champion="")


def arn(version: int, group: str = ENDPOINT) -> str:
    return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/{group}/{version}"


def known(version: int, approved_at: int = 0, **rest: Any) -> Seen:
    """A version; approved where a time is given."""
    status = APPROVED if approved_at else "PendingManualApproval"
    return Seen(**{"version": version, "arn": arn(version), "status": status, "approved_at": approved_at, **rest})


def wanted(version: int, **rest: Any) -> Target:
    one = {
        "version": version,
        "package": arn(version),
        **{k: v for k, v in rest.items() if k in {"version", "package"}},
    }
    return blueprint(**{k: v for k, v in rest.items() if k not in one}).solo(Contender(**one))


def blueprint(**rest: Any) -> Blueprint:
    values: dict[str, Any] = {"endpoint": ENDPOINT, "serving": Kind(), "role": ROLE, "capture": "s3://a/c"}
    return Blueprint(**{**values, **rest})


def serving(version: int) -> Serving:
    return Serving(version=version, package=arn(version), config=wanted(version).config_name)


def asked(version: int, **rest: Any) -> Asked:
    """What was asked for when the endpoint's last change was BEFORE."""
    values = {"config": wanted(version).config_name, "version": version, "approved_at": 10 * version, "before": BEFORE}
    return Asked(**{**values, **rest})


def endpoint(version: int, status: str = "InService", changed: str = BEFORE, reason: str = "") -> Endpoint:
    config = wanted(version).config_name
    weights = (("a", 1.0),)
    return Endpoint(name=ENDPOINT, status=status, config=config, changed=changed, reason=reason, weights=weights)


def assigned(version: int, **rest: Any) -> Assignment:
    """Everybody gets one version."""
    arm = Arm(version=version, endpoint=ENDPOINT, slot="a")
    values: dict[str, Any] = {"experiment": f"churn-{version}", "epoch": 1, "champion": arm, "challenger": None}
    return Assignment(**{**values, "share": 0, "begin": keys.unstamp(BEFORE), **rest})


def observed(*packages: Seen, **found: Any) -> Observed:
    """A model as it is seen; what is wanted follows from its versions."""
    now = found.get("serving")
    choice = choose(packages, now.version if now else None)
    values: dict[str, Any] = {
        "model": "churn",
        "now": NOW,
        "rules": Rollout(),
        "blueprint": blueprint(),
        "choice": choice,
        "packages": packages,
        "target": None,
        "endpoint": None,
        "serving": None,
        "asked": None,
        "reevaluated": "",
    }
    seen = Observed(**{**values, **found})
    return seen if "target" in found else replace(seen, target=goal(seen))
