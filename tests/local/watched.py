"""A served version with a baseline, and traffic that is like it or is not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from localaws.sagemaker.serving import Asked
from tests.local.onboarding import ARTIFACTS, INBOX, onboard, spec, table
from tests.local.registered import GROUP, IMAGE, NAME, Registered, archive

HOUR = timedelta(hours=1)
BURSTS = 6  # of traffic in an hour
SCORING_CODE = b"""
def model_fn(model_dir):
    return None


def transform_fn(model, body, content_type, accept):
    rows = [line.split(",") for line in body.decode().strip().splitlines()]
    return "".join("%.2f\\n" % (float(tenure) / 100) for _, tenure in rows), "text/csv"
"""
EDGES = [0, 12, 24, 36, 48]
BASELINE = {
    "format": 2,
    "rows": 1000,
    "features": {
        "plan": {"type": "category", "count": 1000, "missing": 0, "shares": {"month": 0.5, "year": 0.5}},
        "tenure": {"type": "int", "count": 1000, "missing": 0, "min": 0, "max": 49, "quantiles": EDGES,
                   "cumulative": [(edge + 1) / 50 for edge in EDGES]},
    },
}  # fmt: skip
EVALUATION = {
    "binary_classification_metrics": {"accuracy": {"value": 0.8}, "base_rate": {"value": 0.2}},
    "scores": {
        "rows": 500,
        "edges": [0.12, 0.24, 0.36],
        "cumulative": [0.26, 0.5, 0.74],
        "rates": [0.4, 0.3, 0.2, 0.1],
    },
}


@dataclass(frozen=True, kw_only=True)
class Watched(Registered):
    """One model that is watched."""

    def begin(self) -> None:
        """A version serves."""
        onboard(self.aws, spec())
        table(self.aws).put(Put(item={"pk": keys.MODELS, "sk": "churn"}))
        self._put("code/x/sourcedir.tar.gz", archive(inference__py=SCORING_CODE))
        self.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
        self.serve(self.version("one"))

    @property
    def baseline(self) -> dict[str, Any]:
        """What its training leaves of its data."""
        return BASELINE

    def version(self, name: str, champion: str = "") -> str:
        """A version with the files that its training leaves; its ARN."""
        self._put(f"runs/{name}/model.tar.gz", archive(name=name.encode()))
        for path, document in (("baseline/baseline.json", self.baseline), ("evaluate/evaluation.json", EVALUATION)):
            self._put(f"runs/{name}/{path}", json.dumps(document).encode())
        environment = {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/code/x/sourcedir.tar.gz",
        }
        container = {"Image": IMAGE, "ModelDataUrl": self.archive_of(name), "Environment": environment}
        answer = self.sagemaker.create_model_package(
            ModelPackageGroupName=GROUP,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelMetrics={
                "ModelDataQuality": {"Statistics": _statistics(name, "baseline/baseline.json")},
                "ModelQuality": {"Statistics": _statistics(name, "evaluate/evaluation.json")},
            },
            CustomerMetadataProperties={
                "champion": self.archive_of(champion) if champion else f"s3://{ARTIFACTS}/champions/none"
            },
        )
        return str(answer["ModelPackageArn"])

    def traffic(self, rows: int, *, seed: int = 1, below: int = 50, hours: int = 1) -> None:
        """So many requests in each of the next whole hours; in training, tenure was anything below 50."""
        start = self.aws.now().replace(minute=0, second=0, microsecond=0) + HOUR
        for hour in range(hours):
            self.ask(start + hour * HOUR, rows, seed=seed + hour, below=below)
        self.aws.advance_to(start + hours * HOUR + timedelta(minutes=25))

    def ask(self, start: datetime, rows: int, *, seed: int = 1, below: int = 50) -> None:
        """So many requests in the hour that begins then."""
        self.aws.traffic(NAME, list(_asked(start, rows, seed, below)))

    def label(self, hour: datetime, positives: float, *, seed: int = 1, name: str = "labels") -> None:
        """Labels of all that was asked in an hour, so many of them positive, in the folder of the hour after it."""
        chance, lines = random.Random(seed), ["event_id,label"]
        s3, prefix = self.aws.client("s3"), f"capture/{NAME}/a/{hour:%Y/%m/%d/%H}/"
        for found in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix)["Contents"]:
            body = s3.get_object(Bucket=ARTIFACTS, Key=found["Key"])["Body"].read()
            events = [json.loads(line)["eventMetadata"]["eventId"] for line in body.splitlines()]
            lines += [f"{event},{int(chance.random() < positives)}" for event in events]
        key = f"labels/churn/{hour + HOUR:%Y/%m/%d/%H}/{name}.csv"
        s3.put_object(Bucket=INBOX, Key=key, Body="\n".join(lines).encode())

    def item(self) -> dict[str, Any]:
        found: dict[str, Any] = table(self.aws).get(keys.model_pk("churn"), keys.MONITOR) or {}
        return found

    def reports(self, version: int = 1) -> dict[str, dict[str, Any]]:
        """The report of each hour, by its key."""
        s3, prefix = self.aws.client("s3"), f"monitoring/churn/v{version}/2"
        keys_ = [found["Key"] for found in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix).get("Contents", [])]
        return {key: self.document(key) for key in keys_ if key[-7:-5].isdecimal()}

    def document(self, key: str, bucket: str = ARTIFACTS) -> Any:
        """A JSON object of the artifacts bucket."""
        return json.loads(self.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def metric(self, name: str) -> list[float]:
        """The values of a metric, hour by hour."""
        answer = self.aws.client("cloudwatch").get_metric_statistics(
            Namespace="Leeway", MetricName=name, Period=3600, Statistics=["Maximum"],
            Dimensions=[{"Name": "Stack", "Value": "leeway"}, {"Name": "Model", "Value": "churn"}],
            StartTime=self.aws.now() - timedelta(days=4), EndTime=self.aws.now(),
        )  # fmt: skip
        return [point["Maximum"] for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])]


def _statistics(name: str, path: str) -> dict[str, str]:
    return {"ContentType": "application/json", "S3Uri": f"s3://{ARTIFACTS}/runs/{name}/{path}"}


def _asked(start: datetime, rows: int, seed: int, below: int) -> Iterator[Asked]:
    """All over the hour, in so few of its minutes that nobody waits for the reading of sixty files of captures."""
    chance = random.Random(seed)
    for number in range(rows):
        tenure = chance.randrange(below)
        body = f"{chance.choice(['month', 'year'])},{tenure}\n".encode()
        part = number * BURSTS // rows
        yield Asked(at=start + HOUR * part / BURSTS + timedelta(milliseconds=number), body=body)
