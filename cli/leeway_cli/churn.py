"""Customers of a telephone company that does not exist: ten features, a known true probability of leaving, a drift
that is set, and the same rows for the same seed on every machine.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

CONTRACTS = ("month", "year", "two_year")
PAYMENTS = ("card", "transfer", "cheque", "wallet")
LABEL = "churned"


@dataclass(frozen=True, kw_only=True)
class Customer:
    """What the company knows of one customer; `discount` is None for those who never got an offer."""

    customer_id: str
    event_time: datetime
    tenure: int
    contract: str
    monthly_charges: float
    support_calls: int
    late_payments: int
    data_gb: float
    payment: str
    paperless: bool
    partner: bool
    discount: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A customer with what happened, and how likely that was: the truth, which no model sees."""

    customer: Customer
    churned: bool
    probability: float


def probability(customer: Customer, drift: float = 0.0) -> float:
    """The true probability of leaving.

    `drift` from 0 to 1 turns the world: with a cheaper rival in the market, price and data volume begin to decide,
    long contracts hold fewer people, and calls to support say less.
    """
    price = (customer.monthly_charges - 60) / 20
    score = -2.1
    score += {"month": 1.3, "year": 0.0, "two_year": -1.2}[customer.contract] * (1 - 0.7 * drift)
    score -= 0.035 * (customer.tenure - 24) * (1 - 0.6 * drift)
    score += (0.55 - 0.45 * drift) * customer.support_calls
    score += 0.6 * customer.late_payments
    score += (0.1 + 1.5 * drift) * price
    score += (0.0 + 0.9 * drift) * (customer.data_gb - 20) / 12
    score += 0.5 if customer.payment == "cheque" else 0.0
    score -= 0.4 if customer.partner else 0.0
    score -= 0.06 * (customer.discount or 0.0)
    return 1 / (1 + math.exp(-score))


def customers(count: int, *, seed: int, start: datetime, span: timedelta, drift: float = 0.0) -> list[Outcome]:
    """`count` customers in order of time, spread evenly over `span`; ids do not repeat between seeds."""
    chance = random.Random(f"churn-{seed}")
    made = []
    for number in range(count):
        customer = _customer(chance, f"c{seed:03d}-{number:06d}", start + span * number / count, drift)
        likely = probability(customer, drift)
        made.append(Outcome(customer=customer, churned=chance.random() < likely, probability=likely))
    return made


def as_csv(outcomes: Iterable[Outcome], *, labels: bool = True) -> bytes:
    """The rows as a file with a header, with or without the label."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [field.name for field in fields(Customer)]
    writer.writerow([*names, LABEL] if labels else names)
    for outcome in outcomes:
        row = [_text(getattr(outcome.customer, name)) for name in names]
        writer.writerow([*row, int(outcome.churned)] if labels else row)
    return out.getvalue().encode()


def features(customer: Customer) -> dict[str, object]:
    """What a model is asked with: all but the id and the time."""
    return {name: value for name, value in asdict(customer).items() if name not in {"customer_id", "event_time"}}


def auc(truth: Iterable[bool], scores: Iterable[float]) -> float:
    """Area under the ROC curve by ranks, ties counted half; NaN where there is one class only."""
    ordered = sorted(zip(scores, truth, strict=True))
    positives = sum(label for _, label in ordered)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return math.nan
    total, place = 0.0, 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        total += sum(label for _, label in ordered[place:end]) * (place + end + 1) / 2
        place = end
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def _customer(chance: random.Random, identifier: str, at: datetime, drift: float) -> Customer:
    """One customer; with drift, more of them are new, on monthly contracts, and pay more."""
    contract = chance.choices(CONTRACTS, weights=(0.5 + 0.15 * drift, 0.3, 0.2 - 0.15 * drift))[0]
    offered = chance.random() < 0.3
    return Customer(
        customer_id=identifier,
        event_time=at.replace(microsecond=0),
        tenure=min(72, int(chance.expovariate(1 / (26 - 8 * drift)))),
        contract=contract,
        monthly_charges=round(min(150.0, max(15.0, chance.gauss(60 + 8 * drift, 20))), 2),
        support_calls=min(10, int(chance.expovariate(1 / 1.4))),
        late_payments=min(6, int(chance.expovariate(1 / 0.6))),
        data_gb=round(min(120.0, chance.gammavariate(2.5, 8)), 1),
        payment=chance.choices(PAYMENTS, weights=(4, 3, 2, 1))[0],
        paperless=chance.random() < 0.6,
        partner=chance.random() < 0.45,
        discount=round(chance.uniform(5, 25), 1) if offered else None,
    )


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
