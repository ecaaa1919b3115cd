"""docs/permissions.md: what each role may do, and which run asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.permissions.grants import Grant
from tests.permissions.runs import RUNS

# Grants of SageMaker's two roles that no run here asks for, and how else they are known to be needed, if they are.
ELSEWHERE = {
    "a training reads it in the stories, where nothing may be denied": {
        ("leeway-pipeline", "ReadWhatIsPrepared", "s3:GetObject"),
        ("leeway-pipeline", "RunTrainings", "sagemaker:CreateTrainingJob"),
        ("leeway-pipeline", "RunTrainings", "sagemaker:DescribeTrainingJob"),
        ("leeway-pipeline", "RunTrainings", "sagemaker:AddTags"),
    },
    "tests/template/test_sagemaker_grants.py: without it a missing model looks like a forbidden one": {
        ("leeway-serving", "ListTheModel", "s3:ListBucket"),
    },
    "SageMaker asks it when an execution is stopped; only an account shows it": {
        ("leeway-pipeline", "RunProcessing", "sagemaker:StopProcessingJob"),
        ("leeway-pipeline", "RunTrainings", "sagemaker:StopTrainingJob"),
        ("leeway-pipeline", "RunTunings", "sagemaker:StopHyperParameterTuningJob"),
    },
    "SageMaker asks it when the upload of a large artefact breaks off; only an account shows it": {
        ("leeway-pipeline", "WriteTheRun", "s3:AbortMultipartUpload"),
    },
    "the reference and practice differ on what SageMaker asks; only an account shows it": {
        ("leeway-pipeline", "RegisterForApproval", "sagemaker:CreateModelPackage"),
        ("leeway-pipeline", "TagWhatIsRegistered", "sagemaker:AddTags"),
        ("leeway-pipeline", "SeeTheGroup", "sagemaker:DescribeModelPackageGroup"),
    },
    "instances write their own logs and metrics; only an account shows it": {
        (role, sid, action)
        for role in ("leeway-pipeline", "leeway-serving", "leeway-monitoring")
        for sid, action in (
            ("Log", "logs:CreateLogGroup"),
            ("Log", "logs:CreateLogStream"),
            ("Log", "logs:DescribeLogStreams"),
            ("Log", "logs:PutLogEvents"),
            ("Measure", "cloudwatch:PutMetricData"),
        )
    },
}
TABLE = "| statement | action | resource | asked for by |\n| --- | --- | --- | --- |\n"
HEAD = """# Permissions

What each role of the stack may do, and which run asks for it.
`make permissions` records what the roles ask for while Leeway runs; CI fails where this page is not what it records.

Each request is decided by the role's policies, by the embedded AWS and by [iam-simulate][1]; they must agree.
Nothing that is asked for is denied, and {denied} forbidden deeds are.
Each grant of a function is asked for, and missed when it is taken away.
Resources are shown without what stands before them in an ARN.

[1]: https://github.com/cloud-copilot/iam-simulate

| run | what happens in it |
| --- | --- |
{runs}
"""


def page(needed: dict[Grant, str], denied: int) -> str:
    """The page, of all grants with what needs them, and of how many deeds are denied."""
    runs = "\n".join(f"| {name} | {(run.__doc__ or '').strip()} |" for name, run in RUNS.items())
    parts = [HEAD.format(runs=runs, denied=denied)]
    for role, grants in groupby(sorted(needed), key=lambda grant: grant.role):
        rows = "\n".join(_rows(list(grants), needed))
        parts.append(
            f"## {role}\n\n| statement | action | resource | asked for by |\n| --- | --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(parts)


def _rows(grants: Iterable[Grant], needed: dict[Grant, str]) -> Iterator[str]:
    for grant in grants:
        short = grant.resource if grant.resource == "*" else grant.resource.split(":", 5)[-1]
        yield f"| {grant.sid} | {grant.action} | `{short}` | {needed[grant]} |"


def elsewhere(grant: Grant) -> str:
    """How a grant that no run asks for is known to be needed; empty where that is not known."""
    key = (grant.role, grant.sid, grant.action)
    return next((reason for reason, keys in ELSEWHERE.items() if key in keys), "")
