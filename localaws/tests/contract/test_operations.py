"""Operations that no other test holds by itself, from what each service's API reference says of them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"


@pytest.fixture
def role(bare: LocalAWS) -> str:
    """A role for SageMaker that may do everything."""
    iam = bare.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow)]
    arn = str(iam.create_role(RoleName="worker", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"])
    iam.put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=documents[1])
    bare.client("s3").create_bucket(Bucket="lab")
    return arn


def processing(role: str, script: str) -> dict[str, Any]:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
    return {
        "ProcessingJobName": "work",
        "AppSpecification": {"ImageUri": OWN_IMAGE, "ContainerEntrypoint": ["sh", "-c", script]},
        "ProcessingResources": {"ClusterConfig": cluster},
        "RoleArn": role,
    }


def training(role: str, script: str) -> dict[str, Any]:
    specification = {"TrainingImage": OWN_IMAGE, "TrainingInputMode": "File"}
    return {
        "AlgorithmSpecification": specification | {"ContainerEntrypoint": ["sh", "-c", script]},
        "OutputDataConfig": {"S3OutputPath": "s3://lab/models"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "RoleArn": role,
    }


def test_a_processing_job_that_is_over_is_deleted(bare: LocalAWS, role: str) -> None:
    sagemaker = bare.client("sagemaker")
    sagemaker.create_processing_job(**processing(role, "true"))
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_processing_job(ProcessingJobName="work")
    bare.settle()
    sagemaker.delete_processing_job(ProcessingJobName="work")
    assert sagemaker.list_processing_jobs()["ProcessingJobSummaries"] == []


def test_a_training_that_is_over_is_deleted(bare: LocalAWS, role: str) -> None:
    sagemaker = bare.client("sagemaker")
    sagemaker.create_training_job(TrainingJobName="fit", **training(role, "true"))
    bare.settle()
    sagemaker.delete_training_job(TrainingJobName="fit")
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_processing_job_is_stopped(bare: LocalAWS, role: str) -> None:
    sagemaker = bare.client("sagemaker")
    sagemaker.create_processing_job(**processing(role, "sleep 30"))
    sagemaker.stop_processing_job(ProcessingJobName="work")
    assert sagemaker.describe_processing_job(ProcessingJobName="work")["ProcessingJobStatus"] == "Stopping"
    bare.settle()
    assert sagemaker.describe_processing_job(ProcessingJobName="work")["ProcessingJobStatus"] == "Stopped"


def test_a_tuning_job_is_stopped(bare: LocalAWS, role: str) -> None:
    sagemaker, packed = bare.client("sagemaker"), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        code = b"import time; time.sleep(30)"
        member = tarfile.TarInfo("train.py")
        member.size = len(code)
        tar.addfile(member, io.BytesIO(code))
    bare.client("s3").put_object(Bucket="lab", Key="code.tar.gz", Body=packed.getvalue())
    definition = training(role, "")
    definition["AlgorithmSpecification"] = {
        "TrainingImage": OWN_IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
    }
    definition["StaticHyperParameters"] = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://lab/code.tar.gz",
    }
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}]},
        },
        TrainingJobDefinition=definition,
    )
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    bare.settle()
    found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert found["HyperParameterTuningJobStatus"] == "Stopped"


def test_a_deleted_pipeline_is_gone(bare: LocalAWS, role: str) -> None:
    sagemaker = bare.client("sagemaker")
    steps = [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    sagemaker.create_pipeline(PipelineName="train", PipelineDefinition=definition, RoleArn=role)
    assert sagemaker.delete_pipeline(PipelineName="train")["PipelineArn"].endswith(":pipeline/train")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_pipeline(PipelineName="train")


def test_configurations_are_listed_by_name(bare: LocalAWS, role: str) -> None:
    sagemaker, s3 = bare.client("sagemaker"), bare.client("s3")
    s3.put_object(Bucket="lab", Key="model.tar.gz", Body=b"x")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
    container = {"Image": image, "ModelDataUrl": "s3://lab/model.tar.gz"}
    sagemaker.create_model(ModelName="one", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    for name in ("old-1", "new-1", "new-2"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    listed = sagemaker.list_endpoint_configs(NameContains="new", SortBy="Name", SortOrder="Ascending")
    assert [one["EndpointConfigName"] for one in listed["EndpointConfigs"]] == ["new-1", "new-2"]


def test_settings_of_a_bucket_are_deleted(bare: LocalAWS) -> None:
    s3, bucket = bare.client("s3"), "settings"
    s3.create_bucket(Bucket=bucket)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket_lifecycle(Bucket=bucket)
    s3.delete_bucket_tagging(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    for ask in (s3.get_bucket_lifecycle_configuration, s3.get_bucket_tagging, s3.get_public_access_block):
        with pytest.raises(ClientError, match="NoSuch"):
            ask(Bucket=bucket)


def test_stacks_and_one_resource_are_described(bare: LocalAWS) -> None:
    bare.deploy(Path(__file__).parents[1] / "data" / "template.yaml", stack="keep")
    cloudformation = bare.client("cloudformation")
    assert [one["StackName"] for one in cloudformation.list_stacks()["StackSummaries"]] == ["keep"]
    found = cloudformation.describe_stack_resource(StackName="keep", LogicalResourceId="Inbox")["StackResourceDetail"]
    assert (found["ResourceType"], found["PhysicalResourceId"]) == (
        "AWS::S3::Bucket",
        "keep-inbox-123456789012-us-east-1",
    )
