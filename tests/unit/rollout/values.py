"""Values of the rollout, with everything that a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from leeway.rollout.decisions import Asked, Endpoint, Observed, Serving, Stock
from leeway.rollout.order import APPROVED, Seen, choose
from leeway.rollout.target import Target, target
from leeway.spec import Serving as Kind

ACCOUNT, ENDPOINT = "123456789012", "leeway-churn"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/leeway-serving"
BEFORE, LATER = "2026-03-02T12:00:00.000000Z", "2026-03-02T12:07:00.000000Z"
STOCK = Stock(halted="", model_exists=True, config_exists=True, champion="", serving_champion="")


def arn(version: int, group: str = ENDPOINT) -> str:
    return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/{group}/{version}"


def known(version: int, approved_at: int = 0, **rest: Any) -> Seen:
    """A version; approved where a time is given."""
    status = APPROVED if approved_at else "PendingManualApproval"
    return Seen(**{"version": version, "arn": arn(version), "status": status, "approved_at": approved_at, **rest})


def wanted(version: int, **rest: Any) -> Target:
    values: dict[str, Any] = {"endpoint": ENDPOINT, "serving": Kind(), "role": ROLE, "capture": "s3://a/c"}
    return target(**{"version": version, "package": arn(version), **values, **rest})


def serving(version: int) -> Serving:
    return Serving(version=version, package=arn(version), config=wanted(version).config_name)


def asked(version: int, **rest: Any) -> Asked:
    """What was asked for when the endpoint's last change was BEFORE."""
    values = {"config": wanted(version).config_name, "version": version, "approved_at": 10 * version, "before": BEFORE}
    return Asked(**{**values, **rest})


def endpoint(version: int, status: str = "InService", changed: str = BEFORE, reason: str = "") -> Endpoint:
    config = wanted(version).config_name
    return Endpoint(name=ENDPOINT, status=status, config=config, changed=changed, reason=reason)


def observed(*packages: Seen, **found: Any) -> Observed:
    """A model as it is seen; what is wanted follows from its versions."""
    now = found.get("serving")
    choice = choose(packages, now.version if now else None)
    values: dict[str, Any] = {
        "choice": choice,
        "packages": packages,
        "target": wanted(choice.desired.version) if choice.desired else None,
        "endpoint": None,
        "serving": None,
        "asked": None,
        "reevaluated": "",
    }
    return Observed(**{**values, **found})
