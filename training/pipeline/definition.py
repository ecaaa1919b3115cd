"""The pipeline in the SDK's words: Prepare, ready?, Train or Tune, Evaluate, passed?, Register. Build time only."""

from __future__ import annotations

from typing import Any

import boto3
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, Step, StepTypeEnum

from pipeline.skeletons import CODE, IMAGE, INPUT, INSTANCES, OUTPUT, ROLE, RUNTIME, SPEC, WHEELS
from pipeline.training import CHANNELS, RUN, VOLUME, best_model, retries, train_step, tune_step

MEDIA = ["text/csv", "application/json"]
MANIFEST, CHAMPION = (ParameterString(name=name) for name in ("Manifest", "Champion"))
PREPARE_REPORT = PropertyFile(name="PrepareReport", output_name="prepare", path="prepare.json")
GATE = PropertyFile(name="Gate", output_name="evaluate", path="gate.json")


class RegisterStep(Step):  # type: ignore[misc]  # the SDK ships no types
    """CreateModelPackage as it is: the SDK's own builder opens connections, and its ModelStep takes no request."""

    def __init__(self, name: str, request: dict[str, Any]) -> None:
        super().__init__(name, step_type=StepTypeEnum.REGISTER_MODEL)
        self.request = request

    @property
    def arguments(self) -> dict[str, Any]:
        """The request."""
        return self.request

    @property
    def properties(self) -> Any:
        """Nothing refers to what was registered."""
        raise NotImplementedError

    def to_request(self) -> dict[str, Any]:
        """With the retries of every job: registering is a call that may be throttled."""
        document: dict[str, Any] = super().to_request()
        return document | {"RetryPolicies": [retries()[0].to_request()]}


def pipeline(*, tuned: bool) -> Any:
    """The whole, with sentinels for what differs between models."""
    session = PipelineSession(boto_session=boto3.Session(), default_bucket="compiled")
    prepare = prepare_step(session, data())
    train = (tune_step if tuned else train_step)(session, [output_of(prepare, name) for name in CHANNELS])
    model = best_model(train) if tuned else train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = evaluate_step(session, prepare, model)
    passed = ConditionStep(
        name="Passed",
        conditions=[ConditionEquals(left=JsonGet(evaluate.name, GATE, "passed"), right=1)],
        if_steps=[register_step(prepare, model, evaluate)],
        else_steps=[fail_step("Refused", "The gate refused the model; why stands in", "evaluate/gate.json")],
    )
    ready = ConditionStep(
        name="Ready",
        conditions=[ConditionEquals(left=JsonGet(prepare.name, PREPARE_REPORT, "ready"), right=1)],
        if_steps=[train, evaluate, passed],
        else_steps=[fail_step("NotReady", "The data are not ready; why stands in", "prepare/prepare.json")],
    )
    return Pipeline(
        name="skeleton",
        parameters=[MANIFEST, RUN, CHAMPION],
        pipeline_experiment_config=None,
        steps=[prepare, ready],
        sagemaker_session=session,
    )


def sharded() -> Any:
    """The first steps where several instances read the data; the rest of a pipeline does not know of it."""
    session = PipelineSession(boto_session=boto3.Session(), default_bucket="compiled")
    read = read_step(session)
    return Pipeline(
        name="skeleton",
        parameters=[MANIFEST, RUN],
        pipeline_experiment_config=None,
        steps=[read, prepare_step(session, from_s3("states", output_of(read, "states")))],
        sagemaker_session=session,
    )


def read_step(session: Any) -> Any:
    """Each instance gets its share of the files; all write into one folder, where no two write the same name."""
    step_args = processor(session, "read", INSTANCES).run(
        inputs=[*step_inputs(), data(distribution="ShardedByS3Key")],
        outputs=[to_s3("states", "read")],
        arguments=[*step_arguments("data"), "--output", f"{OUTPUT}/states"],
    )
    return ProcessingStep(name="Read", step_args=step_args, retry_policies=retries())


def prepare_step(session: Any, rows: Any) -> Any:
    """Not cached: its report must lie in the folder of this run, where the retrainer looks for it."""
    places = {"prepare": "prepare", "baseline": "baseline"}
    places |= {name: f"prepared/{name}" for name in ("train", "validation", "holdout")}
    outputs = [to_s3(name, place) for name, place in places.items()]
    step_args = processor(session, "prepare").run(
        inputs=[*step_inputs(), rows],
        outputs=outputs,
        arguments=[*step_arguments(rows.input_name), "--output", OUTPUT],
    )
    return ProcessingStep(
        name="Prepare", step_args=step_args, property_files=[PREPARE_REPORT], retry_policies=retries()
    )


