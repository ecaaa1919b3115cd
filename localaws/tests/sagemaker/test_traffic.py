"""Many calls at once leave what single ones leave: answers, capture files, metrics (reference 2, 4)."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws import Asked, Lifecycle, LocalAWS
from localaws.sagemaker.container_host import Rows

pytestmark = pytest.mark.contract
BUCKET, ROLE = "lab", "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
START = datetime(2026, 3, 2, 3, 55, tzinfo=UTC)
# Answers each row with the model's name and the row; refuses "bad", breaks at "crash", and says how many it got.
CODE = b"""
class Response:
    def __init__(self, status, response, mimetype="text/csv"):
        self.status, self.response, self.mimetype = status, response, mimetype


def model_fn(folder):
    with open(folder + "/name") as file:
        return file.read()


def transform_fn(model, body, content_type, accept):
    rows = body.decode().splitlines()
    print("rows", len(rows))
    if "crash" in rows:
        raise RuntimeError("crash")
    if "bad" in rows:
        return Response(400, "a bad row")
    return Response(200, "".join(model + ":" + row + chr(10) for row in rows))
"""
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 60,
    "DestinationS3Uri": "s3://lab/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
Setting = Callable[[LocalAWS], None]


def variant(name: str, model: str | None = None, weight: float = 1.0, **rest: Any) -> dict[str, Any]:
    size = {} if "ServerlessConfig" in rest else {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    return {"VariantName": name, "ModelName": model or name, "InitialVariantWeight": weight, **size, **rest}


def endpoint(aws: LocalAWS, archive: Any, *variants: dict[str, Any], **rest: Any) -> None:
    """The endpoint `scores` InService with models a, b and c, and the configuration `first`."""
    s3, sm, iam = aws.client("s3"), aws.client("sagemaker"), aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}
    made = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow)]
    iam.create_role(RoleName="sagemaker", AssumeRolePolicyDocument=made[0])
    iam.put_role_policy(RoleName="sagemaker", PolicyName="all", PolicyDocument=made[1])
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=archive(inference__py=CODE))
    env = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://lab/code.tar.gz"}
    for name in "abc":
        s3.put_object(Bucket=BUCKET, Key=f"{name}.tar.gz", Body=archive(name=name.encode()))
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://lab/{name}.tar.gz", "Environment": env}
        sm.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    sm.create_endpoint_config(EndpointConfigName="first", ProductionVariants=list(variants), **rest)
    sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    aws.advance(timedelta(seconds=30))


def weights(aws: LocalAWS) -> None:
    change = [{"VariantName": "b", "DesiredWeight": 3.0}]
    client = aws.client("sagemaker")
    client.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=change)


def canary(aws: LocalAWS) -> None:
    variants = [variant("a", "b"), variant("b", "c")]
    client = aws.client("sagemaker")
    client.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants, DataCaptureConfig=CAPTURE)
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": size}
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 60}}
    client.update_endpoint(EndpointName="scores", EndpointConfigName="second", DeploymentConfig=policy)


def harm(aws: LocalAWS) -> None:
    faults = aws.faults.hosting
    faults.slow("scores", variant="b", milliseconds=250)
    faults.fail("scores", variant="b", share=0.3)
    faults.limit("scores", variant="a", per_minute=4)


def nothing(aws: LocalAWS) -> None:
    """As it is."""


def asked(number: int, at: datetime) -> Asked:
    """Rows of all kinds; every third call says who is to answer."""
    body = b"bad" if number % 11 == 5 else b"crash" if number % 29 == 7 else b"%d,2" % number
    kind = "application/json" if number % 7 == 3 else "text/csv; charset=utf-8" if number % 5 == 2 else "text/csv"
    return Asked(
        at=at,
        body=body if number % 13 else b"1,2\n3,4\n",
        content_type=kind,
        accept="text/csv",
        target="a" if number % 3 == 1 else "",
        inference_id=f"i-{number}" if number % 2 else "",
        attributes=f"unit={number}" if number % 4 else "",
    )


def calls(*, pairs: bool) -> list[Asked]:
    """120 over eleven minutes and over the turn of an hour, two at one time; none a minute after another one."""
    places = [n - n % 2 if pairs else n for n in range(120)]
    return [asked(n, START + timedelta(seconds=60.3 + 5.7 * place)) for n, place in enumerate(places)]


def singly(aws: LocalAWS, given: list[Asked]) -> list[tuple[int, str, bytes]]:
    """By InvokeEndpoint, one by one, at their times."""
    once = Config(retries={"total_max_attempts": 1})  # what is throttled is not asked again
    runtime, found = aws.session("client").client("sagemaker-runtime", config=once), []
    for one in given:
        aws.advance_to(one.at)
        optional = {"TargetVariant": one.target, "InferenceId": one.inference_id, "CustomAttributes": one.attributes}
        try:
            answer = runtime.invoke_endpoint(
                EndpointName="scores",
                Body=one.body,
                ContentType=one.content_type,
                Accept=one.accept,
                **{name: value for name, value in optional.items() if value},
            )
            found.append((200, answer["InvokedProductionVariant"], answer["Body"].read()))
        except ClientError as error:
            response = error.response
            said = response.get("OriginalMessage", response["Error"]["Message"])
            found.append((response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], said.encode()))
    return found


def together(aws: LocalAWS, given: list[Asked]) -> list[tuple[int, str, bytes]]:
    return [(one.status, one.code or one.variant, one.body) for one in aws.traffic("scores", given)]


def left(aws: LocalAWS) -> tuple[dict[str, bytes], dict[Any, Any]]:
    """The files of captured data, but for the milliseconds of their names, and the metrics of invocations."""
    s3 = aws.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="captured/").get("Contents", [])]
    files = {
        re.sub(r"(\d\d-\d\d)-\d{3}-", r"\1-", key): s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys
    }
    counted = {key: points for key, points in aws.world.metrics.counted.items() if key[0] == "AWS/SageMaker"}
    return files, {
        key: {minute: point.count if key[1] == "OverheadLatency" else point for minute, point in points.items()}
        for key, points in counted.items()
    }


@pytest.mark.parametrize(
    ("variants", "rest", "change"),
    [
        pytest.param([variant("a"), variant("b")], {"DataCaptureConfig": CAPTURE}, weights, id="weights"),
        pytest.param([variant("a"), variant("b")], {"DataCaptureConfig": CAPTURE}, canary, id="canary"),
        pytest.param([variant("a"), variant("b")], {"DataCaptureConfig": CAPTURE}, harm, id="faults"),
        pytest.param(
            [variant("a")],
            {"DataCaptureConfig": CAPTURE, "ShadowProductionVariants": [variant("b", weight=0.5)]},
            nothing,
            id="shadow",
        ),
        pytest.param([variant("a", **SERVERLESS)], {}, nothing, id="serverless"),
    ],
)
def test_many_calls_leave_what_single_ones_leave(
    tmp_path: Path, lab_archive: Any, variants: list[dict[str, Any]], rest: dict[str, Any], change: Setting
) -> None:
    """2.1, 2.2, 4: the same draws, sampling, grouping into files and metrics; only what is measured differs."""
    found = []
    for way in (singly, together):
        lifecycle = Lifecycle(model_latency=0.02)
        folder, image = tmp_path / way.__name__, Path(sys.executable)
        with LocalAWS(state_dir=folder, start=START, lifecycle=lifecycle, image_python=image) as aws:
            endpoint(aws, lab_archive, *variants, **rest)
            change(aws)
            # What comes at one time one by one is not at once, and a serverless variant would notice.
            answers = way(aws, calls(pairs="ServerlessConfig" not in variants[0]))
            aws.advance_to(START + timedelta(minutes=30))
            found.append((answers, *left(aws)))
    (answers, files, metrics), others = found
    assert answers == others[0]
    assert files == others[1]
    assert metrics == others[2]
    assert bool(files) == ("DataCaptureConfig" in rest)
    assert {status for status, *_ in answers} >= {200, 424}


@pytest.fixture
def busy(tmp_path: Path, lab_archive: Any) -> Iterator[LocalAWS]:
    """The endpoint `scores` with the variants a and b, of equal weights."""
    with LocalAWS(state_dir=tmp_path / "state", start=START, image_python=Path(sys.executable)) as aws:
        endpoint(aws, lab_archive, variant("a"), variant("b"), DataCaptureConfig=CAPTURE)
        yield aws


def spread(aws: LocalAWS, count: int, every: float = 1.0, **rest: Any) -> list[Asked]:
    start = aws.now() + timedelta(seconds=1)
    return [Asked(at=start + timedelta(seconds=every * n), body=b"%d" % n, **rest) for n in range(count)]


def test_the_clock_is_at_the_last_call(busy: LocalAWS) -> None:
    """Virtual time goes along, and what is due happens on the way."""
    given = spread(busy, 30, every=60)
    happened: list[datetime] = []
    busy.world.at(given[15].at - timedelta(seconds=1), lambda: happened.append(busy.now()), "in between")
    assert [one.status for one in busy.traffic("scores", reversed(given))] == [200] * 30
    assert happened == [pytest.approx(given[15].at - timedelta(seconds=1), abs=timedelta(seconds=0.9))]
    assert timedelta(0) <= busy.now() - given[-1].at < timedelta(seconds=5)
    given = spread(busy, 30, every=0.5)
    busy.traffic("scores", given)
    assert timedelta(0) <= busy.now() - given[-1].at < timedelta(seconds=5)


def test_rows_are_scored_together(busy: LocalAWS) -> None:
    """A model sees many rows at once where it answers each as if it were alone."""
    (host,) = [one.host for one in busy.sagemaker.endpoints.endpoints["scores"].variants if one.name == "a"]
    before = len(host.log.read_text().splitlines())
    answers = busy.traffic("scores", spread(busy, 200, every=0.1, target="a"))
    assert [one.body for one in answers] == [b"a:%d\n" % n for n in range(200)]
    assert len(host.log.read_text().splitlines()) - before <= 3


def test_an_alarm_sees_the_traffic(busy: LocalAWS) -> None:
    """4: 5xx by minute; an alarm is looked at while the traffic goes on."""
    dimensions = [{"Name": "EndpointName", "Value": "scores"}, {"Name": "VariantName", "Value": "a"}]
    busy.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=dimensions,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
    )
    busy.faults.hosting.fail("scores", variant="a", share=1.0)
    busy.traffic("scores", spread(busy, 20, every=10, target="a"))
    (alarm,) = busy.client("cloudwatch").describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"


def test_a_harmful_challenger_is_rolled_back(tmp_path: Path, lab_archive: Any) -> None:
    """5.3; guide, "Auto-Rollback Configuration": the p99 of the new configuration alone, while traffic goes on."""
    lifecycle = Lifecycle(model_latency=0.03)
    folder, image = tmp_path / "state", Path(sys.executable)
    with LocalAWS(state_dir=folder, start=START, lifecycle=lifecycle, image_python=image) as aws:
        endpoint(aws, lab_archive, variant("a"), DataCaptureConfig=CAPTURE)
        client = aws.client("sagemaker")
        client.create_endpoint_config(EndpointConfigName="second", ProductionVariants=[variant("a", "b")])
        names = {"EndpointName": "scores", "VariantName": "a", "EndpointConfigName": "second"}
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName="slow",
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Dimensions=[{"Name": name, "Value": value} for name, value in names.items()],
            ExtendedStatistic="p99",
            Period=60,
            EvaluationPeriods=2,
            Threshold=50_000,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
        aws.faults.hosting.slow("scores", model="b", milliseconds=40)
        size = {"Type": "CAPACITY_PERCENT", "Value": 10}
        routing = {"Type": "CANARY", "WaitIntervalInSeconds": 900, "CanarySize": size}
        config = {
            "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "slow"}]},
        }
        client.update_endpoint(EndpointName="scores", EndpointConfigName="second", DeploymentConfig=config)
        answers = aws.traffic("scores", spread(aws, 6000, every=0.1))
        found = client.describe_endpoint(EndpointName="scores")
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
        assert "slow" in found["FailureReason"]
        # A tenth of ten calls a second, for the minute and a half until two minutes have breached.
        assert 50 <= sum(one.body.startswith(b"b:") for one in answers) <= 120


def test_what_cannot_be_sent(busy: LocalAWS) -> None:
    with pytest.raises(ValueError, match="lies in the past"):
        busy.traffic("scores", [Asked(at=busy.now() - timedelta(minutes=5), body=b"1")])
    for wrong in ({"target": "none"}, {"inference_id": "i" * 65}, {"attributes": "a" * 1025}):
        (answer,) = busy.traffic("scores", spread(busy, 1, **wrong))
        assert (answer.status, answer.code) == (400, "ValidationError")
    (answer,) = busy.traffic("none", spread(busy, 1))
    assert (answer.code, answer.body) == ("ValidationError", b"Endpoint none of account 123456789012 not found.")


def test_a_container_that_dies_is_started_again(busy: LocalAWS) -> None:
    """5.8: as for single calls."""
    for one in busy.sagemaker.endpoints.endpoints["scores"].variants:
        one.host.process.kill()
        one.host.process.wait()
    assert Counter(one.status for one in busy.traffic("scores", spread(busy, 50))) == Counter({200: 50})


# Rows, in the container


class Model:
    """Serving code that answers by `say(rows)`, and counts its calls."""

    def __init__(self, say: Callable[[list[str]], Any]) -> None:
        self.say, self.seen = say, []

    def transform_fn(self, _model: Any, body: bytes, _content_type: str, _accept: str) -> Any:
        rows = body.decode().splitlines()
        self.seen.append(len(rows))
        return self.say(rows)


def said(code: Model, *bodies: bytes, kind: str = "text/csv") -> list[tuple[int, bytes]]:
    head = {"content_type": kind, "accept": "text/csv"}
    return [(one["status"], body) for one, body in Rows(code, None).answers([(head, body) for body in bodies])]


def doubled(rows: list[str]) -> tuple[str, str]:
    return "".join(f"{2 * int(row)}\n" for row in rows), "text/csv"


@pytest.mark.parametrize("end", [pytest.param(b"\n", id="ended"), pytest.param(b"", id="between")])
def test_rows_are_asked_as_one(end: bytes) -> None:
    """Lines that end, or that are parted, by a line feed."""
    code = Model(lambda rows: ("\n".join(str(2 * int(row)) for row in rows) + end.decode(), "text/csv"))
    assert said(code, b"1", b"2\n", b"3") == [(200, b"2" + end), (200, b"4" + end), (200, b"6" + end)]
    assert code.seen == [3, 1]  # all of them, and the first alone to compare


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(lambda rows: ("".join(f"{len(rows)}\n" for _ in rows), "text/csv"), id="by-its-neighbours"),
        pytest.param(lambda rows: (json.dumps(rows), "text/csv"), id="one-line-for-all"),
        pytest.param(lambda rows: (",".join(rows), "text/csv"), id="commas-between"),
    ],
)
def test_a_model_that_knows_others_is_asked_one_by_one(say: Any) -> None:
    """What is not the same as alone is not taken."""
    code = Model(say)
    assert said(code, b"1", b"2", b"3") == [said(Model(say), body)[0] for body in (b"1", b"2", b"3")]


def test_a_refused_row_spoils_no_other() -> None:
    code = Model(doubled)
    found = said(code, *(b"x" if n == 37 else b"%d" % n for n in range(100)))
    assert [status for status, _ in found] == [500 if n == 37 else 200 for n in range(100)]
    assert found[99] == (200, b"198\n")
    assert len(code.seen) < 25


@pytest.mark.parametrize(
    ("bodies", "kind"),
    [
        pytest.param([b"1\n2\n", b"3\n4\n"], "text/csv", id="several-rows"),
        pytest.param([b"1", b"2"], "application/json", id="no-csv"),
        pytest.param([b"1\r2", b"3\r4"], "text/csv", id="other-ends"),
        pytest.param([b'1,"a', b'2,"b'], "text/csv", id="open-quotes"),
    ],
)
def test_what_is_not_one_row_is_asked_alone(bodies: list[bytes], kind: str) -> None:
    code = Model(lambda rows: (f"{len(rows)}\n", "text/csv"))
    said(code, *bodies, kind=kind)
    assert len(code.seen) == 2


def test_traffic_wakes_nobody_who_is_idle(busy: LocalAWS) -> None:
    """README, `idle_until`: predictions and their capture files are nothing that happens; what they set off is."""
    before = busy.world.activity
    busy.traffic("scores", spread(busy, 60, every=5))
    busy.client("sagemaker-runtime").invoke_endpoint(EndpointName="scores", Body=b"1", ContentType="text/csv")
    busy.advance(timedelta(minutes=5))
    files = busy.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="captured/")["Contents"]
    assert (bool(files), busy.world.activity) == (True, before)
    busy.client("s3").put_object(Bucket=BUCKET, Key="other", Body=b"")
    assert busy.world.activity > before
