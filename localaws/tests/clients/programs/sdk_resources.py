"""SageMaker SDK v3, `sagemaker.core.resources`: made, got, waited for, listed and deleted, kind by kind."""

import contextlib
import io
import json
import tarfile

import boto3
from sagemaker.core.helper.iam_role_resolver import IamRoleResolver
from sagemaker.core.resources import (
    Endpoint,
    EndpointConfig,
    Model,
    ModelPackage,
    ModelPackageGroup,
    ProcessingJob,
    TrainingJob,
)
from sagemaker.core.shapes import (
    AlgorithmSpecification,
    AppSpecification,
    ContainerDefinition,
    ContainersItem,
    DesiredWeightAndCapacity,
    InferenceSpecification,
    OutputDataConfig,
    ProcessingClusterConfig,
    ProcessingResources,
    ProductionVariant,
    ResourceConfig,
    StoppingCondition,
)

BUCKET = "sagemaker-resources"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
SERVING = """
class Response:
    def __init__(self, status, response, mimetype):
        self.status, self.response, self.mimetype = status, response, mimetype

def model_fn(folder):
    return open(folder + "/name").read()

def transform_fn(model, body, content_type, accept):
    return Response(200, model + " " + body.decode(), "text/csv")
"""


def put(key: str, **files: str) -> str:
    """An archive in S3; `__` in a name stands for the dot."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed.getvalue())
    return f"s3://{BUCKET}/{key}"


def gone(kind: type, **identity: str) -> str:
    """How the SDK tells that something is not there."""
    try:
        kind.get(**identity)
    except Exception as error:  # noqa: BLE001  the error's name is what is shown
        return type(error).__name__
    return "there"


def registry(role: str) -> dict:
    group = ModelPackageGroup.create(model_package_group_name="models", model_package_group_description="of the SDK")
    container = ContainersItem(image=IMAGE, model_data_url=put("model.tar.gz", name="one"))
    for _ in range(2):
        # sagemaker-core 2.27 reads a name in the answer, which the API does not answer: the package is there.
        with contextlib.suppress(KeyError):
            ModelPackage.create(
                model_package_group_name="models",
                model_approval_status="PendingManualApproval",
                inference_specification=InferenceSpecification(
                    containers=[container],
                    supported_content_types=["text/csv"],
                    supported_response_mime_types=["text/csv"],
                ),
            )
    made = ModelPackage.get(f"{group.model_package_group_arn.replace('-group/', '/')}/2")
    made.update(model_approval_status="Approved", approval_description="as it should be")
    made.refresh()
    listed = [package.model_package_version for package in ModelPackage.get_all(model_package_group_name="models")]
    approved = list(ModelPackage.get_all(model_package_group_name="models", model_approval_status="Approved"))
    found = ModelPackage.get(made.model_package_arn)
    for package in list(ModelPackage.get_all(model_package_group_name="models")):
        package.delete()
    group.delete()
    return {
        "status": [found.model_package_status, found.model_approval_status, found.approval_description],
        "listed": sorted(listed),
        "approved": len(approved),
        "groups": len(list(ModelPackageGroup.get_all())),
    }


def hosting(role: str) -> dict:
    env = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": put("code.tar.gz", inference__py=SERVING)}
    variants = []
    for name in ("one", "two"):
        container = ContainerDefinition(image=IMAGE, model_data_url=put(f"{name}.tar.gz", name=name), environment=env)
        Model.create(model_name=name, primary_container=container, execution_role_arn=role)
        variants.append(
            ProductionVariant(
                variant_name=name,
                model_name=name,
                instance_type="ml.m5.large",
                initial_instance_count=1,
                initial_variant_weight=1.0,
            )
        )
    EndpointConfig.create(endpoint_config_name="both", production_variants=variants)
    EndpointConfig.create(endpoint_config_name="alone", production_variants=variants[1:])
    endpoint = Endpoint.create(endpoint_name="scores", endpoint_config_name="both")
    endpoint.wait_for_status("InService", poll=1, timeout=60)
    answers = {
        endpoint.invoke(body=b"1", content_type="text/csv", target_variant=name).body.read().decode()
        for name in ("one", "two")
    }
    endpoint.update_weights_and_capacities(
        desired_weights_and_capacities=[
            DesiredWeightAndCapacity(variant_name="one", desired_weight=0.25),
            DesiredWeightAndCapacity(variant_name="two", desired_weight=1.0),
        ]
    )
    endpoint.wait_for_status("InService", poll=1, timeout=60)
    weights = {variant.variant_name: variant.current_weight for variant in Endpoint.get("scores").production_variants}
    listed = [one.endpoint_name for one in Endpoint.get_all(status_equals="InService")]
    models = sorted(model.model_name for model in Model.get_all())
    configs = sorted(config.endpoint_config_name for config in EndpointConfig.get_all())
    endpoint.delete()
    endpoint.wait_for_delete(poll=1, timeout=60)
    for name in ("both", "alone"):
        EndpointConfig.get(name).delete()
    for name in ("one", "two"):
        Model.get(name).delete()
    return {
        "answers": sorted(answers),
        "weights": weights,
        "listed": [listed, models, configs],
        "gone": [gone(Endpoint, endpoint_name="scores"), gone(Model, model_name="one")],
    }


def jobs(role: str) -> dict:
    resources = ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5)
    code = "echo model > /opt/ml/model/model.txt"
    training = TrainingJob.create(
        training_job_name="core-fit",
        role_arn=role,
        algorithm_specification=AlgorithmSpecification(
            training_image=OWN, training_input_mode="File", container_entrypoint=["sh", "-c", code]
        ),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        resource_config=resources,
        stopping_condition=StoppingCondition(max_runtime_in_seconds=60),
    )
    training.wait(poll=1, timeout=60)
    cluster = ProcessingClusterConfig(instance_count=1, instance_type="ml.m5.large", volume_size_in_gb=5)
    processing = ProcessingJob.create(
        processing_job_name="core-look",
        role_arn=role,
        processing_resources=ProcessingResources(cluster_config=cluster),
        app_specification=AppSpecification(image_uri=OWN, container_entrypoint=["true"]),
    )
    processing.wait(poll=1, timeout=60)
    listed = [
        [job.training_job_name for job in TrainingJob.get_all(name_contains="core-")],
        [job.processing_job_name for job in ProcessingJob.get_all(name_contains="core-")],
    ]
    states = [TrainingJob.get("core-fit").training_job_status, ProcessingJob.get("core-look").processing_job_status]
    training.delete()
    processing.delete()
    left = len(list(TrainingJob.get_all(name_contains="core-"))) + len(
        list(ProcessingJob.get_all(name_contains="core-"))
    )
    return {"states": states, "listed": listed, "left": left}


def main() -> None:
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    role = IamRoleResolver().create_execution_role("training")
    found = {"registry": registry(role), "hosting": hosting(role), "jobs": jobs(role)}
    print(f"\n{json.dumps(found)}")  # the SDK leaves its panel without an end of line


if __name__ == "__main__":
    main()
