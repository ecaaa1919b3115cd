"""What Leeway is seen doing: the whole loop, and what may go wrong in it, each run on an embedded AWS of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

from leeway import keys, models
from leeway.alarms.plan import own_alarm
from leeway.aws import objects
from leeway.predict import known
from leeway.spec import Monitoring, Retraining, Rollout, Serving
from localaws import Lifecycle, LocalAWS, Mode
from localaws.iam.asked import Need
from pipeline.code import packed_zip
from tests.clock import BEGINS
from tests.local import onboarding
from tests.local.alarmed import OWN, Alarmed
from tests.local.by_job import ByJob
from tests.local.by_model_monitor import ByModelMonitor
from tests.local.contest import HOUR, Contest
from tests.local.judged import Judged
from tests.local.onboarding import ARTIFACTS, HEADER, INBOX, rows
from tests.local.predicted import Predicted
from tests.local.registered import Registered
from tests.local.trainings import BREAKS, MINUTE, REGISTERS, TAKES, Trainings
from tests.local.watched import Watched
from tests.permissions.recording import Recording
from tests.template.test_sagemaker_grants import Made

ROOT = Path(__file__).parents[2]
BY_OUTCOME = {"reward": "outcome", "outcome_window": HOUR, "horizon": timedelta(hours=30), "stages": (25, 50)}


def training(aws: LocalAWS) -> None:
    """A drop, a bad one, three trainings, a rollback, an approval by the approver, two ways to scale, an own alarm."""
    story = Judged(aws=aws)
    story.begin("manual")
    aws.client("s3").put_object(Bucket=INBOX, Key="inbox/churn/bad.csv", Body=b"not,what\nwas,meant\n")
    for version, status in ((1, "Approved"), (2, "Approved"), (2, "Rejected")):
        story.train(f"{version}-{status}")
        story.end()
        story.decide(version, status)
        aws.advance(10 * MINUTE)
    rules = story.specify("auto")
    story.train("three")
    story.end()
    for instance in ("ml.m5.large", "ml.c5.xlarge"):
        scaled = Serving(instance=instance, max_instances=2, target_invocations=60)
        onboarding.onboard(aws, replace(rules, serving=scaled))
        story.wake(machine=keys.ROLLOUT)
        aws.advance(10 * MINUTE)
    run = story.train("four")  # whose verdict gets lost
    aws.client("s3").delete_object(Bucket=ARTIFACTS, Key=f"{run.folder}/evaluate/gate.json")
    story.end()
    alarms = Alarmed(aws=aws)
    alarms.cloudwatch.put_metric_alarm(**own_alarm(OWN, stack="leeway", model="churn", topic=alarms.topic))
    alarms.drift(hours=2)
    known.forget()
    assert Predicted(aws=aws).ask("customer-7")[1]["code"] == "answer"  # these versions answer with their names


def experiment(aws: LocalAWS) -> None:
    """A challenger beside the champion, judged by labels of what came true, and promoted by a person."""
    contest = Contest(aws=aws)
    contest.begin(unit="unit_id", **BY_OUTCOME)
    contest.challenge()
    contest.live(4, {"a": 0.2, "b": 0.3}, an_hour=20)
    contest.wish("promote")
    aws.advance(HOUR)


def classes(aws: LocalAWS) -> None:
    """A challenger of several classes, whose order each version's evaluation says."""
    contest = Contest(aws=aws)
    Registered.begin(contest)
    rules = contest.specify(**BY_OUTCOME | {"reward": "correct"})
    onboarding.onboard(aws, replace(rules, model=replace(rules.model, problem="multiclass")))
    report = {"ContentType": "application/json", "S3Uri": f"s3://{ARTIFACTS}/runs/one/evaluate/evaluation.json"}
    evaluated = {"ModelQuality": {"Statistics": report}}
    body = json.dumps({"scores": {"classes": ["a", "b", "c"]}}).encode()
    aws.client("s3").put_object(Bucket=ARTIFACTS, Key="runs/one/evaluate/evaluation.json", Body=body)
    contest.serve(contest.register("one", ModelMetrics=evaluated))
    contest.serve(contest.register("two", champion="one", ModelMetrics=evaluated))
    contest.live(2, {"a": 0.2, "b": 0.3}, an_hour=20)
    aws.advance(20 * MINUTE)


