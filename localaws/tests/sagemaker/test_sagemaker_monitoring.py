"""Model Monitor: who may create, states of schedules, and executions with findings that a test gives (reference 3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localaws import Lifecycle
from localaws.sagemaker.analysis import Finding
from localaws.sagemaker.windows import window

pytestmark = pytest.mark.contract

ROLE = "arn:aws:iam::123456789012:role/sagemaker"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
HOURLY = "cron(0 * ? * * *)"
VIOLATION = {
    "feature_name": "tenure",
    "constraint_check_type": "baseline_drift_check",
    "description": "Baseline drift distance: 0.31 exceeds threshold: 0.1",
}


def definition(kind: str = "DataQuality", **rest: Any) -> dict[str, Any]:
    """A job's definition, as in the reference's samples."""
    output = {"S3Uri": "s3://lab/reports", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    given: dict[str, Any] = {"EndpointName": "scores", "LocalPath": "/opt/ml/processing/input/endpoint"}
    job_input: dict[str, Any] = {"EndpointInput": given}
    application: dict[str, Any] = {"ImageUri": ANALYZER, "Environment": {"publish_cloudwatch_metrics": "Enabled"}}
    if kind == "ModelQuality":
        given |= {"StartTimeOffset": "-P1D", "EndTimeOffset": "-PT1H"}
        job_input["GroundTruthS3Input"] = {"S3Uri": "s3://lab/truth"}
        application["ProblemType"] = "BinaryClassification"
    return {
        "JobDefinitionName": "dq",
        f"{kind}AppSpecification": application,
        f"{kind}JobInput": job_input,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}},
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        **rest,
    }


def schedule(expression: str = HOURLY, kind: str = "DataQuality", **rest: Any) -> dict[str, Any]:
    config = {"ScheduleConfig": {"ScheduleExpression": expression, **rest}, "MonitoringType": kind}
    return {
        "MonitoringScheduleName": "churn-dq",
        "MonitoringScheduleConfig": config | {"MonitoringJobDefinitionName": "dq"},
    }


@pytest.fixture
def old(lab: Any) -> Iterator[Any]:
    """A lab of an account that had Model Monitor before, with an endpoint that captures; its clock shows five past."""
    lab.aws.world.lifecycle = Lifecycle(model_monitor=True)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://lab/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    now = lab.aws.now()
    lab.aws.advance_to(now.replace(minute=5, second=0, microsecond=0) + timedelta(hours=1))
    lab.endpoint(DataCaptureConfig=capture)
    lab.sm.create_data_quality_job_definition(**definition())
    return lab


def status(lab: Any) -> str:
    return str(lab.sm.describe_monitoring_schedule(MonitoringScheduleName="churn-dq")["MonitoringScheduleStatus"])


def executions(lab: Any, **rest: Any) -> list[dict[str, Any]]:
    found = lab.sm.list_monitoring_executions(MonitoringScheduleName="churn-dq", SortOrder="Ascending", **rest)
    return list(found["MonitoringExecutionSummaries"])


def job(lab: Any, execution: dict[str, Any]) -> dict[str, Any]:
    name = execution["ProcessingJobArn"].rsplit("/", 1)[-1]
    found: dict[str, Any] = lab.sm.describe_processing_job(ProcessingJobName=name)
    return found


def test_new_customers_can_create_nothing(lab: Any) -> None:
    """0: closed to new customers since 2026-07-30; the text is the guide's, code and status are assumed."""
    closed = "Amazon SageMaker Model Monitor is no longer open to new customers."
    for operation, request in (
        ("create_data_quality_job_definition", definition()),
        ("create_model_quality_job_definition", definition("ModelQuality")),
        ("create_monitoring_schedule", schedule()),
    ):
        assert lab.refused(operation, "ValidationException", **request) == closed
    assert lab.sm.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    lab.refused("describe_monitoring_schedule", "ResourceNotFound", MonitoringScheduleName="churn-dq")


def test_definitions(old: Any) -> None:
    """9.1: ResourceInUse for a second one, ResourceNotFound for none."""
    old.sm.create_model_quality_job_definition(**definition("ModelQuality"))
    found = old.sm.describe_data_quality_job_definition(JobDefinitionName="dq")
    assert found["JobDefinitionArn"].endswith(":data-quality-job-definition/dq")
    assert found["DataQualityJobInput"]["EndpointInput"]["EndpointName"] == "scores"
    (listed,) = old.sm.list_model_quality_job_definitions(EndpointName="scores")["JobDefinitionSummaries"]
    assert (listed["MonitoringJobDefinitionName"], listed["EndpointName"]) == ("dq", "scores")
    assert old.sm.list_data_quality_job_definitions(EndpointName="other")["JobDefinitionSummaries"] == []
    old.refused("create_data_quality_job_definition", "ResourceInUse", **definition())
    old.sm.delete_data_quality_job_definition(JobDefinitionName="dq")
    old.refused("describe_data_quality_job_definition", "ResourceNotFound", JobDefinitionName="dq")
    assert old.sm.describe_model_quality_job_definition(JobDefinitionName="dq")["JobDefinitionName"] == "dq"
    old.sm.delete_model_quality_job_definition(JobDefinitionName="dq")
    old.refused("describe_model_quality_job_definition", "ResourceNotFound", JobDefinitionName="dq")


