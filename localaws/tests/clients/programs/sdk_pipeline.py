"""SageMaker SDK v3: a pipeline made, changed, started, waited for and read, as its documentation shows."""

import json

import boto3
from sagemaker.core.helper.iam_role_resolver import IamRoleResolver
from sagemaker.core.processing import Processor
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"


def pipeline_role() -> str:
    """The SDK's own role for pipelines, which may create processing jobs and not look at them, and what it lacks."""
    arn = IamRoleResolver().create_execution_role("pipeline")
    allow = {"Effect": "Allow", "Action": "sagemaker:DescribeProcessingJob", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    boto3.client("iam").put_role_policy(RoleName=arn.rpartition("/")[2], PolicyName="look", PolicyDocument=policy)
    return arn


def bucket() -> str:
    """A bucket of ours: the SDK asks STS for its default one, at STS's public address whatever the environment says."""
    boto3.client("s3").create_bucket(Bucket="sagemaker-pipeline")
    return "sagemaker-pipeline"


def pipeline(session: PipelineSession, arn: str, words: list[str], what: str) -> Pipeline:
    """One processing step that prints a parameter."""
    parameter = ParameterString(name="What", default_value=what)
    processor = Processor(
        role=arn,
        image_uri=IMAGE,
        entrypoint=words,
        instance_count=1,
        instance_type="ml.m5.large",
        env={"WHAT": parameter},
        sagemaker_session=session,
    )
    step = ProcessingStep(name="Print", step_args=processor.run())
    return Pipeline(name="printing", parameters=[parameter], steps=[step], sagemaker_session=session)


def main() -> None:
    arn, job = pipeline_role(), IamRoleResolver().create_execution_role("training")
    words = ["sh", "-c", 'test "$WHAT" = second']
    session = PipelineSession(default_bucket=bucket())
    first = pipeline(session, job, words, "first").upsert(role_arn=arn)
    whole = pipeline(session, job, words, "second")
    again = whole.upsert(role_arn=arn, description="with another default")
    execution = whole.start(execution_display_name="told")
    execution.wait(delay=1)
    broken = whole.start(parameters={"What": "third"})
    try:
        broken.wait(delay=1)
        ended = "Succeeded"
    except Exception as error:  # noqa: BLE001  botocore's WaiterError, shown as it is
        ended = type(error).__name__
    print(
        json.dumps(
            {
                "same": first["PipelineArn"] == again["PipelineArn"],
                "description": whole.describe()["PipelineDescription"],
                "status": execution.describe()["PipelineExecutionStatus"],
                "steps": [[step["StepName"], step["StepStatus"]] for step in execution.list_steps()],
                "parameters": execution.list_parameters()["PipelineParameters"],
                "broken": [ended, broken.list_steps()[0]["StepStatus"]],
                "executions": len(whole.list_executions()["PipelineExecutionSummaries"]),
                "deleted": whole.delete()["PipelineArn"],
            }
        )
    )


if __name__ == "__main__":
    main()
