"""[serving]: what SageMaker serves in one way and not in the other, said before it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leeway.upkeep import MODEL_MONITOR
from leeway_cli.model_toml.problems import Problem

Document = Mapping[str, Any]
SERVERLESS, REALTIME = "serverless", "realtime"
OF_SERVERLESS = ("memory", "max_concurrency")
OF_SCALING = ("min_instances", "max_instances", "target_invocations")
OF_INSTANCES = ("instance", "instances", *OF_SCALING)
BURSTABLE = "ml.t"


def serving_keys_fit_the_mode(document: Document) -> Iterator[Problem]:
    """A serverless endpoint has no instances, and one of instances no memory of its own."""
    serving = _serving(document)
    mode = serving.get("mode", REALTIME)
    wrong = OF_INSTANCES if mode == SERVERLESS else OF_SERVERLESS if mode == REALTIME else ()
    for key in wrong:
        if key in serving:
            why = "a serverless endpoint has no instances" if mode == SERVERLESS else 'it is for mode = "serverless"'
            yield Problem(key=f"serving.{key}", value=serving[key], says=f'is not for mode = "{mode}": {why}')


def scaling_is_whole(document: Document) -> Iterator[Problem]:
    """A scalable target needs both bounds, and a policy what it tracks."""
    serving = _serving(document)
    given = [key for key in OF_SCALING if key in serving]
    if serving.get("mode", REALTIME) != REALTIME or not given:
        return
    for key in ("max_instances", "target_invocations"):
        if key not in serving:
            yield Problem(key=f"serving.{given[0]}", value=serving[given[0]], says=f"needs serving.{key} beside it")
            return
    yield from _bounds(serving)
    if isinstance(instance := serving.get("instance"), str) and instance.startswith(BURSTABLE):
        says = "is burstable, which Application Auto Scaling does not scale; allowed: another type, or no max_instances"
        yield Problem(key="serving.instance", value=instance, says=says)


def engine_fits_the_endpoint(document: Document) -> Iterator[Problem]:
    """Of a serverless endpoint SageMaker captures nothing; and Model Monitor has metrics of features anyway."""
    monitoring = document.get("monitoring")
    if not isinstance(monitoring, Mapping) or monitoring.get("engine") != MODEL_MONITOR:
        return
    if _serving(document).get("mode") == SERVERLESS:
        says = 'watches no serverless endpoint, of which SageMaker captures nothing; allowed: "leeway"'
        yield Problem(key="monitoring.engine", value=MODEL_MONITOR, says=says)
    if monitoring.get("feature_metrics"):
        says = f'is of Leeway\'s own engine, and does nothing with engine = "{MODEL_MONITOR}"; leave it out'
        yield Problem(key="monitoring.feature_metrics", value=monitoring["feature_metrics"], says=says)


def _bounds(serving: Document) -> Iterator[Problem]:
    least, most, count = (serving.get(key) for key in ("min_instances", "max_instances", "instances"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Problem(key="serving.min_instances", value=least, says=f"is more than max_instances, which is {most}")
    elif isinstance(count, int) and isinstance(most, int) and not (least or 1) <= count <= most:
        says = f"is outside of min_instances to max_instances, which are {least or 1} and {most}"
        yield Problem(key="serving.instances", value=count, says=says)


def _serving(document: Document) -> Document:
    value = document.get("serving")
    return value if isinstance(value, Mapping) else {}