def test_states_of_a_schedule(old: Any) -> None:
    """3.10: Pending, then Scheduled or Stopped; while it is Pending nothing can be changed."""
    old.sm.create_monitoring_schedule(**schedule())
    name = {"MonitoringScheduleName": "churn-dq"}
    assert status(old) == "Pending"
    for operation in ("stop_monitoring_schedule", "delete_monitoring_schedule", "start_monitoring_schedule"):
        assert "in status Pending" in old.refused(operation, "ValidationException", **name)
    old.refused("create_monitoring_schedule", "ResourceInUse", **schedule())
    old.advance(2)
    assert status(old) == "Scheduled"
    old.sm.stop_monitoring_schedule(**name)
    old.advance(2)
    assert status(old) == "Stopped"
    old.advance(3 * 3600)
    assert executions(old) == []
    old.sm.start_monitoring_schedule(**name)
    old.advance(2)
    assert status(old) == "Scheduled"
    old.sm.update_monitoring_schedule(**schedule("cron(0 0 ? * * *)"))
    old.advance(2)
    config = old.sm.describe_monitoring_schedule(**name)["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"]["ScheduleExpression"] == "cron(0 0 ? * * *)"
    old.sm.delete_monitoring_schedule(**name)
    old.refused("stop_monitoring_schedule", "ResourceNotFound", **name)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(schedule("cron(30 * ? * * *)"), id="half past"),
        pytest.param(schedule("rate(1 hour)"), id="rate"),
        pytest.param(schedule("NOW"), id="no window"),
        pytest.param(schedule("NOW", DataAnalysisStartTime="-P2D", DataAnalysisEndTime="-PT0H"), id="too long"),
    ],
)
def test_expressions_that_are_none_are_refused(config: dict[str, Any], old: Any) -> None:
    """3.11: hourly, at an hour, every so many hours, or NOW with a window of at most a day."""
    old.refused("create_monitoring_schedule", "ValidationException", **config)


def test_an_hourly_job_must_be_over_in_time(old: Any) -> None:
    """3.7: 1800 s for model quality, 3600 s for data quality."""
    given = definition("ModelQuality", StoppingCondition={"MaxRuntimeInSeconds": 1801})
    old.sm.create_model_quality_job_definition(**given)
    old.refused("create_monitoring_schedule", "ValidationException", **schedule(kind="ModelQuality"))
    old.sm.create_monitoring_schedule(**schedule("cron(0 0/6 ? * * *)", "ModelQuality"))


def test_an_endpoint_must_be_there(old: Any) -> None:
    """aws/sagemaker-python-sdk#4873."""
    given = definition(JobDefinitionName="other")
    given["DataQualityJobInput"]["EndpointInput"]["EndpointName"] = "gone"
    old.sm.create_data_quality_job_definition(**given)
    request = schedule()
    request["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"] = "other"
    assert "Could not find endpoint" in old.refused("create_monitoring_schedule", "ValidationException", **request)


def test_an_hour_without_traffic_has_no_data(old: Any) -> None:
    """3.10: Failed, "Job inputs had no data"."""
    old.sm.create_monitoring_schedule(**schedule())
    old.advance(2 * 3600)
    first = executions(old)[0]
    assert (first["MonitoringExecutionStatus"], first["FailureReason"]) == ("Failed", "Job inputs had no data")


def test_without_findings_the_analyzer_cannot_run(old: Any) -> None:
    old.sm.create_monitoring_schedule(**schedule())
    old.invoke()
    old.advance(3600 + 900)
    (execution,) = executions(old)
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert "localaws has no analyzer" in execution["FailureReason"]


