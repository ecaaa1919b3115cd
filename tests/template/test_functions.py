"""Each function has a log group, a role of its own, a way of failing that somebody hears of, and a handler."""

import ast
from pathlib import Path

import pytest

from tests.template.stack import Resource, Stack, queue_name

pytestmark = pytest.mark.template

OUTAGE = 600  # seconds of throttling that must make no dead letter


def mappings(stack: Stack) -> list[tuple[Resource, Resource, Resource]]:
    """(mapping, its queue, its function)."""
    return [
        (
            mapping,
            stack.named("AWS::SQS::Queue", "QueueName", queue_name(mapping.properties["EventSourceArn"])),
            stack.named("AWS::Lambda::Function", "FunctionName", mapping.properties["FunctionName"]),
        )
        for mapping in stack.of("AWS::Lambda::EventSourceMapping")
    ]


def test_every_log_group_is_the_functions_own_and_ends(stack: Stack) -> None:
    for function in stack.of("AWS::Lambda::Function"):
        name = function.properties["FunctionName"]
        group = stack.named(
            "AWS::Logs::LogGroup", "LogGroupName", function.properties["LoggingConfig"]["LogGroup"]
        ).properties
        assert group["LogGroupName"] == f"/aws/lambda/{name}"
        assert int(group["RetentionInDays"]) > 0, name


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    functions = stack.of("AWS::Lambda::Function")
    roles = {function.properties["Role"].rsplit("/", 1)[-1] for function in functions}
    assert roles == {function.properties["FunctionName"] for function in functions}


def test_every_function_fails_where_somebody_hears_of_it(stack: Stack) -> None:
    """By the dead letters of its queue, or, where Lambda invokes it asynchronously, by a destination.

    A function with a URL fails before its caller's eyes, and an alarm tells of it.
    """
    from_queues = {function.id for _, queue, function in mappings(stack) if "RedrivePolicy" in queue.properties}
    asynchronous = {
        stack.named("AWS::Lambda::Function", "FunctionName", config.properties["FunctionName"]).id
        for config in stack.of("AWS::Lambda::EventInvokeConfig")
        if config.properties["DestinationConfig"]["OnFailure"]["Destination"]
    }
    synchronous = {
        stack.named("AWS::Lambda::Function", "FunctionName", url.properties["TargetFunctionArn"].rsplit(":", 1)[-1]).id
        for url in stack.of("AWS::Lambda::Url")
    }
    errors = {
        alarm.properties["Dimensions"][0]["Value"]
        for alarm in stack.of("AWS::CloudWatch::Alarm")
        if alarm.properties["MetricName"] == "Errors"
    }
    assert errors == {stack.resources[name].properties["FunctionName"] for name in synchronous}
    assert len(from_queues) + len(asynchronous) + len(synchronous) == len(from_queues | asynchronous | synchronous)
    assert from_queues | asynchronous | synchronous == {function.id for function in stack.of("AWS::Lambda::Function")}


def test_a_message_comes_back_no_sooner_than_six_timeouts(stack: Stack) -> None:
    for _, queue, function in mappings(stack):
        assert queue.properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"], queue.id


def test_an_outage_makes_no_dead_letter(stack: Stack) -> None:
    """The last receive must come long after the outage: the first may have been at its beginning."""
    for _, queue, _ in mappings(stack):
        receives = queue.properties["RedrivePolicy"]["maxReceiveCount"]
        assert (receives - 1) * queue.properties["VisibilityTimeout"] >= 2 * OUTAGE, queue.id


def test_batches_report_what_failed_and_reconcilers_take_one_model(stack: Stack) -> None:
    for mapping, queue, _ in mappings(stack):
        if queue.properties.get("FifoQueue"):
            assert mapping.properties["BatchSize"] == 1, queue.id
        else:
            assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], queue.id


def test_a_tick_ends_before_the_next(stack: Stack) -> None:
    [schedule] = stack.of("AWS::Scheduler::Schedule")
    assert schedule.properties["ScheduleExpression"] == "rate(1 minute)"
    function = stack.resources["TickFunction"].properties
    assert schedule.properties["Target"]["Arn"].endswith(f":function:{function['FunctionName']}")
    assert function["Timeout"] < 60


def test_every_handler_is_there_and_every_package_is_deployed(stack: Stack, root: Path) -> None:
    handlers = [function.properties["Handler"] for function in stack.of("AWS::Lambda::Function")]
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        tree = ast.parse((root / "functions" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, handler
    packages = {path.parent.name for path in (root / "functions").glob("*/app.py")}
    assert packages == {handler.split(".")[0] for handler in handlers}


def test_every_function_carries_the_layer_and_those_that_count_duckdb_too(stack: Stack) -> None:
    counting = {"MonitorFunction", "RolloutFunction"}
    names = {layer.properties["LayerName"] for layer in stack.of("AWS::Lambda::LayerVersion")}
    assert names == {"leeway-core", "leeway-duckdb"}
    for function in stack.of("AWS::Lambda::Function"):
        carried = [arn.split(":")[-2] for arn in function.properties["Layers"]]
        wanted = ["leeway-core", "leeway-duckdb"] if function.id in counting else ["leeway-core"]
        assert carried == wanted, function.id
