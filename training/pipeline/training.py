"""The step that makes the model, in the SageMaker SDK's words: Train, or Tune with its trials. Build time only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.shapes import OutputDataConfig, StoppingCondition
from sagemaker.core.training.configs import Compute, InputData
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.retry import SageMakerJobExceptionTypeEnum as Job
from sagemaker.mlops.workflow.retry import SageMakerJobStepRetryPolicy, StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, TrainingStep, TuningStep
from sagemaker.train.model_trainer import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

from pipeline.skeletons import CODE, EXPIRES, IMAGE, PARALLEL, ROLE, RUNTIME, SEED, TRIALS

VOLUME = 30  # GB
CHANNELS = ("train", "validation")
RUN = ParameterString(name="RunPrefix")


def train_step(session: Any, channels: Sequence[Any]) -> Any:
    """Cached: with the same run folder, code and hyperparameters the same model comes out."""
    return TrainingStep(
        name="Train",
        step_args=trainer(session).train(input_data_config=inputs(channels)),
        cache_config=CacheConfig(enable_caching=True, expire_after=EXPIRES),
        retry_policies=retries(),
    )


def tune_step(session: Any, channels: Sequence[Any]) -> Any:
    """Trials of the same training; rendering puts the model's ranges in the place of the one that is compiled."""
    tuner = HyperparameterTuner(
        model_trainer=trainer(session),
        objective_metric_name="${objective}",
        objective_type="${direction}",
        hyperparameter_ranges={"eta": ContinuousParameter(0.1, 0.2)},
        strategy="${strategy}",
        max_jobs=TRIALS,
        max_parallel_jobs=PARALLEL,
        early_stopping_type="${early_stopping}",
        random_seed=SEED,
    )
    return TuningStep(
        name="Tune",
        step_args=tuner.tune(inputs=inputs(channels), wait=False),
        cache_config=CacheConfig(enable_caching=True, expire_after=EXPIRES),
        retry_policies=retries(),
    )


def best_model(tune: Any) -> Any:
    """As the SDK's get_top_model_s3_uri, but of the best trial that completed: one that was stopped has no model."""
    return Join(on="/", values=[RUN, "train", tune.properties.BestTrainingJob.TrainingJobName, "output/model.tar.gz"])


def inputs(channels: Sequence[Any]) -> list[Any]:
    """Matrices by channel."""
    return [
        InputData(channel_name=name, data_source=uri, content_type="application/x-npy")
        for name, uri in zip(CHANNELS, channels, strict=True)
    ]


def trainer(session: Any) -> Any:
    """What a training job runs, by itself or as a trial."""
    return ModelTrainer(
        sagemaker_session=session,
        role=ROLE,
        training_image=IMAGE,
        base_job_name="train",
        compute=Compute(instance_type="${instance}", instance_count=1, volume_size_in_gb=VOLUME),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=RUNTIME),
        output_data_config=OutputDataConfig(s3_output_path=Join(on="/", values=[RUN, "train"])),
        hyperparameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{CODE}/sourcedir.tar.gz",
            "sagemaker_region": "${region}",
            "seed": "${seed}",
        },
    )


def retries() -> list[Any]:
    """Faults and throttling soon, a lack of capacity for some hours."""
    soon = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
    later = [Job.INTERNAL_ERROR, Job.CAPACITY_ERROR, Job.RESOURCE_LIMIT]
    return [
        StepRetryPolicy(exception_types=soon, interval_seconds=10, backoff_rate=2.0, max_attempts=5),
        SageMakerJobStepRetryPolicy(
            exception_types=later, interval_seconds=120, backoff_rate=2.0, expire_after_mins=240
        ),
    ]
