"""Deployment guardrails: stages, traffic, alarms, the way back (reference 1.8, 5.1, 5.3; developer guide)."""

import contextlib
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.contract
CHANGED, DEPLOYED = "Endpoint State Change", "Endpoint Deployment State Change"
WAIT, LAST = 600, 300


def policy(kind: str = "CANARY", size: int = 20, unit: str = "CAPACITY_PERCENT", **rest: Any) -> dict[str, Any]:
    """A blue/green policy, as the samples have it."""
    member = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    sizes = {member: {"Type": unit, "Value": size}} if member else {}
    routing = {"Type": kind, "WaitIntervalInSeconds": WAIT, **sizes}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": LAST, **rest}}


def rolling(size: int = 50, **rest: Any) -> dict[str, Any]:
    batch = {"Type": "CAPACITY_PERCENT", "Value": size}
    return {"RollingUpdatePolicy": {"MaximumBatchSize": batch, "WaitIntervalInSeconds": WAIT, **rest}}


def watched(config: dict[str, Any], *alarms: str) -> dict[str, Any]:
    return config | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}}


def serving(lab: Any, count: int = 2, *, model: str = "two", variant: str = "main", **rest: Any) -> None:
    """An endpoint whose variant `main` has the model `one`, and a configuration `second` with another model."""
    for name in ("one", model):
        lab.model(name)
    for config, kept in (("first", ("one", "main")), ("second", (model, variant))):
        variants = [lab.variant(kept[0], VariantName=kept[1], InitialInstanceCount=count)]
        lab.sm.create_endpoint_config(EndpointConfigName=config, ProductionVariants=variants)
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first", **rest)
    lab.advance(10)
    assert lab.described()["EndpointStatus"] == "InService"


def alarm(lab: Any, name: str = "errors", state: str = "OK", **rest: Any) -> None:
    """An alarm on the variant, in a state; whatever it should be else in `rest`."""
    names = {"EndpointName": "scores", "VariantName": "main"}
    request = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": dimensions(names),
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    statistic = {} if "ExtendedStatistic" in rest else {"Statistic": "Average"}
    lab.cloudwatch.put_metric_alarm(AlarmName=name, **request | statistic | rest)
    trip(lab, name, state)


def dimensions(names: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in names.items()]


def trip(lab: Any, name: str = "errors", state: str = "ALARM") -> None:
    lab.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")


def pending(lab: Any) -> tuple[str, int, str]:
    """Status, instances that serve and message of the one pending variant."""
    (variant,) = lab.described()["PendingDeploymentSummary"]["ProductionVariants"]
    (status,) = variant["VariantStatus"]
    return status["Status"], variant["CurrentInstanceCount"], status["StatusMessage"]


def answers(lab: Any, calls: int = 100) -> Counter[str]:
    return Counter(lab.invoke()["Body"] for _ in range(calls))


def now(lab: Any) -> tuple[str, str]:
    found = lab.described()
    return found["EndpointStatus"], found["EndpointConfigName"]


# Stages


def test_a_canary_bakes_twice_and_the_old_fleet_serves_the_rest(lab: Any) -> None:
    """Guide, "Use canary traffic shifting"; sample describe-endpoint-updating-canary."""
    serving(lab, count=5)
    config = policy()
    lab.update("second", DeploymentConfig=config)
    assert pending(lab)[:2] == ("Creating", 0)
    lab.advance(10)
    said = "Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    assert pending(lab) == ("Baking", 1, said)
    assert (now(lab), lab.described()["LastDeploymentConfig"]) == (("Updating", "first"), config)
    (blue,) = lab.described()["ProductionVariants"]
    assert (blue["CurrentInstanceCount"], "VariantStatus" in blue) == (5, False)
    assert 8 <= answers(lab)["two"] <= 34  # 20 of 100 are expected
    lab.advance(WAIT)
    assert pending(lab)[:2] == ("Baking", 5)
    assert (now(lab), answers(lab, 20)) == (("Updating", "first"), Counter(two=20))
    lab.advance(LAST)
    assert now(lab) == ("InService", "second")
    assert "PendingDeploymentSummary" not in lab.described()
    assert answers(lab, 5) == Counter(two=5)


