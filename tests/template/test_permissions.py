"""Roles: single actions on named resources, and none of them approves a model."""

import re

import pytest

from tests.template.stack import Stack, Statement, statements

pytestmark = pytest.mark.template

# Requests that name no resource, so that a policy cannot either (Service Authorization Reference).
WITHOUT_RESOURCE = {
    "sagemaker:ListEndpoints",
    "sagemaker:ListModelPackages",
    "sagemaker:ListMonitoringExecutions",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "cloudwatch:DescribeAlarms",  # of composite alarms: "a permission that is scoped to *" (API Reference)
    "cloudwatch:ListAlarmMuteRules",
    "ecr:GetAuthorizationToken",
}
STATUS = "sagemaker:ModelApprovalStatus"


def allowed(stack: Stack) -> list[Statement]:
    return [statement for statement in stack.granted() if statement.effect == "Allow"]


def holders(stack: Stack, action: str) -> set[str]:
    return {statement.owner for statement in allowed(stack) if action in statement.actions}


def test_no_action_is_a_pattern(stack: Stack) -> None:
    patterns = {statement.name: statement.actions for statement in allowed(stack) if "*" in "".join(statement.actions)}
    assert patterns == {}


def test_everything_is_granted_on_something(stack: Stack) -> None:
    for statement in allowed(stack):
        if "*" in statement.resources:
            assert set(statement.actions) <= WITHOUT_RESOURCE, statement.name
        for arn in statement.resources:
            assert arn == "*" or re.match(r"arn:aws:[a-z0-9-]+:", arn), f"{statement.name}: {arn}"


def test_no_statement_is_given_twice(stack: Stack) -> None:
    grants = [
        (statement.owner, action, arn)
        for statement in allowed(stack)
        for action in statement.actions
        for arn in statement.resources
    ]
    assert len(grants) == len(set(grants))


def test_metrics_are_those_of_sagemaker_and_of_the_monitor_alone(stack: Stack) -> None:
    found = [statement for statement in allowed(stack) if "cloudwatch:PutMetricData" in statement.actions]
    assert found
    names = {"MonitorRole": "Leeway", "MonitoringRole": ["/aws/sagemaker/*", "aws/sagemaker/*"]}
    for statement in found:
        operator = "StringEquals" if statement.owner == "MonitorRole" else "StringLike"
        name = names.get(statement.owner, "/aws/sagemaker/*")
        assert statement.condition == {operator: {"cloudwatch:namespace": name}}


def test_every_role_but_the_approvers_is_denied_to_approve(stack: Stack) -> None:
    denial = "arn:aws:iam::123456789012:policy/leeway-no-approval"
    held = {role.id: role.properties.get("ManagedPolicyArns", []) for role in stack.roles()}
    assert len(held) > 1
    assert held == {name: [] if name == "ApproverRole" else [denial] for name in held}


def test_the_denial_covers_both_ways_to_a_status(stack: Stack) -> None:
    policy = stack.resources["NoApprovalPolicy"]
    found = {s.actions[0]: s for s in statements(policy.id, policy.properties["PolicyDocument"])}
    assert {s.effect for s in found.values()} == {"Deny"}
    assert [s.resources for s in found.values()] == [["*"], ["*"]]
    assert found["sagemaker:UpdateModelPackage"].condition == {"Null": {STATUS: "false"}}
    assert found["sagemaker:CreateModelPackage"].condition == {"StringNotEquals": {STATUS: "PendingManualApproval"}}


def test_only_approvers_set_a_status(stack: Stack) -> None:
    decide = {s.owner: s for s in allowed(stack) if "sagemaker:UpdateModelPackage" in s.actions}
    assert {owner: statement.condition for owner, statement in decide.items()} == {
        "ApproverPolicy": {"StringEquals": {STATUS: ["Approved", "Rejected"]}},
        "ApproverRole": {"StringEquals": {STATUS: "Approved"}},
    }


