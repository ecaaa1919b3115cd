"""What model.toml may say. Each field's description is what an error message says is allowed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from leeway_cli.model_toml.kinds import (
    DURATION,
    JOB_LIMIT,
    METRICS,
    OWN_FILE,
    PROCESSING_INSTANCES,
    YEAR,
    AlarmName,
    Cell,
    ColumnName,
    Duration,
    Instance,
    OwnFile,
    as_column,
    as_text,
)
from leeway_cli.model_toml.rollout import Rollout
from leeway_cli.model_toml.section import Section


class Identity(Section):
    """[model]."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")] = Field(
        description="1 to 30 of a-z, 0-9 and -, beginning with a letter and not ending with -"
    )
    problem: Literal["binary", "multiclass", "regression"] = Field(
        default="binary", description='"binary", "multiclass" or "regression"'
    )


class Column(Section):
    """One line of [data.columns]."""

    type: Literal["int", "float", "bool", "category", "date"] = Field(
        description='"int", "float", "bool", "category" or "date"'
    )
    min: float | None = Field(default=None, description="a number: the smallest good value")
    max: float | None = Field(default=None, description="a number: the largest good value")
    values: list[Cell] = Field(
        default=[], min_length=1, max_length=1000, description="a list of texts: the categories, no blanks around them"
    )
    nullable: bool = Field(
        default=False, description="true or false: whether a value may be missing, or the column from a file"
    )


class Data(Section):
    """[data]."""

    id: ColumnName = Field(description="the name of the column that says which person or thing a row is about")
    label: ColumnName = Field(description="the name of the column to predict")
    event_time: ColumnName | None = Field(default=None, description="the name of the column with the time of a row")
    positive: Annotated[Cell, BeforeValidator(as_text)] | None = Field(
        default=None, description='the text of a binary label that counts as 1, such as "Yes"'
    )
    classes: list[Annotated[Cell, BeforeValidator(as_text)]] = Field(
        default=[], min_length=2, max_length=1000, description="a list of two texts or more: what a label may be"
    )
    weight: ColumnName | None = Field(
        default=None, description="the name of the column that says how much a row counts, a number from 0"
    )
    max_categories: int = Field(default=0, ge=2, le=10_000, description="a whole number from 2 to 10000")
    quiet_period: Duration = Field(default=0, ge=0, le=7 * 86400, description=f"{DURATION}, up to 7d")
    max_wait: Duration = Field(default=0, ge=0, le=30 * 86400, description=f"{DURATION}, up to 30d")
    window: Duration = Field(default=0, ge=3600, le=20 * YEAR, description=f"{DURATION}, at least 1h")
    min_rows: int = Field(default=0, ge=1, le=10**9, description="a whole number, at least 1")
    columns: dict[ColumnName, Annotated[Column, BeforeValidator(as_column)]] = Field(
        min_length=1, max_length=2000, description='the features: name = { type = "int" } and so on, at least one'
    )


class Range(Section):
    """One line of [training.tuning.ranges]."""

    min: float = Field(description="a number: the least that is tried")
    max: float = Field(description="a number: the most that is tried")
    scaling: Literal["auto", "linear", "logarithmic", "reverse_logarithmic"] = Field(
        default="auto", description='"auto", "linear", "logarithmic" or "reverse_logarithmic"'
    )


class Tuning(Section):
    """[training.tuning]."""

    max_trials: int = Field(default=0, ge=2, le=500, description="a whole number from 2 to 500")
    parallel: int = Field(default=0, ge=1, le=10, description="a whole number from 1 to 10")
    strategy: Literal["bayesian", "random"] = Field(default="bayesian", description='"bayesian" or "random"')
    objective: str = Field(default="", description='a metric of the validation part, such as "validation:auc"')
    early_stop: bool = Field(default=False, description="true or false: whether poor trials end early")
    ranges: dict[str, Range] = Field(
        min_length=1, max_length=30, description="what is tuned: eta = { min = 0.01, max = 0.3 } and so on"
    )


class Training(Section):
    """[training]."""

    algorithm: Literal["script", "builtin"] = Field(default="script", description='"script" or "builtin"')
    entry: OwnFile | None = Field(default=None, description=OWN_FILE)
    prepare: OwnFile | None = Field(default=None, description=OWN_FILE)
    image: Literal["xgboost:3.0-5"] = Field(default="xgboost:3.0-5", description='"xgboost:3.0-5"')
    instance: Instance = Field(default="", description='a SageMaker instance type, such as "ml.m5.xlarge"')
    prepare_instances: int = Field(
        default=1, ge=1, le=PROCESSING_INSTANCES, description="a whole number from 1 to 100: so many read the data"
    )
    max_runtime: Duration = Field(default=0, ge=60, le=JOB_LIMIT, description=f"{DURATION}, from 1m to 28d")
    spot: bool = Field(default=False, description="true or false: whether to train on spot instances")
    split: Literal["time", "hash"] = Field(default="hash", description='"time" or "hash"')
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="a whole number, 0 or more")
    balance: bool = Field(default=False, description="true or false: whether all classes count the same in training")
    tuning: Tuning | None = Field(default=None, description="the table [training.tuning]")
    hyperparameters: dict[str, Any] = Field(default={}, description="names and values of XGBoost's parameters")