def test_events_of_a_canary(lab: Any) -> None:
    """1.8; sample endpoint-deployment-baking: the old fleet above, the new one pending."""
    serving(lab)
    lab.update("second", DeploymentConfig=policy())
    lab.advance(10 + WAIT + LAST)
    details = lab.events(DEPLOYED)
    pendings = [detail["PendingDeploymentSummary"]["ProductionVariants"][0] for detail in details]
    statuses = [variant["VariantStatus"][0]["Status"] for variant in pendings]
    assert statuses == ["Creating", "ActivatingTraffic", "Baking", "ActivatingTraffic", "Baking"]
    assert [variant["CurrentInstanceCount"] for variant in pendings] == [0, 1, 1, 2, 2]
    assert {(detail["EndpointConfigName"], detail["EndpointStatus"]) for detail in details} == {("first", "UPDATING")}
    assert isinstance(pendings[2]["VariantStatus"][0]["StartTime"], int)
    assert [detail["EndpointStatus"] for detail in lab.events(CHANGED)] == [
        *("CREATING", "IN_SERVICE"),
        *("UPDATING", "IN_SERVICE"),
    ]


def test_a_linear_shift_shares_the_traffic(lab: Any) -> None:
    """Guide: each step turns the same portion on."""
    serving(lab, count=2)
    lab.update("second", DeploymentConfig=policy("LINEAR", 50))
    lab.advance(10)
    assert 32 <= answers(lab)["two"] <= 68
    assert {lab.invoke(TargetVariant="main")["Body"] for _ in range(20)} == {"one", "two"}
    lab.advance(WAIT)
    assert answers(lab, 20) == Counter(two=20)


def test_a_rolling_deployment_cleans_old_instances_up(lab: Any) -> None:
    """Guide, "Use rolling deployments": after each baking a batch of old instances goes."""
    serving(lab, count=4)
    lab.update("second", DeploymentConfig=rolling(25))
    counts = []
    for _ in range(4):
        lab.advance(10 if not counts else WAIT)
        counts.append(lab.described()["ProductionVariants"][0]["CurrentInstanceCount"])
    assert counts == [4, 3, 2, 1]


def test_variants_of_one_fleet_keep_their_weights(lab: Any) -> None:
    """5.3: a canary of several variants, whose names are the same; weights hold inside each fleet."""
    lab.endpoint("one", "two")
    variants = [lab.variant("one", VariantName=name) for name in ("one", "two")]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    lab.update("second", DeploymentConfig=policy("CANARY", 50))
    lab.advance(10)
    found = answers(lab)
    assert 58 <= found["one"] <= 92  # 75: all of the new fleet and half of the old one
    assert set(found) == {"one", "two"}


def test_no_change_is_accepted_while_it_bakes(lab: Any) -> None:
    """5.1, 9.2: Cannot update in-progress endpoint."""
    serving(lab)
    lab.update("second", DeploymentConfig=policy())
    lab.advance(10)
    for operation, request in (("update_endpoint", {"EndpointConfigName": "second"}), ("delete_endpoint", {})):
        message = lab.refused(operation, "ValidationException", EndpointName="scores", **request)
        assert message.startswith("Cannot update in-progress endpoint")


# Alarms


def test_an_alarm_in_the_bake_rolls_back(lab: Any) -> None:
    """Guide, "Auto-Rollback Configuration": all traffic returns to the blue fleet; 1.8: InService, the old one."""
    serving(lab)
    alarm(lab)
    lab.update("second", DeploymentConfig=watched(policy(), "errors"))
    lab.advance(100)
    trip(lab)
    assert now(lab) == ("RollingBack", "first")
    assert answers(lab, 20) == Counter(one=20)
    lab.advance(10)
    found = lab.described()
    assert now(lab) == ("InService", "first")
    assert "errors" in found["FailureReason"]
    assert ("PendingDeploymentSummary" in found, "LastDeploymentConfig" in found) == (False, True)
    assert [detail["EndpointStatus"] for detail in lab.events(CHANGED)][-3:] == [
        *("UPDATING", "ROLLING_BACK", "IN_SERVICE")
    ]
    lab.advance(2 * (WAIT + LAST))  # what was planned of it is void
    assert now(lab) == ("InService", "first")