def canary(aws: LocalAWS) -> None:
    """A version that takes over by SageMaker's canary, under alarms of its own."""
    contest = Contest(aws=aws)
    rules = {"canary": 20, "canary_wait": 10 * MINUTE, "bake": 10 * MINUTE, "max_errors": 5.0, "max_latency": 500}
    contest.begin(strategy="canary", **rules)
    contest.challenge()
    contest.traffic(2)
    aws.advance(40 * MINUTE)
    assert contest.answer() == "two"


def apart(aws: LocalAWS) -> None:
    """A challenger on a serverless endpoint of its own, which goes when somebody rejects it."""
    contest = Contest(aws=aws, serving=Serving(mode="serverless", max_concurrency=50))
    Registered.begin(contest)
    contest.specify(unit="unit_id", **BY_OUTCOME)
    contest.serve(contest.register("one"))
    two = contest.register("two", champion="one")
    contest.decide(two)
    aws.advance(10 * MINUTE)
    assert contest.experiment
    contest.decide(two, "Rejected")
    aws.advance(20 * MINUTE)
    assert contest.experiment is None


def shadow(aws: LocalAWS) -> None:
    """A challenger that gets copies, whose answers are compared with the champion's."""
    contest = Contest(aws=aws)
    Registered.begin(contest)
    contest.specify(strategy="shadow", shadow_for=HOUR, shadow_requests=20, max_difference=2.0, then="report")
    contest.serve(contest.register("1"))
    contest.challenge("1.5", champion="1")
    contest.traffic(20, a_minute=10)
    aws.advance(6 * HOUR)
    assert [entry.what for entry in contest.journal("ExperimentBegun")]


def monitoring(aws: LocalAWS) -> None:
    """Hours of traffic with labels, held against a baseline and against constraints that a person wrote."""
    watched = Watched(aws=aws)
    watched.begin()
    rules = replace(onboarding.spec(), rollout=Rollout(outcome_window=HOUR))
    onboarding.onboard(aws, replace(rules, monitoring=Monitoring(feature_metrics=True)))
    constraints = {"version": 0.0, "features": [{"name": "tenure", "inferred_type": "Integral", "completeness": 1.0}]}
    body = json.dumps(constraints).encode()
    aws.client("s3").put_object(Bucket=INBOX, Key="constraints/churn/constraints.json", Body=body)
    hour = aws.now().replace(minute=0) + HOUR
    watched.traffic(200)
    watched.label(hour, 0.2)
    aws.advance_to(hour + 8 * HOUR)  # a label may come six hours late


def counting(aws: LocalAWS) -> None:
    """An hour that two instances of a Processing job count, for it is too large for the function."""
    model = ByJob(aws=aws)
    model.begin()
    model.bring(packed_zip({}))  # the Python of these tests has all that the image lacks
    model.counts_by(2)
    model.traffic(200)
    aws.advance(15 * MINUTE)
    assert [job["ProcessingJobStatus"] for job in model.jobs()] == ["Completed"]


def model_monitor(aws: LocalAWS) -> None:
    """Hours that Model Monitor looks at, where a model's engine is that, through a promotion."""
    model = ByModelMonitor(aws=aws)
    model.begin()
    aws.advance(HOUR + 25 * MINUTE)
    model.traffic(50)
    model.serve(model.version("two", champion="one"))
    aws.advance(HOUR + 25 * MINUTE)


def predicting(aws: LocalAWS) -> None:
    """Predictions of an endpoint that captures nothing itself."""
    model = Predicted(aws=aws)
    model.begin(mode="serverless")
    model.endpoint(a=1, serverless=True)
    model.assign()
    assert model.ask("customer-7")[0] == 200


def arrivals(aws: LocalAWS) -> None:
    """Files with tags, files that go before they are read, and two too large for a plain copy, which breaks off."""
    world = Trainings(aws=aws)
    world.onboard(REGISTERS)
    s3, large = aws.client("s3"), HEADER + rows(400_000)
    for name, body in (("good", HEADER + rows(20)), ("bad", b"not,what\nwas,meant\n")):
        s3.put_object(Bucket=INBOX, Key=f"inbox/churn/{name}.csv", Body=body, Tagging="team=a")
    aws.settle()
    for versioned in (True, False):
        gone = s3.put_object(Bucket=INBOX, Key="inbox/churn/gone.csv", Body=HEADER + rows(20))
        s3.delete_object(
            Bucket=INBOX, Key="inbox/churn/gone.csv", **({"VersionId": gone["VersionId"]} if versioned else {})
        )
        aws.settle()
    with mock.patch.object(objects, "COPY_LIMIT", 1):
        broken = aws.faults.add(caller="leeway-data-arrival", operation="UploadPartCopy", action=Mode.THROTTLE)
        for name, body in (("large", large), ("large-and-bad", b"x" + large)):
            s3.put_object(Bucket=INBOX, Key=f"inbox/churn/{name}.csv", Body=body)
        aws.settle()
        broken.times = 0
        aws.advance(30 * MINUTE)
    _without_version(aws, "large", "tagged-later")
    _without_version(aws, "nothing", "gone")
    for found in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix="specs/")["Contents"]:
        s3.delete_object(Bucket=ARTIFACTS, Key=found["Key"])
    world.drop("unspecified")
    aws.settle()


