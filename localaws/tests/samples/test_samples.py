"""Every file of the reference's samples: accepted, reproduced, or listed as not emulated. One row of a table each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.contract
COVERAGE = Path(__file__).parents[2] / "COVERAGE.md"


def nothing(churn: Any) -> None:
    """No prerequisite."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The request is sent as it is; its answer, where the sample has one, is alike but for `but` (place: reason)."""

    prepare: Callable[[Any], Any] = nothing
    but: dict[str, str] = field(default_factory=dict)

    def show(self, churn: Any, name: str) -> None:
        self.prepare(churn)
        asked = churn.sample(name)
        answer = churn.ask(asked["service"], asked["operation"], **asked["request"])
        if "response" in asked:
            alike(asked["response"], answer, self.but)


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """What the embedded AWS makes itself is alike: names, casing, kinds of values.

    Where the sample shows only a part, as `part` says, there may be more.
    """

    make: Callable[[Any], Any]
    but: dict[str, str] = field(default_factory=dict)
    part: str = ""

    def show(self, churn: Any, name: str) -> None:
        made = self.make(churn)
        sample = _lines(churn.folder / f"{name}.jsonl") if isinstance(made, list) else churn.sample(name)
        sample = sample.get("response", sample) if isinstance(sample, dict) else sample
        alike(sample, made, self.but, part=bool(self.part))


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """AWS spells the same event so too, says the reference; ours is that of `of`, and this one is delivered."""

    of: str

    def show(self, churn: Any, name: str) -> None:
        sample, other = churn.sample(name), churn.sample(self.of)
        assert isinstance(ROWS[self.of], Reproduced)
        assert sample["detail-type"] == other["detail-type"]
        queue = churn.ask("sqs", "CreateQueue", QueueName="told")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:111122223333:told"
        allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]})
        churn.ask("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": policy})
        pattern = json.dumps({"detail-type": [sample["detail-type"]]})
        churn.ask("events", "PutRule", Name="all", EventPattern=pattern)
        churn.ask("events", "PutTargets", Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
        churn.aws.bus.deliver(sample)
        churn.aws.settle()
        assert json.loads(churn.ask("sqs", "ReceiveMessage", QueueUrl=queue)["Messages"][0]["Body"]) == sample


@dataclass(frozen=True, kw_only=True)
class NotEmulated:
    """The request (or, for a file, what would write or read it) answers so, and COVERAGE.md lists it by these words."""

    listed: str
    by: tuple[str, str, dict[str, Any]] | str | None = None
    prepare: Callable[[Any], Any] = nothing

    def show(self, churn: Any, name: str) -> None:
        assert self.listed in COVERAGE.read_text(encoding="utf-8")
        self.prepare(churn)
        with pytest.raises(ClientError, match=r"not emulated by localaws \(see COVERAGE.md\)"):
            churn.ask(*self._asked(churn, name)[:2], **self._asked(churn, name)[2])

    def _asked(self, churn: Any, name: str) -> tuple[str, str, dict[str, Any]]:
        if isinstance(self.by, tuple):
            return self.by
        asked = churn.sample(self.by or name)
        return asked["service"], asked["operation"], asked["request"]


@dataclass(frozen=True, kw_only=True)
class Matches:
    """The pattern matches those of all sample events that the file lists, and no other."""

    def show(self, churn: Any, name: str) -> None:
        sample = churn.sample(name)
        pattern = json.dumps(sample["pattern"])
        events = {path.stem: path.read_text(encoding="utf-8") for path in (churn.folder / "events").glob("*.json")}
        found = [
            stem
            for stem, event in events.items()
            if "detail-type" in json.loads(event)
            and churn.ask("events", "TestEventPattern", EventPattern=pattern, Event=event)["Result"]
        ]
        assert sorted(found) == sorted(sample["matches"])


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A file that is neither a request nor an answer: shown by a function."""

    by: Callable[[Any], None]

    def show(self, churn: Any, name: str) -> None:
        self.by(churn)


# Likeness


def alike(sample: Any, ours: Any, but: dict[str, str], *, part: bool = False) -> None:
    """No differences but these, and all of these; of a part, more is none."""
    found = {place: how for place, how in differences(sample, ours) if how != "more" or not part}
    assert {place: how for place, how in found.items() if place not in but} == {}
    assert but.keys() <= found.keys()


KINDS = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "cloudwatch time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000",
    "capitals": r"[A-Z][A-Z_]+",
    "digits": r"\d+",
}


def differences(sample: Any, ours: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Places (in lists, by number; what is empty is like any other) whose names or kinds of values differ, and how."""
    sample, ours = _read(sample), _read(ours)
    if isinstance(sample, dict) and isinstance(ours, dict):
        if not sample or not ours:
            return
        for name in sorted(sample.keys() | ours.keys()):
            inner = f"{place}.{name}".lstrip(".")
            if name not in ours or name not in sample:
                yield inner, "missing" if name not in ours else "more"
            else:
                yield from differences(sample[name], ours[name], inner)
    elif isinstance(sample, list) and isinstance(ours, list):
        for one, other in zip(sample, ours, strict=False):
            yield from differences(one, other, place)
    elif _kind(sample) != _kind(ours):
        yield place, f"{_kind(ours)} ({str(ours)[:60]}), not {_kind(sample)} ({str(sample)[:60]})"


def _read(value: Any) -> Any:
    """A JSON object within a text counts as what it holds."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(type(value).__name__)
    if isinstance(value, int | float):
        return "number"
    if hasattr(value, "isoformat"):
        return "time"
    if isinstance(value, dict | list):
        return type(value).__name__
    if value.startswith("arn:"):
        return ":".join(value.split(":")[:3]) + " " + value.split(":")[5].split("/")[0]
    return next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, value)), "text")


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# Ways


def shown_by(operation: str, **request: Any) -> Callable[[Any], Any]:
    """What a describe or list answers."""
    return lambda churn: churn.sm(operation, **request)


def after(*steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The steps in order; the last one's result."""

    def make(churn: Any) -> Any:
        return [step(churn) for step in steps][-1]

    return make


def last(kind: str, number: int = -1, **where: Any) -> Callable[[Any], Any]:
    """An event of SageMaker."""
    return lambda churn: churn.event(f"SageMaker {kind}", number, **where)


def alarmed(*values: float | None, number: int = -1, **changes: Any) -> Callable[[Any], Any]:
    """An event of the alarm on drift after these hours."""
    return lambda churn: churn.alarm(*values, **changes)[number]


def approve(churn: Any, sample: str = "approve", **changes: Any) -> None:
    churn.send(f"update-model-package-{sample}", **changes)


def decided(status: str) -> Callable[[Any], Any]:
    """A decision without a description."""
    arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn-models/7"
    return lambda churn: churn.sm("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus=status)


def packaged(*updates: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The event of version 7 after these updates; what the sample's package has and the event's has not are given."""
    digest = "sha256:4dc8a7e4a010a19bb9e0a6b063f355393f6e623603361bd8b105f554d4f0c004"

    def make(churn: Any) -> Any:
        request = churn.sample("api/create-model-package")["request"]
        specification = {
            name: value for name, value in request["InferenceSpecification"].items() if "Instance" not in name
        }
        specification["Containers"][0]["ImageDigest"] = digest
        churn.once("group", lambda: churn.sm("CreateModelPackageGroup", ModelPackageGroupName="churn-models"))
        for number in range(7):
            quality = request["ModelMetrics"]["ModelQuality"]["Statistics"]
            churn.sm(
                "CreateModelPackage",
                ModelPackageGroupName="churn-models",
                InferenceSpecification=specification,
                ModelApprovalStatus="PendingManualApproval",
                ModelMetrics={"ModelQuality": {"Statistics": quality}},
                MetadataProperties=request["MetadataProperties"],
                ClientToken=f"version-{number}",
            )
        for update in updates:
            update(churn)
        return churn.event("SageMaker Model Package State Change", ModelPackageVersion=7)

    return make


def twice_endpoint(churn: Any) -> dict[str, Any]:
    """An update of weights: the event while it goes on."""
    churn.endpoint()
    churn.send("update-endpoint-weights")
    return last("Endpoint State Change", EndpointStatus="UPDATING")(churn)


def broken_endpoint(churn: Any) -> dict[str, Any]:
    churn.models()
    churn.once("broken", lambda: churn.model("broken"))
    churn.ask("s3", "DeleteObject", Bucket="churn-artifacts-111122223333", Key="broken.tar.gz")
    variant = {"VariantName": "champion", "ModelName": "broken", "InstanceType": "ml.m5.large"}
    churn.sm("CreateEndpointConfig", EndpointConfigName="e", ProductionVariants=[variant | {"InitialInstanceCount": 1}])
    tags = [{"Key": "project", "Value": "churn"}]
    churn.sm("CreateEndpoint", EndpointName="churn-prod", EndpointConfigName="e", Tags=tags)
    churn.advance(seconds=20)
    return last("Endpoint State Change")(churn)


def scaled_endpoint(churn: Any) -> dict[str, Any]:
    churn.endpoint()
    change = [{"VariantName": "champion", "DesiredInstanceCount": 6}]
    churn.sm("UpdateEndpointWeightsAndCapacities", EndpointName="churn-prod", DesiredWeightsAndCapacities=change)
    return last("Endpoint Deployment State Change", 0, EndpointStatus="UPDATING")(churn)


def tuned(churn: Any) -> dict[str, Any]:
    """A tuning of eta with a script."""
    churn.training("any", "")
    made = churn.sm("DescribeTrainingJob", TrainingJobName="any")
    code = 'print("[0]#011validation-auc:0.9")'
    churn.training("source", code)
    script = churn.sm("DescribeTrainingJob", TrainingJobName="source")["HyperParameters"]
    script = {name: value for name, value in script.items() if name.startswith("sagemaker")}
    parts = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig")
    parts += ("StoppingCondition",)
    ranges = [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}]
    churn.sm(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="churn-hpo",
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": ranges},
        },
        TrainingJobDefinition={
            **{part: made[part] for part in parts},
            "StaticHyperParameters": {"objective": "binary:logistic"} | script,
        },
        Tags=[{"Key": "project", "Value": "churn"}],
    )
    churn.aws.settle()
    return last("HyperParameter Tuning Job State Change")(churn)


def trained(code: str = "", **rest: Any) -> Callable[[Any], Any]:
    return lambda churn: churn.training("pipelines-p4jn9xou8a8s-Train-xw869y8C4a", code, **rest)


def began(churn: Any) -> dict[str, Any]:
    """A trial that goes on."""
    tuned(churn)
    told = churn.events("SageMaker Training Job State Change")
    return next(one for one in told if one["detail"]["TuningJobArn"] and one["detail"]["TrainingStartTime"])


def executed(*steps: Callable[[Any], dict[str, Any]], number: int = -1, **where: Any) -> Callable[[Any], Any]:
    """An event of an execution with these steps."""

    def make(churn: Any) -> Any:
        churn.run(*(step(churn) for step in steps))
        return last("Model Building Pipeline Execution Status Change", number, **where)(churn)

    return make


def stepped(script: str = "true", times: int = 1, **where: Any) -> Callable[[Any], Any]:
    """An event of a step, after so many executions."""

    def make(churn: Any) -> Any:
        cache = {"Enabled": True, "ExpireAfter": "P7D"}
        steps = [churn.step("Preprocess", script, **({"CacheConfig": cache} if times > 1 else {}))]
        churn.once("pipeline", lambda: churn.pipeline(*steps))
        for number in range(times):
            churn.send("start-pipeline-execution", ClientRequestToken=f"{number:064}")
            churn.aws.settle()
        return last("Model Building Pipeline Execution Step Status Change", **where)(churn)

    return make


def listed_steps(churn: Any) -> dict[str, Any]:
    """A step from the cache, a condition, a registration and a failure, in the sample's order."""
    churn.once("group", lambda: churn.sm("CreateModelPackageGroup", ModelPackageGroupName="churn-models"))
    package = churn.sample("api/create-model-package")["request"]
    arguments = {name: package[name] for name in ("ModelPackageGroupName", "InferenceSpecification")}
    always = {"Type": "Equals", "LeftValue": "a", "RightValue": "a"}
    churn.pipeline(
        churn.step("Preprocess", CacheConfig={"Enabled": True, "ExpireAfter": "P7D"}),
        {
            "Name": "CheckAuc",
            "Type": "Condition",
            "DependsOn": ["Preprocess"],
            "Arguments": {
                "Conditions": [always],
                "IfSteps": [
                    {"Name": "Register-RegisterModel", "Type": "RegisterModel", "Arguments": arguments},
                    churn.step("DataQualityCheck", "exit 1", DependsOn=["Register-RegisterModel"]),
                ],
                "ElseSteps": [],
            },
        },
    )
    for number in range(2):
        arn = churn.send("start-pipeline-execution", ClientRequestToken=f"{number:064}")["PipelineExecutionArn"]
        churn.aws.settle()
    return churn.sm("ListPipelineExecutionSteps", PipelineExecutionArn=arn, SortOrder="Ascending")


def handled(churn: Any) -> dict[str, Any]:
    """A step that runs because another one failed, which ends an execution as CompletedWithFailures."""
    return churn.step("OnFailure", DependsOn=[{"Step": "Preprocess", "Trigger": "Failed"}])


def dropped(how: str, versioned: bool = True) -> Callable[[Any], Any]:
    """The event of an object that came by PUT, in parts or as a copy."""

    def make(churn: Any) -> Any:
        bucket, key = "churn-raw-111122223333", "incoming/2026/03/02/customers part 1+2.csv"
        churn.put("raw", "other", b"x" * 1024)
        rules = {"EventBridgeConfiguration": {}}
        churn.ask("s3", "PutBucketNotificationConfiguration", Bucket=bucket, NotificationConfiguration=rules)
        if versioned:
            status = {"Status": "Enabled"}
            churn.ask("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration=status)
        where = {"Bucket": bucket, "Key": key}
        if how == "PutObject":
            churn.ask("s3", "PutObject", **where, Body=b"x" * 1024)
        elif how == "CopyObject":
            churn.ask("s3", "CopyObject", **where, CopySource={"Bucket": bucket, "Key": "other"})
        else:
            upload = churn.ask("s3", "CreateMultipartUpload", **where)["UploadId"]
            part = {"UploadId": upload, "PartNumber": 1}
            tag = churn.ask("s3", "UploadPart", **where, **part, Body=b"x" * 1024)["ETag"]
            parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
            churn.ask("s3", "CompleteMultipartUpload", **where, UploadId=upload, MultipartUpload=parts)
        return churn.events("Object Created")[-1]

    return make


def by_schedule(churn: Any) -> dict[str, Any]:
    churn.deploy()
    churn.advance(hours=1)
    return churn.trigger()[0]


def by_alarm(churn: Any) -> dict[str, Any]:
    churn.deploy()
    function = "arn:aws:lambda:us-east-1:111122223333:function:trigger"
    churn.alarm(0.02, 0.31, AlarmActions=[function])
    return next(event for event in churn.trigger() if "alarmData" in event)


def children(churn: Any) -> None:
    """The alarms that the composite one names, and the one that suppresses its actions; none rings."""
    for name in ("churn-dq-tenure", "churn-mq-f1", "churn-maintenance"):
        churn.send("put-metric-alarm-drift", AlarmName=name, TreatMissingData="ignore")
        churn.ask("cloudwatch", "SetAlarmState", AlarmName=name, StateValue="OK", StateReason="by hand")


def by_composite(churn: Any) -> dict[str, Any]:
    """It has come to rest, and then rings while its suppressor has time to."""
    children(churn)
    periods = {"ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180}
    churn.send("put-composite-alarm", ActionsSuppressor="churn-maintenance", **periods)
    churn.advance(minutes=5)
    first = "churn-dq-tenure"
    churn.ask("cloudwatch", "SetAlarmState", AlarmName=first, StateValue="ALARM", StateReason="by hand")
    churn.aws.settle()
    told = churn.events("CloudWatch Alarm State Change")
    return next(one for one in reversed(told) if one["detail"]["alarmName"] == "churn-any-drift")


def muted(churn: Any) -> dict[str, Any]:
    """The alarm on drift in a window in which it acts on nothing."""
    schedule = {"Expression": "at(2026-03-02T00:00)", "Duration": "PT12H"}
    targets = {"AlarmNames": ["churn-dq-tenure"]}
    churn.ask("cloudwatch", "PutAlarmMuteRule", Name="weekend", Rule={"Schedule": schedule}, MuteTargets=targets)
    return churn.alarm(0.02, 0.31)[-1]


def by_math(churn: Any) -> dict[str, Any]:
    """An alarm on the share of invocations that failed."""
    detail = churn.sample("events/alarm-metric-math")["detail"]

    def metric(one: dict[str, Any]) -> dict[str, Any]:
        if "expression" in one:
            return {"Id": "e1", "Expression": one["expression"], "Label": one["label"], "ReturnData": True}
        dimensions = [{"Name": "EndpointName", "Value": "churn-prod"}, {"Name": "VariantName", "Value": "challenger"}]
        named = {"Namespace": "AWS/SageMaker", "MetricName": one["metricStat"]["metric"]["name"]}
        stat = {"Metric": named | {"Dimensions": dimensions}, "Period": 300, "Stat": "Sum"}
        return {"Id": one["id"], "MetricStat": stat, "ReturnData": False}

    metrics = [metric(one) for one in detail["configuration"]["metrics"]]
    churn.ask(
        "cloudwatch",
        "PutMetricAlarm",
        AlarmName="churn-challenger-5xx",
        AlarmDescription="p5xx ratio",
        EvaluationPeriods=1,
        Threshold=0.02,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=metrics,
    )
    for watched, value in (("Invocation5XXErrors", 7), ("Invocations", 100)):
        one = next(m["MetricStat"]["Metric"] for m in metrics[1:] if m["MetricStat"]["Metric"]["MetricName"] == watched)
        datum = {"MetricName": watched, "Dimensions": one["Dimensions"], "Value": value}
        churn.ask("cloudwatch", "PutMetricData", Namespace="AWS/SageMaker", MetricData=[datum])
    churn.advance(minutes=10)
    return churn.events("CloudWatch Alarm State Change")[-1]


def read_by_a_condition(churn: Any) -> None:
    """The report that the Pipelines examples write decides a condition, by the path that they use."""
    report = (churn.folder / "monitor/evaluation-report.json").read_text(encoding="utf-8")
    files = [{"PropertyFileName": "Report", "OutputName": "evaluation", "FilePath": "evaluation.json"}]
    target = {"S3Uri": churn.put("monitor", "made", b"").replace("made", "evaluation")}
    target |= {"LocalPath": "/opt/ml/processing/evaluation", "S3UploadMode": "EndOfJob"}
    report = json.dumps(json.loads(report))
    step = churn.step("Evaluate", f"echo '{report}' > /opt/ml/processing/evaluation/evaluation.json")
    step["Arguments"]["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "evaluation", "S3Output": target}]}
    (metric,) = json.loads(report)
    path = f"{metric}.auc.value"
    found = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": path}}
    condition = {"Type": "GreaterThan", "LeftValue": found, "RightValue": 0.5}
    branches = {"IfSteps": [churn.step("Good")], "ElseSteps": [churn.step("Bad")]}
    check = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [condition], **branches}}
    arn = churn.run(step | {"PropertyFiles": files}, check)
    steps = churn.sm("ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert {one["StepName"] for one in steps} == {"Evaluate", "Check", "Good"}


def laid_out(churn: Any) -> None:
    """The keys of capture files, as the second line shows one."""
    example = (churn.folder / "capture/key-layout.txt").read_text(encoding="utf-8").splitlines()[1]
    churn.captured("capture/endpoint-input-only")
    (key,) = churn.keys("capture", "capture/")
    layout = re.sub(r"[0-9a-f]", "0", example.split("/champion/")[1])
    assert key.startswith("capture/one/one/")
    assert re.sub(r"[0-9a-f]", "0", key.split("/one/one/")[1]) == layout


def refused_definition(*kinds: str) -> Callable[[Any], None]:
    """A whole definition is refused for its steps that are not emulated, and for nothing else."""

    def show(churn: Any) -> None:
        name = "churn-train.definition" if "QualityCheck" in kinds else "sdk-3.27-generated"
        text = (churn.folder / f"pipeline/{name}.json").read_text(encoding="utf-8")
        with pytest.raises(ClientError) as caught:
            churn.sm(
                "CreatePipeline",
                PipelineName="p",
                PipelineDefinition=text,
                RoleArn="arn:aws:iam::111122223333:role/churn-sm",
            )
        said = caught.value.response["Error"]["Message"].partition("definition: ")[2].split("; ")
        refused = {re.sub(r"step \S+: type (\w+) is not emulated.*", r"\1", problem) for problem in said}
        assert refused == set(kinds)
        assert "Steps are Processing, Training, Tuning, Condition" in COVERAGE.read_text(encoding="utf-8")

    return show


def names_every_file(churn: Any) -> None:
    """The page on where the samples come from names each."""
    text = (churn.folder / "PROVENANCE.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^- `([^`]+)`", text, re.MULTILINE)) == {
        path for path in _files(churn.folder) if "/" in path
    }


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


MONITOR = "Model Monitor"


def monitored(churn: Any) -> None:
    """An account that had Model Monitor before, with the endpoint, and definitions of its jobs."""
    churn.aws.world.lifecycle = replace(churn.aws.world.lifecycle, model_monitor=True, monitoring_delay=0.0)
    churn.endpoint()


def defined(churn: Any) -> None:
    """The same, with the definition of its jobs."""
    monitored(churn)
    churn.send("create-data-quality-job-definition")


def violated(churn: Any) -> None:
    """An execution with 60 violations."""
    defined(churn)
    churn.put("monitor", "made", b"")
    churn.send("create-monitoring-schedule")
    call = {"EndpointName": "churn-prod", "ContentType": "text/csv", "Body": b"1,2"}
    churn.ask("sagemaker-runtime", "InvokeEndpoint", **call)
    one = churn.sample("monitor/data-quality/constraint_violations")["violations"][0]
    churn.aws.monitor_finds("churn-dq", violations=[one] * 60)
    churn.advance(minutes=65)


def last_execution(churn: Any) -> dict[str, Any]:
    violated(churn)
    return churn.sm("ListMonitoringExecutions", MonitoringScheduleName="churn-dq", SortOrder="Descending", MaxResults=1)


def last_analysis(churn: Any) -> dict[str, Any]:
    arn = last_execution(churn)["MonitoringExecutionSummaries"][0]["ProcessingJobArn"]
    return churn.sm("DescribeProcessingJob", ProcessingJobName=arn.rsplit("/", 1)[-1])


# What an analyzer of ours would be asked by: there is none, nor are those of Clarify.
ANALYZER: tuple[str, str, dict[str, Any]] = ("sagemaker", "ListModelBiasJobDefinitions", {})
ENTRY = {"detail.AppSpecification.ContainerEntrypoint": "jobs here need one, which shows them to be no built-in image"}
TAGS = {"detail.Tags": "can be absent (1.3), and is an object here"}
NULLS = TAGS | {"detail.FailureReason": "null, as observed events have what is not set (1.3)"}
CUT = "the reference has no full list of members; what DescribeTrainingJob answers is there"
MERGED = NotEmulated(listed=MONITOR, by=ANALYZER)
TRANSFORM = {
    "TransformJobName": "churn-batch",
    "ModelName": "churn-7",
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/batch/"}}},
    "TransformOutput": {"S3OutputPath": "s3://b/out/"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}
CHANGE, PACKAGE = "Endpoint State Change", "api/create-model-package"

ROWS: dict[str, Any] = {
    "PROVENANCE.md": Shown(by=names_every_file),
    # Requests and answers
    "api/autoscaling-policy-async-backlog": NotEmulated(listed="policies but target tracking"),
    "api/autoscaling-register-async-zero": NotEmulated(listed="asynchronous", by="api/create-endpoint-config-async"),
    "api/batch-get-record": NotEmulated(listed="Feature Store"),
    "api/create-data-quality-job-definition": Accepted(prepare=monitored),
    "api/create-endpoint-config-ab": Accepted(prepare=lambda churn: churn.models()),
    "api/create-endpoint-config-async": NotEmulated(listed="asynchronous", prepare=lambda churn: churn.models()),
    "api/create-endpoint-config-ic-scale-to-zero": NotEmulated(listed="inference components"),
    "api/create-endpoint-config-serverless": Accepted(prepare=lambda churn: churn.models()),
    "api/create-endpoint-config-shadow": Accepted(prepare=lambda churn: churn.models()),
    "api/create-feature-group": NotEmulated(listed="Feature Store"),
    "api/create-inference-component": NotEmulated(listed="inference components"),
    "api/create-inference-experiment": NotEmulated(listed="inference experiments"),
    "api/create-model-package": Accepted(
        prepare=lambda churn: churn.sm("CreateModelPackageGroup", ModelPackageGroupName="churn-models")
    ),
    "api/create-model-quality-job-definition": Accepted(prepare=monitored),
    "api/create-monitoring-schedule": Accepted(prepare=defined),
    "api/create-monitoring-schedule-now": Accepted(prepare=defined),
    "api/create-processing-job-own-monitor": NotEmulated(listed="own entry point"),
    "api/create-training-job-xgboost-spot": NotEmulated(listed="no checkpoints"),
    "api/describe-endpoint-in-service": Reproduced(
        make=after(lambda churn: churn.endpoint(), shown_by("DescribeEndpoint", EndpointName="churn-prod"))
    ),
    "api/describe-endpoint-updating-canary": Reproduced(
        make=after(lambda churn: churn.baking(), shown_by("DescribeEndpoint", EndpointName="churn-prod")),
        but={
            "LastDeploymentConfig.AutoRollbackConfiguration": "update-endpoint-canary.json gives one",
            "PendingDeploymentSummary.ProductionVariants.InstanceType": "a member of the service's model",
        },
    ),
    "api/describe-pipeline-execution-failed": Reproduced(
        make=lambda churn: churn.sm(
            "DescribePipelineExecution", PipelineExecutionArn=churn.run(churn.step("Preprocess", "exit 1"))
        ),
        but={"PipelineExecutionDescription": "start-pipeline-execution.json gives one"},
    ),
    "api/describe-processing-job-violations": Reproduced(make=last_analysis, part=CUT),
    "api/invoke-endpoint": Accepted(
        prepare=lambda churn: churn.endpoint(),
        but={"CustomAttributes": "a container may answer some; the toolkit's handlers, which run here, cannot"},
    ),
    "api/invoke-endpoint-async": NotEmulated(listed="asynchronous"),
    "api/list-model-packages-approved": Accepted(
        prepare=after(lambda churn: churn.seven(), approve),
        but={"ModelPackageSummaryList.ModelPackageDescription": "create-model-package.json gives one"},
    ),
    "api/list-monitoring-executions": Reproduced(make=last_execution),
    "api/list-pipeline-execution-steps": Reproduced(
        make=listed_steps,
        but={
            "PipelineExecutionSteps.Metadata.ProcessingJob": "a QualityCheck, which is not emulated",
            "PipelineExecutionSteps.Metadata.QualityCheck": "as above",
        },
    ),
    "api/put-composite-alarm": Accepted(prepare=children),
    "api/put-metric-alarm-5xx": Accepted(),
    "api/put-metric-alarm-drift": Accepted(),
    "api/put-record": NotEmulated(listed="Feature Store"),
    "api/put-rule-approval": Accepted(),
    "api/put-targets-lambda-dlq": Accepted(prepare=lambda churn: churn.send("put-rule-approval")),
    "api/put-targets-pipeline-direct": NotEmulated(listed="other target parameters"),
    "api/scheduler-create-schedule-lambda": NotEmulated(listed="any operation that changes a schedule"),
    "api/scheduler-create-schedule-pipeline": NotEmulated(listed="any operation that changes a schedule"),
    "api/start-pipeline-execution": Accepted(prepare=lambda churn: churn.pipeline(churn.step("Preprocess"))),
    "api/start-pipeline-execution-selective": NotEmulated(
        listed="selective executions", prepare=lambda churn: churn.pipeline(churn.step("Preprocess"))
    ),
    "api/update-endpoint-canary": Accepted(prepare=lambda churn: churn.guarded()),
    "api/update-endpoint-linear": Accepted(prepare=lambda churn: churn.guarded()),
    "api/update-endpoint-rolling": Accepted(prepare=lambda churn: churn.guarded()),
    "api/update-endpoint-weights": Accepted(prepare=lambda churn: churn.endpoint()),
    "api/update-model-package-approve": Accepted(prepare=lambda churn: churn.seven()),
    "api/update-model-package-stamp": Accepted(prepare=lambda churn: churn.seven()),
    # Captured data, and what Model Monitor reads beside it
    "capture/endpoint-base64": Reproduced(
        make=lambda churn: churn.captured(
            "capture/endpoint-base64", CaptureContentTypeHeader={"JsonContentTypes": ["application/json"]}
        )
    ),
    "capture/endpoint-csv": Reproduced(make=lambda churn: churn.captured("capture/endpoint-csv")),
    "capture/endpoint-input-only": Reproduced(
        make=lambda churn: churn.captured("capture/endpoint-input-only", CaptureOptions=[{"CaptureMode": "Input"}])
    ),
    "capture/endpoint-json": Reproduced(make=lambda churn: churn.captured("capture/endpoint-json")),
    "capture/ground-truth-csv": MERGED,
    "capture/ground-truth-json": MERGED,
    "capture/key-layout.txt": Shown(by=laid_out),
    "capture/merged-batch-transform": MERGED,
    "capture/merged-endpoint": MERGED,
    # Patterns
    **{
        f"event-patterns/{name}": Matches()
        for name in (
            "drift-alarm",
            "endpoint-settled",
            "model-approval-loose",
            "model-approval-strict",
            "pipeline-terminal",
            "s3-arrival",
        )
    },
    # Events
    "events/alarm-composite": Reproduced(make=by_composite),
    "events/alarm-direct-lambda-action": Reproduced(make=by_alarm),
    "events/alarm-drift-alarm-to-insufficient": Reproduced(
        make=alarmed(0.31, None, None, None, None, TreatMissingData="missing")
    ),
    "events/alarm-drift-alarm-to-ok": Reproduced(make=alarmed(0.31, 0.02)),
    "events/alarm-drift-insufficient-to-alarm": Reproduced(make=alarmed(0.31, TreatMissingData="missing")),
    "events/alarm-drift-ok-to-alarm": Reproduced(make=alarmed(0.02, 0.31)),
    "events/alarm-metric-math": Reproduced(make=by_math),
    "events/alarm-muted": Reproduced(make=muted),
    "events/endpoint-config-created": Reproduced(
        make=after(
            lambda churn: churn.models(),
            lambda churn: churn.sm(
                "CreateEndpointConfig",
                EndpointConfigName="churn-prod-20260302",
                ProductionVariants=churn.sample("api/create-endpoint-config-ab")["request"]["ProductionVariants"][:1],
                Tags=[{"Key": "project", "Value": "churn"}],
            ),
            last("Endpoint Config State Change"),
        )
    ),
    "events/endpoint-deployment-baking": Reproduced(
        make=after(lambda churn: churn.baking(), last("Endpoint Deployment State Change")),
        but={"detail.PendingDeploymentSummary.ProductionVariants.InstanceType": "a member of the service's model"},
    ),
    "events/endpoint-deployment-scaling": Reproduced(make=scaled_endpoint),
    "events/endpoint-failed": Reproduced(make=broken_endpoint),
    "events/endpoint-in-service": Reproduced(make=after(lambda churn: churn.endpoint(), last(CHANGE))),
    "events/endpoint-in-service-doc-shape": Spelled(of="events/endpoint-in-service"),
    "events/endpoint-updating": Reproduced(make=twice_endpoint),
    "events/feature-group-created": NotEmulated(listed="Feature Store", by="api/create-feature-group"),
    "events/hyperparameter-tuning-job-completed": Reproduced(
        make=tuned,
        but={"detail.TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions": "SageMaker fills in its own"},
        part="its configuration has no ranges and no limits, which a request must have",
    ),
    "events/model-created": Reproduced(
        make=after(
            lambda churn: churn.model("churn-7", Tags=[{"Key": "project", "Value": "churn"}]),
            last("Model State Change"),
        ),
        part="a container without data and environment",
    ),
    "events/model-package-approved": Reproduced(make=packaged(approve)),
    "events/model-package-approved-legacy-no-updated-fields": Spelled(of="events/model-package-approved"),
    "events/model-package-approved-then-metadata-update": Reproduced(
        make=packaged(
            decided("Approved"),
            lambda churn: approve(churn, "stamp", CustomerMetadataProperties={"deployedBy": "deployer"}),
        )
    ),
    "events/model-package-created-pending": Reproduced(
        make=packaged(), but={"detail.LastModifiedTime": "optional (1.5): what never changed has none here"}
    ),
    "events/model-package-lifecycle-stage": Reproduced(
        make=packaged(
            lambda churn: churn.sm(
                "UpdateModelPackage",
                ModelPackageArn=churn.sample("api/update-model-package-approve")["request"]["ModelPackageArn"],
                ModelLifeCycle=churn.sample("events/model-package-lifecycle-stage")["detail"]["ModelLifeCycle"],
            )
        )
    ),
    "events/model-package-rejected": Reproduced(make=packaged(decided("Rejected"))),
    "events/pipeline-execution-completed-with-failures": Reproduced(
        make=executed(lambda churn: churn.step("Preprocess", "exit 1"), handled)
    ),
    "events/pipeline-execution-executing": Reproduced(
        make=executed(currentPipelineExecutionStatus="Executing"),
        but={"detail.previousPipelineExecutionStatus": "constructed: of the first transition it is not documented"},
    ),
    "events/pipeline-execution-failed": Reproduced(make=executed(lambda churn: churn.step("Preprocess", "exit 1"))),
    "events/pipeline-execution-succeeded": Reproduced(make=executed()),
    "events/pipeline-step-cache-hit": Reproduced(make=stepped(times=2)),
    "events/pipeline-step-failed": Reproduced(
        make=stepped("exit 1"),
        but={
            "detail.metadata.processingJob": "the sample's step is a QualityCheck, which is not emulated",
            "detail.metadata.qualityCheck": "as above",
        },
    ),
    "events/pipeline-step-succeeded": Reproduced(make=stepped()),
    "events/processing-job-completed": Reproduced(make=lambda churn: churn.processed("true"), but=ENTRY | NULLS),
    "events/processing-job-failed": Reproduced(make=lambda churn: churn.processed("exit 1"), but=ENTRY | TAGS),
    "events/s3-classic-notification": NotEmulated(
        listed="notifications to queues, topics and functions",
        prepare=lambda churn: churn.put("raw", "made", b""),
        by=(
            "s3",
            "PutBucketNotificationConfiguration",
            {
                "Bucket": "churn-raw-111122223333",
                "NotificationConfiguration": {
                    "QueueConfigurations": [
                        {"QueueArn": "arn:aws:sqs:us-east-1:111122223333:q", "Events": ["s3:ObjectCreated:*"]}
                    ]
                },
            },
        ),
    ),
    "events/s3-object-created-multipart": Reproduced(make=dropped("CompleteMultipartUpload")),
    "events/s3-object-created-no-source-ip": Reproduced(
        make=dropped("CopyObject"),
        but={
            "detail.requester": "a service is the requester, which no client here can be",
            "detail.source-ip-address": "as above",
        },
    ),
    "events/s3-object-created-unversioned": Reproduced(make=dropped("PutObject", versioned=False)),
    "events/s3-object-created-versioned": Reproduced(make=dropped("PutObject")),
    "events/scheduled-rule": NotEmulated(
        listed="rules with a schedule", by=("events", "PutRule", {"Name": "daily", "ScheduleExpression": "rate(1 day)"})
    ),
    "events/scheduler-input-with-context": Reproduced(make=by_schedule),
    "events/training-job-completed": Reproduced(make=trained(), part=CUT),
    "events/training-job-doc-string-times": Spelled(of="events/training-job-completed"),
    "events/training-job-failed": Reproduced(make=trained("raise SystemExit(1)"), part=CUT),
    "events/training-job-inprogress-nulls": Reproduced(make=began, part="few members, with nulls, of a trial"),
    "events/training-job-stopped-max-runtime": Reproduced(
        make=trained("import time; time.sleep(30)", StoppingCondition={"MaxRuntimeInSeconds": 1}), part=CUT
    ),
    "events/transform-job-completed": NotEmulated(
        listed="batch transform", by=("sagemaker", "CreateTransformJob", TRANSFORM)
    ),
    # Files of Model Monitor and Clarify, which nothing here writes or reads yet
    **{
        f"monitor/{name}": NotEmulated(listed=MONITOR, by=ANALYZER)
        for name in (
            "bias/analysis.pretraining.fixture",
            "bias/baseline-constraints.analysis",
            "bias/constraint_violations",
            "byoc/cloudwatch_metrics",
            "byoc/environment",
            "data-quality/constraint_violations",
            "data-quality/constraint_violations.empty",
            "data-quality/constraint_violations.fixture",
            "data-quality/constraints",
            "data-quality/constraints.real-container",
            "data-quality/statistics",
            "data-quality/statistics.real-container",
            "data-quality/statistics.string.fixture",
            "explainability/analysis.fixture",
            "explainability/baseline-constraints.analysis",
            "explainability/constraint_violations",
            "model-quality/constraint_violations",
            "model-quality/constraints.binary",
            "model-quality/constraints.regression.real-container",
            "model-quality/statistics.binary",
            "model-quality/statistics.multiclass",
            "model-quality/statistics.regression.real-container",
        )
    },
    "monitor/async-sns-success": NotEmulated(listed="asynchronous", by="api/invoke-endpoint-async"),
    "monitor/evaluation-report": Shown(by=read_by_a_condition),
    # Pipelines
    "pipeline/churn-train.definition": Shown(by=refused_definition("Lambda", "QualityCheck")),
    "pipeline/sdk-3.27-generated": Shown(by=refused_definition("Lambda", "Callback")),
}


def test_every_sample_has_its_row(samples: Path) -> None:
    """A file that is in no row fails, and so does a row without its file."""
    assert set(ROWS) == {path.removesuffix(".jsonl").removesuffix(".json") for path in _files(samples)}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in ROWS])
def test_sample(churn: Any, name: str) -> None:
    """The file's own way."""
    ROWS[name].show(churn, name)


def test_likeness_tells_what_differs() -> None:
    sample = {"time": "2026-03-02T04:05:06Z", "data": '{"a": 1}', "status": "IN_SERVICE", "gone": None, "n": 1}
    other = {"time": "1772424306000", "data": '{"a": "1"}', "status": "InService", "new": 0, "n": 2.5}
    assert set(dict(differences(sample, other))) == {"time", "data.a", "status", "gone", "new"}
    assert list(differences(sample, sample)) == []