@pytest.mark.parametrize("passed", [pytest.param(WAIT + 10, id="final-bake"), pytest.param(0, id="while-creating")])
def test_an_alarm_is_watched_to_the_end(lab: Any, passed: int) -> None:
    """As above: the final baking too; and an alarm that rings while instances are made lets no traffic on them."""
    serving(lab)
    alarm(lab)
    lab.update("second", DeploymentConfig=watched(policy(), "errors"))
    lab.advance(passed)
    trip(lab)
    trip(lab, state="OK")
    lab.advance(20)
    assert now(lab) == ("InService", "first")
    assert answers(lab, 20) == Counter(one=20)


def test_an_alarm_that_rings_already_rolls_back(lab: Any) -> None:
    """5.3: an alarm that the old fleet trips terminates the deployment."""
    serving(lab)
    lab.advance(61 - lab.aws.now().second)  # until the next minute nobody looks at what was set by hand
    alarm(lab, state="ALARM")
    lab.update("second", DeploymentConfig=watched(policy(), "errors"))
    lab.advance(20)
    assert now(lab) == ("InService", "first")
    assert "errors" in lab.described()["FailureReason"]
    assert "Baking" not in str(lab.events(DEPLOYED))


def test_other_alarms_do_not_count(lab: Any) -> None:
    """API: Alarms of AutoRollbackConfiguration are named."""
    serving(lab)
    alarm(lab)
    alarm(lab, "other")
    lab.update("second", DeploymentConfig=watched(policy(), "errors"))
    lab.advance(10)
    trip(lab, "other")
    lab.advance(WAIT + LAST)
    assert now(lab) == ("InService", "second")


def test_a_composite_alarm_rolls_back(lab: Any) -> None:
    """API: an alarm by its name, of either kind; CloudWatch guide: a composite one changes with its children."""
    serving(lab)
    for name in ("errors", "latency"):
        alarm(lab, name)
    lab.cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule="ALARM(errors) OR ALARM(latency)")
    lab.update("second", DeploymentConfig=watched(policy(), "either"))
    lab.advance(100)
    trip(lab, "latency")
    lab.advance(10)
    assert now(lab) == ("InService", "first")
    assert "either" in lab.described()["FailureReason"]


@pytest.mark.parametrize(
    ("config", "before", "after"),
    [
        pytest.param("second", "InService", "first", id="new-fleet"),
        pytest.param("first", "Updating", "first", id="old-fleet-is-well"),
    ],
)
def test_errors_of_the_new_fleet_alone_trip_its_alarm(lab: Any, config: str, before: str, after: str) -> None:
    """Guide: the dimension EndpointConfigName watches one fleet; metrics by minute are what the alarm sees."""
    serving(lab, model="bad")
    lab.put("code/serving.tar.gz", lab.archive(inference__py=FAILING))
    names = {"EndpointName": "scores", "VariantName": "main", "EndpointConfigName": config}
    alarm(lab, Dimensions=dimensions(names))
    lab.update("second", DeploymentConfig=watched(policy("CANARY", 50), "errors"))
    lab.advance(10)
    for _ in range(20):
        with contextlib.suppress(lab.runtime.exceptions.ModelError):
            lab.invoke()
    lab.advance(130)
    assert now(lab) == (before, after)


FAILING = b"""
def model_fn(model_dir):
    return "bad"


def transform_fn(model, body, content_type, accept):
    raise RuntimeError("always")
"""


def test_a_percentile_is_an_alarm_too(lab: Any) -> None:
    """4: p99 of ModelLatency, in microseconds, by ExtendedStatistic."""
    serving(lab)
    alarm(lab, "slow", ExtendedStatistic="p99", MetricName="ModelLatency", Threshold=1.0)
    lab.update("second", DeploymentConfig=watched(policy(), "slow"))
    lab.advance(10)
    lab.invoke()
    lab.advance(130)
    assert now(lab) == ("InService", "first")


# The way back


