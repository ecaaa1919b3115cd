"""What the control plane costs in a month while nothing happens, from the calls that it makes on the embedded AWS.

Trainings, endpoints and the storage of data come on top: they are what a team would pay without Leeway too.
Prices: us-east-1, on demand, without free tiers, as published in November 2026.
"""

from collections.abc import Mapping

from bench.figure import Figure
from bench.loop import Loop, running

DOLLARS = {  # for one
    "invocation": 0.20e-6,
    "gigabyte second": 16.6667e-6,
    "dynamodb read": 0.125e-6,
    "dynamodb write": 0.625e-6,
    "queue request": 0.50e-6,
    "schedule": 1.00e-6,
    "bus event": 1.00e-6,
    "ssm read": 0.0,  # standard parameters at standard throughput
    "sagemaker": 0.0,  # control calls are free
    "s3 read": 0.4e-6,
    "alarm": 0.10,
    "metric": 0.30,
    "metric request": 10e-6,
}
SECONDS, GIGABYTES = 0.3, 1.0  # of one invocation, billed; memory as in template.yaml
MINUTES, DAYS = 30 * 24 * 60, 30
ALARMS = 20
POLLS = 9 * 2 * 30 * 24 * 60 * 3  # Lambda's pollers ask each of these queues without end: two, every twenty seconds
METRICS = 3  # that the monitor tells of each model, in an hour in which it serves; each model has an alarm, too
KINDS = {
    ("dynamodb", True): "dynamodb write",
    ("dynamodb", False): "dynamodb read",
    ("sqs", True): "queue request",
    ("events", True): "bus event",
    ("s3", False): "s3 read",
    ("monitoring", True): "metric request",
    ("monitoring", False): "metric request",
}
WRITES = ("Put", "Update", "Delete", "Transact", "BatchWrite", "Send", "Create")


def measure() -> list[Figure]:
    """Calls of an idle tick and of an idle day of one model, and what follows for a month."""
    with running() as loop:
        loop.apply("idle", quiet="5m")
        loop.admin("POST", "settle")
        loop.admin("POST", "advance", {"seconds": 7200})
        tick = difference(loop, lambda: invoke_tick(loop))
        day = difference(loop, lambda: loop.admin("POST", "advance", {"seconds": 86_400}))
    ticks = day[("leeway-tick", "invocations", "")]
    model = {
        key: count for key, count in day.items() if key[0] in {"leeway-retrainer", "leeway-rollout", "leeway-monitor"}
    }
    fixed = month_of_ticks(tick) + ALARMS * DOLLARS["alarm"] + POLLS * DOLLARS["queue request"]
    each = DAYS * price(model) + DOLLARS["alarm"]
    return [
        Figure(name="calls of an idle tick", value=calls(tick), unit=""),
        Figure(
            name="ticks with something to do in an idle day", value=ticks, unit="", note="the others find nothing due"
        ),
        Figure(name="calls for one idle model in a day", value=calls(model), unit=""),
        *(
            Figure(name=f"control plane, {count:,} idle models, a month", value=fixed + count * each, unit="$")
            for count in (1, 100, 10_000)
        ),
        Figure(name="metrics of one model that serves, a month", value=METRICS * DOLLARS["metric"], unit="$"),
    ]


Calls = Mapping[tuple[str, str, str], int]


def difference(loop: Loop, work: object) -> dict[tuple[str, str, str], int]:
    """Calls by caller, service and operation that some work makes; invocations count as a call of their own."""
    before = counted(loop)
    assert callable(work)
    work()
    after = counted(loop)
    return {key: after[key] - before.get(key, 0) for key in after if after[key] > before.get(key, 0)}


def counted(loop: Loop) -> dict[tuple[str, str, str], int]:
    """The server's own counts."""
    found = {
        (row["caller"], row["service"], row["operation"]): row["count"]
        for row in loop.admin("GET", "counts")
        if row["caller"].startswith("leeway-")
    }
    for name in ("tick", "retrainer", "rollout"):
        lines = loop.admin("GET", f"logs?function=leeway-{name}")["log"].count("START RequestId")
        found[(f"leeway-{name}", "invocations", "")] = lines
    return found


def invoke_tick(loop: Loop) -> None:
    """One tick, as the schedule makes it each minute."""
    loop.client("lambda").invoke(FunctionName="leeway-tick", Payload=b"{}")


def month_of_ticks(tick: Calls) -> float:
    """A month of minutes, each with its schedule and its tick."""
    return MINUTES * (DOLLARS["schedule"] + price(tick))


def calls(found: Calls) -> int:
    """Calls of AWS, without the invocations themselves."""
    return sum(count for (_, service, _), count in found.items() if service != "invocations")


def price(found: Calls) -> float:
    """Dollars of these calls and invocations."""
    total = 0.0
    for (_, service, operation), count in found.items():
        if service == "invocations":
            total += count * (DOLLARS["invocation"] + SECONDS * GIGABYTES * DOLLARS["gigabyte second"])
        else:
            kind = KINDS.get((service, operation.startswith(WRITES)), "sagemaker")
            total += count * DOLLARS[kind]
    return total