def test_violations_are_found_where_model_monitor_writes_them(old: Any) -> None:
    """3.1, 3.9, 3.10: files, exit message, metrics by names and dimensions; an alarm on them rings."""
    old.cloudwatch.put_metric_alarm(
        AlarmName="drift",
        Namespace="aws/sagemaker/Endpoints/data-metrics",
        MetricName="feature_baseline_drift_tenure",
        Dimensions=[{"Name": "Endpoint", "Value": "scores"}, {"Name": "MonitoringSchedule", "Value": "churn-dq"}],
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=2,
        DatapointsToAlarm=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    old.sm.create_monitoring_schedule(**schedule())
    old.invoke()
    statistics = {"version": 0.0, "dataset": {"item_count": 1}, "features": []}
    metrics = {"feature_baseline_drift_tenure": 0.31}
    files = {"statistics.json": statistics}
    old.aws.monitor_finds("churn-dq", violations=[VIOLATION], files=files, metrics=metrics)
    begun = old.aws.now().replace(minute=0, second=0, microsecond=0)
    old.advance(3600 + 900)
    (execution,) = executions(old, StatusEquals="CompletedWithViolations")
    assert execution["ScheduledTime"] == begun + timedelta(hours=1)
    found = job(old, execution)
    assert found["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert (found["ProcessingJobStatus"], found["MonitoringScheduleArn"][-8:]) == ("Completed", "churn-dq")
    assert found["Environment"]["start_time"] == f"{begun:%Y-%m-%dT%H:%M:%SZ}"
    report = f"reports/scores/churn-dq/{begun + timedelta(hours=1):%Y/%m/%d/%H}"
    assert old.keys("reports/") == [f"{report}/constraint_violations.json", f"{report}/statistics.json"]
    assert json.loads(old.get(f"{report}/constraint_violations.json")) == {"violations": [VIOLATION]}
    (alarm,) = old.cloudwatch.describe_alarms(AlarmNames=["drift"])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    last = old.sm.describe_monitoring_schedule(MonitoringScheduleName="churn-dq")["LastMonitoringExecutionSummary"]
    assert last["MonitoringExecutionStatus"] == "CompletedWithViolations"
    told = [event["ProcessingJobStatus"] for event in old.events("Processing Job State Change")]
    assert told == ["InProgress", "Completed"]


def test_a_run_that_finds_nothing_writes_no_violations(old: Any) -> None:
    """3.1: file absent and Completed."""
    old.sm.create_monitoring_schedule(**schedule())
    old.invoke()
    old.aws.monitor_finds("churn-dq")
    old.advance(3600 + 900)
    (execution,) = executions(old)
    assert execution["MonitoringExecutionStatus"] == "Completed"
    assert job(old, execution)["ExitMessage"].startswith("Completed: ")
    assert old.keys("reports/") == []


def test_once_and_now(old: Any) -> None:
    """3.11: NOW, with a window of its own."""
    old.invoke()
    old.advance(120)
    old.sm.create_monitoring_schedule(
        **schedule("NOW", DataAnalysisStartTime="-PT3H", DataAnalysisEndTime="-PT0H"),
    )
    old.advance(2)
    old.aws.monitor_finds("churn-dq", violations=[VIOLATION])
    old.advance(5 * 3600)
    assert [one["MonitoringExecutionStatus"] for one in executions(old)] == ["CompletedWithViolations"]


def test_a_monitoring_job_reads_and_writes_by_its_role(old: Any) -> None:
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lab/reports/*"}
    everything = {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}
    role = old.role("narrow", everything, deny)
    old.sm.delete_data_quality_job_definition(JobDefinitionName="dq")
    old.sm.create_data_quality_job_definition(**definition(RoleArn=role))
    old.sm.create_monitoring_schedule(**schedule())
    old.invoke()
    old.aws.monitor_finds("churn-dq", violations=[VIOLATION])
    old.advance(3600 + 900)
    (execution,) = executions(old)
    assert "Artifact upload failed:" in execution["FailureReason"]


def test_windows() -> None:
    """3.6, 3.11: what lies between two firings, or by the definition's offsets."""
    at = datetime(2026, 3, 2, 6, tzinfo=UTC)

    def of(expression: str, **given: str) -> tuple[int, int]:
        start, end = window({"ScheduleConfig": {"ScheduleExpression": expression}}, given, at)
        return int((start - at).total_seconds() // 3600), int((end - at).total_seconds() // 3600)

    assert of(HOURLY) == (-1, 0)
    assert of("cron(0 0/6 ? * * *)") == (-6, 0)
    assert of("cron(0 6 ? * * *)") == (-24, 0)
    assert of(HOURLY, StartTimeOffset="-P1D", EndTimeOffset="-PT1H") == (-24, -1)


def test_schedules_go_on_after_a_restart(lasting: Any) -> None:
    lab, killed = lasting
    lab.aws.world.lifecycle = Lifecycle(model_monitor=True)
    lab.endpoint()
    lab.sm.create_data_quality_job_definition(**definition())
    lab.sm.create_monitoring_schedule(**schedule())
    lab.advance(2)
    lab.aws.monitor_finds("churn-dq", violations=[VIOLATION])
    lab = killed()
    assert lab.sm.describe_data_quality_job_definition(JobDefinitionName="dq")["JobDefinitionName"] == "dq"
    assert lab.aws.sagemaker.monitoring.schedules["churn-dq"].findings == [Finding(violations=[VIOLATION])]
    lab.advance(2 * 3600)
    found = executions(lab)
    assert {one["MonitoringExecutionStatus"] for one in found} == {"Failed"}
    assert executions(killed()) == found


SCRIPT = b"""
def preprocess_handler(record):
    age, plan = record.endpoint_input.data.split(",")
    return {"age": float(age) if age.isdecimal() else age or None, "plan": plan}
"""


def baseline(lab: Any, script: bytes = SCRIPT, **changed: Any) -> dict[str, Any]:
    """A definition with a script and a baseline of 1,000 people from 0 to 49, half of them by the month."""
    buckets = [{"value": plan, "count": 500.0} for plan in ("month", "year")]
    ages = [[float(age) for age in range(50) for _ in range(20)]]
    statistics = [
        {"name": "age", "numerical_statistics": {"distribution": {"kll": {"sketch": {"data": ages}}}}},
        {"name": "plan", "string_statistics": {"distribution": {"categorical": {"buckets": buckets}}}},
    ]
    compared = {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparison_method": "Simple"}
    constraints = {
        "features": [
            {"name": "age", "inferred_type": "Fractional", "completeness": 1.0},
            {"name": "plan", "inferred_type": "String", "string_constraints": {"domains": ["month", "year"]}},
        ],
        "monitoring_config": {"emit_metrics": "Enabled", "distribution_constraints": compared | changed},
    }
    given = definition(JobDefinitionName="by-script")
    given["DataQualityAppSpecification"]["RecordPreprocessorSourceUri"] = lab.put("preprocess.py", script)
    given["DataQualityBaselineConfig"] = {
        "ConstraintsResource": {"S3Uri": lab.put("constraints.json", json.dumps(constraints).encode())},
        "StatisticsResource": {"S3Uri": lab.put("statistics.json", json.dumps({"features": statistics}).encode())},
    }
    return given


def ran(lab: Any, bodies: list[bytes], **given: Any) -> dict[str, Any]:
    """An execution over these requests."""
    lab.sm.create_data_quality_job_definition(**baseline(lab, **given))
    request = schedule()
    request["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"] = "by-script"
    lab.sm.create_monitoring_schedule(**request)
    for body in bodies:
        lab.invoke(body)
    lab.advance(3600 + 900)
    return executions(lab)[0]


def violated(lab: Any) -> dict[tuple[str, str], str]:
    (key,) = [key for key in lab.keys("reports/") if key.endswith("constraint_violations.json")]
    found = json.loads(lab.get(key))["violations"]
    return {(one["feature_name"], one["constraint_check_type"]): one["description"] for one in found}


def test_data_quality_by_a_script_and_a_baseline_is_analysed(old: Any) -> None:
    """3.2 to 3.5, 3.9: distances as documented, checks by their names, metrics that an alarm can ring by."""
    bodies = [b"%d,month" % (age % 25) for age in range(48)] + [b",week", b"old,month"]
    execution = ran(old, bodies)
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations", execution
    found = violated(old)
    assert set(found) == {
        ("age", "completeness_check"), ("age", "data_type_check"), ("age", "baseline_drift_check"),
        ("plan", "categorical_values_check"), ("plan", "baseline_drift_check"),
    }  # fmt: skip
    # Of 48 numbers all are at most 24, and of the baseline's 50 half; of 50 plans 49 are month, and of it half.
    assert "Baseline drift distance: 0.5 exceeds threshold: 0.1" in found["age", "baseline_drift_check"]
    assert "Baseline drift distance: 0.5 exceeds" in found["plan", "baseline_drift_check"]
    (key,) = [key for key in old.keys("reports/") if key.endswith("statistics.json")]
    written = json.loads(old.get(key))
    assert written["dataset"] == {"item_count": 50.0}
    metrics = old.cloudwatch.list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert {one["MetricName"] for one in metrics} == {
        f"{name}_{feature}" for name in ("feature_non_null", "feature_baseline_drift") for feature in ("age", "plan")
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"script": b"def other(): pass"}, "the script has no preprocess_handler", id="no handler"),
        pytest.param({"script": b"def preprocess_handler(record): return 1 / 0"}, "ZeroDivisionError", id="raises"),
        pytest.param({"perform_comparison": "Disabled"}, "", id="compares nothing"),
        pytest.param({"comparison_method": "Robust"}, "", id="robust"),
    ],
)
def test_what_an_analysis_cannot_read_fails_it_and_what_it_may_not_compare_is_none(
    given: dict[str, Any], says: str, old: Any
) -> None:
    execution = ran(old, [b"%d,%s" % (age, (b"month", b"year")[age % 2]) for age in range(0, 50, 5)], **given)
    assert execution["MonitoringExecutionStatus"] == ("Failed" if says else "Completed")
    assert says in execution.get("FailureReason", "")