def faults(aws: LocalAWS) -> None:
    """Trainings that fail, an answer that is lost, a tick that dies, and every event of SageMaker lost."""
    world = Trainings(aws=aws)
    world.onboard(BREAKS, retraining=Retraining(daily_cap=10))
    aws.faults.add(caller="leeway-retrainer", operation="StartPipelineExecution", times=1, action=Mode.CRASH_AFTER)
    world.drop("a")
    aws.advance(10 * MINUTE)
    world.drop("b", 1)
    world.request()
    aws.advance(10 * MINUTE)
    aws.faults.add(caller="leeway-tick", operation="Query", times=12, action=Mode.CRASH_BEFORE)
    aws.advance(5 * MINUTE)
    del aws.lambda_.functions["leeway-tick"]  # by somebody's mistake
    aws.advance(2 * MINUTE)


def unheard(aws: LocalAWS) -> None:
    """Versions approved and rejected while every event of SageMaker is lost: the tick finds them."""
    model = Registered(aws=aws)
    model.begin()
    aws.drop_events("aws.sagemaker")
    one = model.register("one")
    model.decide(one)
    aws.advance(20 * MINUTE)
    two = model.register("two", champion="one")
    model.decide(two)
    aws.advance(20 * MINUTE)
    model.decide(two, "Rejected")
    aws.advance(20 * MINUTE)
    model.decide(model.register("three"))  # compared with nothing
    aws.advance(20 * MINUTE)
    assert model.answer() == "one"


def jobs(aws: LocalAWS) -> None:
    """A pipeline with a step of each kind that has jobs or registers, and its version on an endpoint that captures."""
    made = Made(aws=aws)
    made.begin()
    assert (made.trained(), made.served(), made.captured()) == ("Succeeded", "InService", 1)


RUNS: dict[str, Callable[[LocalAWS], None]] = {
    run.__name__: run
    for run in (
        training,
        experiment,
        canary,
        apart,
        shadow,
        monitoring,
        counting,
        model_monitor,
        predicting,
        classes,
        arrivals,
        faults,
        unheard,
        jobs,
    )
}


def record(folder: Path) -> Recording:
    """All runs, side by side, each in a process of its own."""
    recording = Recording()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, 4), mp_context=context) as pool:
        for found in pool.map(play, RUNS, [folder / name for name in RUNS]):
            recording.add(found)
    return recording


def play(name: str, folder: Path) -> Recording:
    """One run, as by functions that have just started: nothing is known from before."""
    recording, run = Recording(), RUNS[name]
    lifecycle = Lifecycle() if run is jobs else Lifecycle(step_start=TAKES, model_latency=0.02, model_monitor=True)
    image = Path(sys.executable) if run is counting else None
    with (
        mock.patch.object(models, "_read", models._read.__wrapped__),
        LocalAWS(state_dir=folder, lifecycle=lifecycle, start=BEGINS, image_python=image) as aws,
    ):
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        with recording.run(name):
            run(aws)
            _logging(aws)
    return recording


def _logging(aws: LocalAWS) -> None:
    """What Lambda asks by a function's role before it runs it, which the embedded AWS does not: the log's stream."""
    for function in aws.lambda_.functions.values():
        if aws.logs(function.name):
            stream = f"log-group:/aws/lambda/{function.name}:log-stream:2026/03/02/[$LATEST]0"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                need = Need(action=action, resource=f"arn:aws:logs:us-east-1:{aws.account}:{stream}")
                aws._guard.decide(aws._guard.session(function.role, function.name), need)


def _without_version(aws: LocalAWS, name: str, etag: str) -> None:
    """An event of an object that was written while its bucket kept no versions."""
    event = json.loads((ROOT / "events/data_arrival.new-file.json").read_text())
    body = json.loads(event["Records"][0]["body"])
    thing = {"key": f"inbox/churn/{name}.csv", "size": 500, "etag": etag, "sequencer": "1"}
    body["detail"] |= {"bucket": {"name": INBOX}, "object": thing}
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="leeway-arrivals")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    aws.settle()