class Gate(Section):
    """[gate]."""

    metric: Literal[
        "auc", "aucpr", "accuracy", "f1", "logloss", "brier", "f1_macro", "mlogloss", "rmse", "mae", "r2"
    ] = Field(default="auc", description=METRICS)
    min: float | None = Field(default=None, description="a number: the worst value that passes")
    margin: float = Field(default=0.0, ge=0, description="a number, 0 or more: by how much to beat the champion")
    max_calibration_error: float | None = Field(
        default=None, gt=0, lt=1, description="a number between 0 and 1: the largest expected calibration error"
    )
    slices: list[ColumnName] = Field(
        default=[], min_length=1, max_length=20, description="a list of columns whose groups are judged by themselves"
    )
    slice_min: float | None = Field(default=None, description="a number: the worst value that a group may have")
    slice_min_rows: int = Field(
        default=0, ge=10, description="a whole number, at least 10: smaller groups do not count"
    )
    min_holdout: int = Field(default=0, ge=1, description="a whole number, at least 1: rows that the holdout must have")


class Approval(Section):
    """[approval]."""

    mode: Literal["manual", "auto"] = Field(default="manual", description='"manual" or "auto"')
    four_eyes: bool = Field(default=False, description="true or false: whether nobody approves what is their own")


class Serving(Section):
    """[serving]."""

    mode: Literal["realtime", "serverless"] = Field(default="realtime", description='"realtime" or "serverless"')
    instance: Instance = Field(default="", description='a SageMaker instance type, such as "ml.m5.large"')
    instances: int = Field(default=0, ge=1, le=1000, description="a whole number from 1 to 1000")
    min_instances: int = Field(default=0, ge=1, le=1000, description="a whole number from 1 to 1000")
    max_instances: int = Field(default=0, ge=1, le=1000, description="a whole number from 1 to 1000")
    target_invocations: int = Field(
        default=0, ge=1, le=10**6, description="a whole number, at least 1: calls a minute that an instance should have"
    )
    memory: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(
        default=2048, description="1024, 2048, 3072, 4096, 5120 or 6144: MB of a serverless endpoint"
    )
    max_concurrency: int = Field(
        default=0, ge=1, le=200, description="a whole number from 1 to 200: calls that are answered at once"
    )


class Retraining(Section):
    """[retraining]."""

    schedule: str | None = Field(default=None, description='"cron(0 3 ? * MON *)" or "rate(7 days)", in UTC')
    on_drift: bool = Field(default=True, description="true or false: whether an alarm starts a training")
    alarms: list[AlarmName] = Field(
        default=[], min_length=1, max_length=20, description="a list of names of CloudWatch alarms, at most 20"
    )
    min_labels: int = Field(
        default=0, ge=0, le=10**9, description="a whole number, 0 or more: new rows that a training by alarm needs"
    )
    cooldown: Duration = Field(default=0, ge=0, le=YEAR, description=f"{DURATION}, up to 366d")
    daily_cap: int = Field(default=0, ge=1, le=100, description="a whole number from 1 to 100")


class Monitoring(Section):
    """[monitoring]."""

    engine: Literal["leeway", "model-monitor"] = Field(default="leeway", description='"leeway" or "model-monitor"')
    delta: float = Field(
        default=0.05, ge=0.01, le=0.2, description="a number from 0.01 to 0.2: by how much a share of rows may move"
    )
    feature_metrics: bool = Field(
        default=False, description="true or false: whether each feature's evidence is a metric of its own"
    )
    dashboard: bool = Field(default=True, description="true or false: whether the model has a dashboard in CloudWatch")
    job_above: int = Field(
        default=3000, ge=0, le=3000, description="MB of an hour's captures, from 0 to 3000: more is counted by a job"
    )
    job_instances: int = Field(
        default=1, ge=1, le=20, description="a whole number from 1 to 20: instances that count such an hour"
    )
    job_instance: Instance = Field(
        default="ml.m5.xlarge", description='a SageMaker instance type, such as "ml.m5.xlarge"'
    )


class ModelToml(Section):
    """The whole file. Defaults are those of `leeway.spec`: what is not set is left out, and filled in there."""

    model: Identity = Field(description="the table [model]")
    data: Data = Field(description="the table [data]")
    training: Training = Field(default=Training(), description="the table [training]")
    gate: Gate = Field(default=Gate(), description="the table [gate]")
    approval: Approval = Field(default=Approval(), description="the table [approval]")
    serving: Serving = Field(default=Serving(), description="the table [serving]")
    rollout: Rollout = Field(default=Rollout(), description="the table [rollout]")
    retraining: Retraining = Field(default=Retraining(), description="the table [retraining]")
    monitoring: Monitoring = Field(default=Monitoring(), description="the table [monitoring]")


# Part of the specification, and not built yet: refused, for a key that does nothing is a lie.
VALUES_NOT_YET = {
    "data.columns.*.type": ("string",),  # not a set: what is asked of it may be a list
}