def step_inputs() -> list[Any]:
    """What Read and Prepare are given beside rows."""
    return [
        from_s3("code", f"{CODE}/training.pyz"),
        from_s3("wheels", WHEELS),
        from_s3("spec", SPEC),
        from_s3("manifest", Join(on="/", values=[MANIFEST, "manifest.json"])),
    ]


def step_arguments(rows: str) -> list[str]:
    """Where they lie, and where rows do."""
    return [word for name in ("wheels", "manifest", rows, "spec") for word in (f"--{name}", f"{INPUT}/{name}")]


def data(distribution: str = "FullyReplicated") -> Any:
    """The files of the manifest."""
    return from_s3("data", Join(on="/", values=[MANIFEST, "files.json"]), "ManifestFile", distribution)


def evaluate_step(session: Any, prepare: Any, model: Any) -> Any:
    """Not cached: what it says of this run must lie in the folder of this run."""
    sources = {
        "model": model,
        "champion": CHAMPION,
        "holdout": output_of(prepare, "holdout"),
        "manifest": Join(on="/", values=[MANIFEST, "manifest.json"]),
        "spec": SPEC,
    }
    inputs = [from_s3("code", f"{CODE}/training.pyz"), *(from_s3(name, uri) for name, uri in sources.items())]
    arguments = [word for name in sources for word in (f"--{name}", f"{INPUT}/{name}")]
    step_args = processor(session, "evaluate").run(
        inputs=inputs,
        outputs=[to_s3("evaluate", "evaluate")],
        arguments=[*arguments, "--output", f"{OUTPUT}/evaluate", "--code", "${code_sha256}", "--image", IMAGE],
    )
    return ProcessingStep(name="Evaluate", step_args=step_args, property_files=[GATE], retry_policies=retries())


def register_step(prepare: Any, model: Any, evaluate: Any) -> Any:
    """A version that waits for approval, with where it comes from."""
    container = {
        "Image": IMAGE,
        "ModelDataUrl": model,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": f"{CODE}/sourcedir.tar.gz",
            "SAGEMAKER_REGION": "${region}",
            # Without it the container asks for JSON wherever the caller leaves it open, also in answer to CSV.
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "*/*",
        },
    }
    quality = {"Statistics": metric_file(evaluate, "evaluate", "evaluation.json")}
    data_quality = {"Statistics": metric_file(prepare, "baseline", "baseline.json")}
    request = {
        "ModelPackageGroupName": "${group}",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": MEDIA,
            "SupportedResponseMIMETypes": MEDIA,
            "SupportedRealtimeInferenceInstanceTypes": ["${serving_instance}"],
        },
        # What it measured, and what it is watched by from then on: here they are the same files.
        "ModelMetrics": {"ModelQuality": quality, "ModelDataQuality": data_quality},
        "DriftCheckBaselines": {"ModelQuality": quality, "ModelDataQuality": data_quality},
        "CustomerMetadataProperties": {"run": RUN, "champion": CHAMPION, "manifest": MANIFEST},
        "MetadataProperties": {"GeneratedBy": ExecutionVariables.PIPELINE_EXECUTION_ARN},
    }
    return RegisterStep("Register", request)


def fail_step(name: str, words: str, place: str) -> Any:
    """An end without a model."""
    return FailStep(name=name, error_message=Join(on=" ", values=[words, Join(on="/", values=[RUN, place])]))


def processor(session: Any, command: str, instances: int = 1) -> Any:
    """A job that runs a step of `training.pyz`."""
    return Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=instances,
        instance_type="${instance}",
        volume_size_in_gb=VOLUME,
        max_runtime_in_seconds=RUNTIME,
        entrypoint=["python3", f"{INPUT}/code/training.pyz", command],
        sagemaker_session=session,
    )


def from_s3(name: str, uri: Any, kind: str = "S3Prefix", distribution: str = "FullyReplicated") -> Any:
    """An input in a folder of its name."""
    place = ProcessingS3Input(
        s3_uri=uri,
        local_path=f"{INPUT}/{name}",
        s3_data_type=kind,
        s3_input_mode="File",
        s3_data_distribution_type=distribution,
    )
    return ProcessingInput(input_name=name, s3_input=place)


def to_s3(name: str, place: str) -> Any:
    """An output in the folder of the run."""
    target = ProcessingS3Output(
        s3_uri=Join(on="/", values=[RUN, place]), local_path=f"{OUTPUT}/{name}", s3_upload_mode="EndOfJob"
    )
    return ProcessingOutput(output_name=name, s3_output=target)


def output_of(step: Any, name: str) -> Any:
    """Where an output went; of a cached step, where it went then."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def metric_file(step: Any, output: str, name: str) -> dict[str, Any]:
    """A file that the registry shows with the version."""
    return {"ContentType": "application/json", "S3Uri": Join(on="/", values=[output_of(step, output), name])}