def test_the_approver_does_nothing_to_sagemaker_but_approve(stack: Stack) -> None:
    """What trains, registers and deploys is somebody else, so that none of them alone brings a model to serve."""
    actions = {action for s in allowed(stack) if s.owner == "ApproverRole" for action in s.actions}
    assert {action for action in actions if action.startswith("sagemaker:")} == {
        "sagemaker:DescribeModelPackage",
        "sagemaker:UpdateModelPackage",
    }
    assert not {action for action in actions if action.startswith(("iam:", "s3:Put", "s3:Delete"))}


def test_the_pipeline_registers_only_what_waits_for_approval(stack: Stack) -> None:
    assert holders(stack, "sagemaker:CreateModelPackage") == {"PipelineRole"}
    [register] = [s for s in allowed(stack) if "sagemaker:CreateModelPackage" in s.actions]
    assert register.condition == {"StringEquals": {STATUS: "PendingManualApproval"}}


@pytest.mark.parametrize(
    ("action", "holder"),
    [
        pytest.param("sagemaker:StartPipelineExecution", {"RetrainerRole"}, id="start"),
        pytest.param("sagemaker:CreateModel", {"RolloutRole"}, id="model"),
        pytest.param("sagemaker:CreateEndpointConfig", {"RolloutRole"}, id="configuration"),
        pytest.param("sagemaker:CreateEndpoint", {"RolloutRole"}, id="create"),
        pytest.param("sagemaker:UpdateEndpoint", {"RolloutRole"}, id="update"),
        pytest.param("sagemaker:UpdateEndpointWeightsAndCapacities", {"RolloutRole"}, id="instances"),
        pytest.param("application-autoscaling:RegisterScalableTarget", {"RolloutRole"}, id="scale"),
        pytest.param("sagemaker:DeleteEndpoint", {"RolloutRole"}, id="delete"),
        pytest.param("iam:PassRole", {"RolloutRole", "PipelineRole", "MonitorRole"}, id="pass-role"),
    ],
)
def test_who_may_change_what(stack: Stack, action: str, holder: set[str]) -> None:
    assert holders(stack, action) == holder


def test_roles_are_passed_by_name_and_to_sagemaker_alone(stack: Stack) -> None:
    for statement in allowed(stack):
        if "iam:PassRole" in statement.actions:
            assert statement.actions == ["iam:PassRole"]
            assert statement.condition == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
            assert all(re.fullmatch(r"arn:aws:iam::123456789012:role/leeway-\w+", arn) for arn in statement.resources)


def test_services_assume_roles_for_this_account_only(stack: Stack) -> None:
    for role in stack.roles():
        [trust] = statements(role.id, role.properties["AssumeRolePolicyDocument"])
        assert trust.actions == ["sts:AssumeRole"]
        service = trust.principal["Service"]
        assert service in {"lambda.amazonaws.com", "scheduler.amazonaws.com", "sagemaker.amazonaws.com"}, role.id
        # Lambda sets no such key; a function's role can be passed only by who may pass roles here anyway.
        if service != "lambda.amazonaws.com":
            assert trust.condition["StringEquals"]["aws:SourceAccount"] == "123456789012", role.id


def test_functions_write_to_their_own_log_group_only(stack: Stack) -> None:
    for function in stack.of("AWS::Lambda::Function"):
        owner = function.id.replace("Function", "Role")
        [log] = [s for s in allowed(stack) if s.owner == owner and "logs:PutLogEvents" in s.actions]
        group = function.properties["LoggingConfig"]["LogGroup"]
        assert log.resources == [f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*"]


def test_functions_receive_from_their_own_queue_only(stack: Stack) -> None:
    for mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        function = stack.named("AWS::Lambda::Function", "FunctionName", mapping.properties["FunctionName"])
        owner = function.id.replace("Function", "Role")
        [receive] = [s for s in allowed(stack) if s.owner == owner and "sqs:ReceiveMessage" in s.actions]
        assert receive.resources == [mapping.properties["EventSourceArn"]]


def test_the_topic_takes_our_alarms_alone(stack: Stack) -> None:
    [policy] = stack.of("AWS::SNS::TopicPolicy")
    [publish] = [s for s in statements(policy.id, policy.properties["PolicyDocument"]) if s.effect == "Allow"]
    assert publish.principal == {"Service": "cloudwatch.amazonaws.com"}
    assert publish.condition["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert publish.condition["ArnLike"] == {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:leeway-*"}