def test_a_model_that_does_not_load_never_gets_traffic(lab: Any) -> None:
    """1.8: rolled back to the old configuration."""
    serving(lab, model="broken")
    lab.update("second", DeploymentConfig=policy())
    lab.advance(20)
    assert now(lab) == ("InService", "first")
    assert "this model does not load" in lab.described()["FailureReason"]
    assert "ActivatingTraffic" not in str(lab.events(DEPLOYED))


def test_a_deployment_that_takes_too_long_rolls_back(lab: Any) -> None:
    """API: MaximumExecutionTimeoutInSeconds."""
    serving(lab)
    lab.update("second", DeploymentConfig=policy(MaximumExecutionTimeoutInSeconds=800))
    lab.advance(790)
    assert now(lab) == ("Updating", "first")
    lab.advance(20)
    assert now(lab) == ("InService", "first")
    assert "800 seconds" in lab.described()["FailureReason"]


def test_a_deployment_in_time_is_not_rolled_back(lab: Any) -> None:
    """As above, and the limit of one update is not that of the next."""
    serving(lab)
    lab.update("second", DeploymentConfig=policy("ALL_AT_ONCE", MaximumExecutionTimeoutInSeconds=1000))
    lab.advance(900)
    assert now(lab) == ("InService", "second")
    lab.update("first", DeploymentConfig=policy())
    lab.advance(300)
    assert now(lab) == ("Updating", "second")


def test_a_rolling_deployment_goes_back_in_batches(lab: Any) -> None:
    """Guide, "Use rolling deployments": RollbackMaximumBatchSize."""
    serving(lab, count=4)
    alarm(lab)
    batch = {"Type": "CAPACITY_PERCENT", "Value": 50}
    lab.update("second", DeploymentConfig=watched(rolling(50, RollbackMaximumBatchSize=batch), "errors"))
    lab.advance(10 + WAIT)
    assert answers(lab, 10) == Counter(two=10)
    trip(lab)
    assert 32 <= answers(lab)["two"] <= 68
    lab.advance(10)
    (variant,) = lab.described()["ProductionVariants"]
    assert (now(lab), variant["CurrentInstanceCount"]) == (("InService", "first"), 4)
    assert answers(lab, 10) == Counter(one=10)


def test_a_rollback_that_fails_leaves_a_mix_that_an_update_repairs(lab: Any) -> None:
    """5.1; guide, "Use rolling deployments": UpdateRollbackFailed serves both, and UpdateEndpoint repairs it."""
    serving(lab)
    alarm(lab)
    planned = lab.aws.faults.hosting.break_rollback("scores")
    lab.update("second", DeploymentConfig=watched(rolling(50), "errors"))
    lab.advance(10)
    trip(lab)
    lab.advance(10)
    assert (now(lab), planned.struck) == (("UpdateRollbackFailed", "first"), 1)
    assert set(answers(lab, 60)) == {"one", "two"}
    assert lab.events(CHANGED)[-1]["EndpointStatus"] == "UPDATE_ROLLBACK_FAILED"
    weights = [{"VariantName": "main", "DesiredWeight": 2.0}]
    request = {"EndpointName": "scores", "DesiredWeightsAndCapacities": weights}
    lab.refused("update_endpoint_weights_and_capacities", "ValidationException", **request)
    lab.update("second")
    lab.advance(10)
    assert (now(lab), answers(lab, 10)) == (("InService", "second"), Counter(two=10))


def test_maintenance_by_aws_holds_changes_back(lab: Any) -> None:
    """5.1: SystemUpdating serves on and accepts no update, weights or delete."""
    serving(lab)
    lab.aws.faults.hosting.maintain("scores", seconds=60)
    assert now(lab) == ("SystemUpdating", "first")
    for operation, request in (("update_endpoint", {"EndpointConfigName": "second"}), ("delete_endpoint", {})):
        lab.refused(operation, "ValidationException", EndpointName="scores", **request)
    assert answers(lab, 5) == Counter(one=5)
    with pytest.raises(ValueError, match="InService"):
        lab.aws.faults.hosting.maintain("scores", seconds=60)
    lab.advance(61)
    assert now(lab) == ("InService", "first")
    assert lab.events(CHANGED)[-2]["EndpointStatus"] == "SYSTEM_UPDATING"


# What a deployment configuration may be


@pytest.mark.parametrize(
    ("config", "text"),
    [
        pytest.param(policy("CANARY", 2, "INSTANCE_COUNT"), "CanarySize", id="over-half-of-the-instances"),
        pytest.param(policy(size=20, unit="CAPACITY_PERCENTAGE"), "enum", id="capacity-percentage"),
        pytest.param(policy(TerminationWaitInSeconds=3601), "3600", id="termination"),
        pytest.param(policy(MaximumExecutionTimeoutInSeconds=28801), "28800", id="timeout"),
        pytest.param(watched(policy(), *(f"a{n}" for n in range(11))), "10", id="eleven-alarms"),
        pytest.param(watched(policy(), "none"), "Could not find CloudWatch alarm none", id="unknown-alarm"),
    ],
)
def test_limits_of_a_deployment_configuration(lab: Any, config: dict[str, Any], text: str) -> None:
    """5.3; API: sizes by the variant's instances, waits, at most ten alarms, CAPACITY_PERCENT and not PERCENTAGE."""
    lab.model("one")
    variants = [lab.variant("one", InitialInstanceCount=3)]
    lab.sm.create_endpoint_config(EndpointConfigName="first", ProductionVariants=variants)
    request = {"EndpointName": "scores", "EndpointConfigName": "first", "DeploymentConfig": config}
    assert text in lab.refused("create_endpoint", "ValidationException", **request)
    assert lab.sm.list_endpoints()["Endpoints"] == []


def test_other_variant_names_exclude_it(lab: Any) -> None:
    """Guide, "Exclusions": the same variant names in the old and the new configuration."""
    serving(lab, variant="other")
    request = {"EndpointName": "scores", "EndpointConfigName": "second"}
    message = lab.refused("update_endpoint", "ValidationException", **request, DeploymentConfig=policy())
    assert "same variant names" in message
    lab.update("second")
    lab.advance(10)
    assert now(lab) == ("InService", "second")


def test_several_variants_exclude_a_rolling_deployment(lab: Any) -> None:
    """Guide, "Exclusions"."""
    lab.endpoint("one", "two")
    variants = [lab.variant(name) for name in ("one", "two")]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    request = {"EndpointName": "scores", "EndpointConfigName": "second", "DeploymentConfig": rolling()}
    assert "multiple variants" in lab.refused("update_endpoint", "ValidationException", **request)


def test_a_serverless_endpoint_excludes_it(lab: Any) -> None:
    """Guide: guardrails are for real-time and asynchronous endpoints only."""
    lab.model("one")
    for name in ("first", "second"):
        sizes = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
        variants = [{"VariantName": "one", "ModelName": "one", "ServerlessConfig": sizes}]
        lab.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    request = {"EndpointName": "scores", "EndpointConfigName": "second", "DeploymentConfig": policy()}
    assert "serverless" in lab.refused("update_endpoint", "ValidationException", **request)


def test_the_last_deployment_configuration_is_used_again_where_it_is_retained(lab: Any) -> None:
    """API: RetainDeploymentConfig, of CreateEndpoint as well; guide: creating does not shift by it."""
    serving(lab, DeploymentConfig=policy())
    assert lab.described()["LastDeploymentConfig"] == policy()
    lab.update("second", RetainDeploymentConfig=True)
    lab.advance(10)
    assert pending(lab)[0] == "Baking"
    lab.advance(WAIT + LAST)
    lab.update("first")
    lab.advance(10)
    assert now(lab) == ("InService", "first")
    assert lab.described()["LastDeploymentConfig"] == policy()


def test_what_is_retained_holds_for_the_new_fleet(lab: Any) -> None:
    """5.3: RetainAllVariantProperties; the sizes are those of the retained count."""
    serving(lab, count=4)
    change = {"VariantName": "main", "DesiredInstanceCount": 10}
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=[change])
    lab.advance(10)
    lab.update("second", RetainAllVariantProperties=True, DeploymentConfig=policy())
    lab.advance(10)
    assert pending(lab)[:2] == ("Baking", 2)
