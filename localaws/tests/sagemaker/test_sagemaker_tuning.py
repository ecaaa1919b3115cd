"""Hyperparameter tuning jobs: what is refused, trials and limits, the best one, early stopping, steps of pipelines."""

from pathlib import Path
from typing import Any

import pytest

from localaws.sagemaker import samplers
from localaws.sagemaker.ranges import range_problems, ranges_of
from localaws.sagemaker.samplers import sampler_of
from localaws.sagemaker.trials import is_worse
from localaws.sagemaker.tuningrules import OBJECTIVES, TUNABLE

pytestmark = pytest.mark.contract
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
CHANGED = "HyperParameter Tuning Job State Change"
# A script whose validation AUC is best at eta = 0.3.
CODE = """
import os, sys
eta = float(sys.argv[sys.argv.index("--eta") + 1])
print(f"[0]#011train-auc:0.9#011validation-auc:{1 - (eta - 0.3) ** 2}")
open("/opt/ml/model/eta", "w").write(str(eta))
"""
ETA = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.9", "ScalingType": "Linear"}


def request(lab: Any, code: str = CODE, image: str = "", number: int = 3, parallel: int = 2, **config: Any) -> Any:
    """A tuning of eta with this train.py."""
    made = lab.training("any", code, **({"image": image} if image else {}))
    static = made.pop("HyperParameters")
    del made["TrainingJobName"]
    limits = {"MaxNumberOfTrainingJobs": number, "MaxParallelTrainingJobs": parallel}
    whole = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        "ResourceLimits": limits,
        "ParameterRanges": {"ContinuousParameterRanges": [ETA]},
        "RandomSeed": 7,
        **config,
    }
    return {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": whole,
        "TrainingJobDefinition": {**made, "StaticHyperParameters": static},
    }


def tuned(lab: Any, *args: Any, **rest: Any) -> dict[str, Any]:
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, *args, **rest))
    lab.aws.settle()
    return described(lab)


def described(lab: Any, name: str = "tune") -> dict[str, Any]:
    found: dict[str, Any] = lab.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return found


def trials(lab: Any, **rest: Any) -> list[dict[str, Any]]:
    listed = lab.sm.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune", **rest)
    found: list[dict[str, Any]] = listed["TrainingJobSummaries"]
    return found


def objective(trial: dict[str, Any]) -> float:
    return float(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


# Trials


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_tuning_job_finds_its_best_training(lab: Any, strategy: str) -> None:
    """API: InProgress, trials, BestTrainingJob, counters; each trial is a training job like any other."""
    answer = lab.sm.create_hyper_parameter_tuning_job(**request(lab, Strategy=strategy))
    arn = answer["HyperParameterTuningJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/tune"
    assert described(lab)["HyperParameterTuningJobStatus"] == "InProgress"
    lab.aws.settle()
    job = described(lab)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == job["ObjectiveStatusCounters"]["Succeeded"] == 3
    best = max(trials(lab), key=objective)
    assert job["BestTrainingJob"]["TrainingJobName"] == best["TrainingJobName"]
    assert objective(best) == pytest.approx(1 - (float(best["TunedHyperParameters"]["eta"]) - 0.3) ** 2, abs=1e-6)
    trained = lab.sm.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert (trained["TrainingJobStatus"], trained["TuningJobArn"]) == ("Completed", arn)
    assert trained["HyperParameters"]["_tuning_objective_metric"] == "validation:auc"
    assert trained["HyperParameters"]["eta"] == best["TunedHyperParameters"]["eta"]
    assert lab.keys(f"models/{best['TrainingJobName']}/output/")


def test_the_same_seed_searches_alike(lab: Any) -> None:
    """API: RandomSeed; names of trials have their number and a random part."""
    values = []
    for name in ("one", "two"):
        made = request(lab, Strategy="Bayesian", number=3, parallel=1) | {"HyperParameterTuningJobName": name}
        lab.sm.create_hyper_parameter_tuning_job(**made)
        lab.aws.settle()
        listed = lab.sm.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        assert [t["TrainingJobName"][:8] for t in listed["TrainingJobSummaries"]] == [
            f"{name}-00{n}-" for n in (1, 2, 3)
        ]
        values.append([trial["TunedHyperParameters"] for trial in listed["TrainingJobSummaries"]])
    assert values[0] == values[1]
    assert len({trial["eta"] for trial in values[0]}) == 3


def test_no_more_trials_run_at_once_than_may(lab: Any) -> None:
    """API: MaxParallelTrainingJobs, MaxNumberOfTrainingJobs."""
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, CODE + "import time; time.sleep(0.1)", number=4))
    seen: list[int] = []

    def look() -> None:
        seen.append(described(lab)["TrainingJobStatusCounters"]["InProgress"])
        if described(lab)["HyperParameterTuningJobStatus"] == "InProgress":
            lab.aws.world.later(0.02, look, "look")

    lab.aws.world.later(0, look, "look")
    lab.aws.settle()
    assert max(seen) == 2
    assert len(trials(lab)) == 4


def test_the_trials_of_a_job_are_listed(lab: Any) -> None:
    """API: by name unless asked otherwise; by objective, those without one are left out."""
    code = CODE.replace("print(", "sys.exit(1) if eta < 0.2 else print(")
    tuned(lab, code, number=4, RandomSeed=1)
    names = [trial["TrainingJobName"] for trial in trials(lab)]
    assert names == sorted(names)
    failed = trials(lab, StatusEquals="Failed")
    assert failed
    assert all(float(trial["TunedHyperParameters"]["eta"]) < 0.2 for trial in failed)
    values = [objective(trial) for trial in trials(lab, SortBy="FinalObjectiveMetricValue", SortOrder="Descending")]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4 - len(failed)


def test_a_trial_that_fails_is_counted_and_not_the_end(lab: Any) -> None:
    """API: NonRetryableError, ObjectiveStatus Failed."""
    code = CODE.replace("print(", "sys.exit(1) if eta < 0.2 else print(")
    job = tuned(lab, code, number=4, RandomSeed=1)
    failed = trials(lab, StatusEquals="Failed")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert (
        job["TrainingJobStatusCounters"]["NonRetryableError"] == job["ObjectiveStatusCounters"]["Failed"] == len(failed)
    )
    assert {trial["ObjectiveStatus"] for trial in failed} == {"Failed"}
    assert "exit code 1" in failed[0]["FailureReason"]


def test_a_training_without_the_metric_has_no_objective(lab: Any) -> None:
    """API: ObjectiveStatus Failed for a job that did not emit the metric."""
    job = tuned(lab, "print('[0]#011validation-error:0.1')\n", number=1)
    assert (job["HyperParameterTuningJobStatus"], job["ObjectiveStatusCounters"]["Failed"]) == ("Failed", 1)
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert "BestTrainingJob" not in job


def test_a_job_whose_every_trial_fails_is_failed(lab: Any) -> None:
    """API: Failed with its reason; after five trials without a success no more are tried."""
    job = tuned(lab, "raise SystemExit(3)\n", number=9, parallel=1)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert len(trials(lab)) == 5


def test_a_stopped_job_stops_its_trials(lab: Any) -> None:
    """API: StopHyperParameterTuningJob; Stopping, then Stopped."""
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, CODE + "import time; time.sleep(30)"))
    seen: list[str] = []

    def stop() -> None:
        lab.sm.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
        seen.append(described(lab)["HyperParameterTuningJobStatus"])

    lab.aws.world.later(0.3, stop, "stop")
    lab.aws.settle()
    job = described(lab)
    assert (seen, job["HyperParameterTuningJobStatus"]) == (["Stopping"], "Stopped")
    assert job["TrainingJobStatusCounters"]["Stopped"] == len(trials(lab)) == 2
    message = lab.refused("stop_hyper_parameter_tuning_job", "ValidationException", HyperParameterTuningJobName="tune")
    assert "in status Stopped" in message


def test_a_job_over_its_time_is_stopped(lab: Any) -> None:
    """API: ResourceLimits.MaxRuntimeInSeconds, of the whole job."""
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 120}
    object.__setattr__(lab.aws.world.lifecycle, "job_start", 200.0)
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, ResourceLimits=limits))
    lab.advance(400)
    assert described(lab)["HyperParameterTuningJobStatus"] == "Stopped"


def test_events_of_a_tuning_job(lab: Any) -> None:
    """1.3 and its sample: PascalCase, counters, nulls for what is not set, flat tags."""
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, number=1), Tags=[{"Key": "project", "Value": "churn"}])
    began, ended = lab.events(CHANGED)
    assert (began["HyperParameterTuningJobStatus"], ended["HyperParameterTuningJobStatus"]) == (
        "InProgress",
        "Completed",
    )
    assert (began["FailureReason"], began["TrainingJobDefinitions"]) == (None, None)
    assert ended["TrainingJobStatusCounters"]["Completed"] == 1
    assert isinstance(ended["HyperParameterTuningEndTime"], int)
    assert ended["Tags"] == {"project": "churn"}
    resources = [e["resources"] for e in lab.aws.events if e["detail-type"] == f"SageMaker {CHANGED}"]
    assert resources[0] == [began["HyperParameterTuningJobArn"]]


def test_ones_own_image_has_ones_own_metric(lab: Any) -> None:
    """API: MetricDefinitions; the lesser is the better where it is to be minimized."""
    made = request(lab, CODE.replace("print(", "print('loss', (eta - 0.3) ** 2) or print("), OWN_IMAGE)
    made["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "loss", "Regex": "loss ([0-9.e-]+)"}
    ]
    made["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] = {
        "Type": "Minimize",
        "MetricName": "loss",
    }
    lab.sm.create_hyper_parameter_tuning_job(**made)
    lab.aws.settle()
    best = described(lab)["BestTrainingJob"]
    assert objective(best) == min(objective(trial) for trial in trials(lab))


def test_a_trial_on_spot_is_interrupted_and_ends_well(lab: Any) -> None:
    """8.1: trials are trainings like any other; their checkpoints are where the definition says."""
    code = (
        "import os, time\n"
        "new = not os.listdir('/opt/ml/checkpoints')\n"
        "open('/opt/ml/checkpoints/0', 'w').write('x')\n"
        "time.sleep(30 if new else 0)\n" + CODE
    )
    made = request(lab, code, number=1)
    made["TrainingJobDefinition"] |= {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
        "CheckpointConfig": {"S3Uri": "s3://lab/ckpt"},
    }
    lab.aws.faults.jobs.interrupt("tune-001-*", files=1)
    lab.sm.create_hyper_parameter_tuning_job(**made)
    lab.aws.settle()
    assert described(lab)["HyperParameterTuningJobStatus"] == "Completed"
    assert lab.keys("ckpt/") == ["ckpt/0"]


# Early stopping


def test_a_trial_worse_than_the_median_is_stopped_early(lab: Any) -> None:
    """Developer guide, early stopping: Auto compares with the running averages of the trainings before."""
    code = (
        "import os, time\n"
        "first = '-001-' in os.environ['TRAINING_JOB_NAME']\n"
        "for n in range(3):\n"
        "    print(f'[{n}]#011validation-auc:{0.9 if first else 0.5}', flush=True)\n"
        "time.sleep(0 if first else 30)\n"
    )
    job = tuned(lab, code, number=2, parallel=1, TrainingJobEarlyStoppingType="Auto")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert [trial["TrainingJobStatus"] for trial in trials(lab)] == ["Completed", "Stopped"]
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 2
    assert "-001-" in job["BestTrainingJob"]["TrainingJobName"]


@pytest.mark.parametrize(
    ("values", "others", "maximize", "worse"),
    [
        pytest.param([0.5], [], True, False, id="nobody-to-compare-with"),
        pytest.param([], [[0.5]], True, False, id="nothing-said"),
        pytest.param([0.1, 0.5], [[0.2, 0.9], [0.3, 0.5], [0.1, 0.2]], True, False, id="better-than-the-median"),
        pytest.param([0.1, 0.3], [[0.2, 0.9], [0.3, 0.5], [0.1, 0.2]], True, True, id="worse"),
        pytest.param([0.1, 0.3], [[0.2, 0.9], [0.3, 0.5], [0.1, 0.2]], False, False, id="less-is-better"),
        pytest.param([0.6], [[0.5, 0.9]], True, False, id="compared-at-the-same-epoch"),
    ],
)
def test_the_median_rule(values: list[float], others: list[list[float]], maximize: bool, worse: bool) -> None:
    """As above: the median of running averages up to the same epoch."""
    assert is_worse(values, others, maximize=maximize) is worse


# Ranges


@pytest.mark.parametrize(
    ("scale", "low", "high", "below"),
    [
        pytest.param("Linear", 0.0, 1.0, 0.5, id="linear"),
        pytest.param("Logarithmic", 0.0001, 1.0, 0.01, id="logarithmic"),
        pytest.param("ReverseLogarithmic", 0.0, 0.9999, 0.99, id="reverse-logarithmic"),
        pytest.param("Auto", 0.0001, 1.0, 0.01, id="auto-of-a-wide-range"),
    ],
)
def test_half_of_the_values_lie_below_the_middle_of_the_scale(
    scale: str, low: float, high: float, below: float
) -> None:
    """API: ScalingType."""
    one = {"Name": "x", "MinValue": str(low), "MaxValue": str(high), "ScalingType": scale}
    sampler = sampler_of("Random", ranges_of({"ContinuousParameterRanges": [one]}), maximize=True, seed=1)
    values = [float(sampler.ask(n)["x"]) for n in range(2000)]
    assert low <= min(values) <= max(values) <= high
    assert sum(value < below for value in values) / 2000 == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_every_value_is_a_text_of_its_kind(strategy: str) -> None:
    """API: values of hyperparameters are strings; those of categories as they were given, quotes included."""
    given = {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "5"}],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ['"gbtree"', '"dart"']}],
    }
    sampler = sampler_of(strategy, ranges_of(given), maximize=True, seed=1)
    seen = [sampler.ask(n) for n in range(40)]
    assert {one["max_depth"] for one in seen} == {"2", "3", "4", "5"}
    assert {one["booster"] for one in seen} == {'"gbtree"', '"dart"'}


def test_the_bayesian_search_learns() -> None:
    """training.md: better than random over 25 trials; a failed trial is left out."""
    sampler = sampler_of("Bayesian", ranges_of({"ContinuousParameterRanges": [ETA]}), maximize=False, seed=1)
    values = []
    for number in range(30):
        values.append(float(sampler.ask(number)["eta"]))
        sampler.tell(number, None if number == 2 else abs(values[-1] - 0.3))
    assert sum(abs(value - 0.3) for value in values[20:]) < sum(abs(value - 0.3) for value in values[:10])


@pytest.mark.parametrize(
    ("kind", "low", "high", "scale", "text"),
    [
        pytest.param("Integer", "2.5", "5", "Auto", "numbers", id="no-integer"),
        pytest.param("Continuous", "2", "1", "Auto", "greater", id="upside-down"),
        pytest.param("Continuous", "0", "1", "Logarithmic", "logarithmic", id="logarithm-of-0"),
        pytest.param("Continuous", "0.5", "1", "ReverseLogarithmic", "reverse", id="reverse-of-1"),
        pytest.param("Integer", "0", "1", "ReverseLogarithmic", "integer", id="reverse-of-integers"),
    ],
)
def test_ranges_that_mean_nothing(kind: str, low: str, high: str, scale: str, text: str) -> None:
    """API: MinValue, MaxValue, ScalingType."""
    one = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scale}
    (problem,) = range_problems({f"{kind}ParameterRanges": [one]})
    assert text in problem


# Refusals


def test_a_built_in_algorithm_has_its_own_objectives(lab: Any) -> None:
    """Developer guide, tuning XGBoost: validation:*, each with its direction."""
    assert {name.partition(":")[0] for name in OBJECTIVES} == {"validation"}
    for metric, direction, text in (
        ("train:auc", "Maximize", "isn't valid"),
        ("auc", "Maximize", "isn't valid"),
        ("validation:auc", "Minimize", "objective metric type"),
    ):
        made = request(lab, HyperParameterTuningJobObjective={"Type": direction, "MetricName": metric})
        assert text in lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **made)


def test_a_built_in_algorithm_tunes_its_own_hyperparameters(lab: Any) -> None:
    """aws/sagemaker-python-sdk#2226: in script mode too."""
    made = request(lab, ParameterRanges={"ContinuousParameterRanges": [ETA | {"Name": "learning_rate"}]})
    message = lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **made)
    assert "untunable hyperparameters: [learning_rate]" in message
    assert all(name in message for name in TUNABLE)


def test_ones_own_metric_must_be_defined(lab: Any) -> None:
    """aws/sagemaker-python-sdk#3932."""
    message = lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **request(lab, image=OWN_IMAGE))
    assert message == (
        "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric definitions."
    )


def test_a_hyperparameter_has_one_range_and_no_value(lab: Any) -> None:
    """API: StaticHyperParameters are those that are not tuned."""
    both = request(lab)
    both["TrainingJobDefinition"]["StaticHyperParameters"]["eta"] = "0.1"
    twice = request(lab, ParameterRanges={"ContinuousParameterRanges": [ETA, ETA]})
    none = request(lab, ParameterRanges={})
    for made in (both, twice, none):
        assert "one range each" in lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **made)


def test_the_training_of_a_tuning_job_is_checked_as_any(lab: Any) -> None:
    """8.1: spot rules, what the built-in algorithm does not do here."""
    made = request(lab)
    made["TrainingJobDefinition"]["EnableManagedSpotTraining"] = True
    assert "MaxWaitTime" in lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **made)
    made = request(lab)
    made["TrainingJobDefinition"]["StaticHyperParameters"] = {"num_round": "3", "_kfold": "5"}
    assert "hyperparameter _kfold" in lab.refused("create_hyper_parameter_tuning_job", "NotImplemented", **made)


def test_names_of_tuning_jobs(lab: Any) -> None:
    """9.1, 9.2: ResourceInUse, ResourceNotFound; at most 32 letters."""
    lab.sm.create_hyper_parameter_tuning_job(**request(lab, number=1))
    assert "unique" in lab.refused("create_hyper_parameter_tuning_job", "ResourceInUse", **request(lab))
    long = request(lab) | {"HyperParameterTuningJobName": "t" * 33}
    lab.refused("create_hyper_parameter_tuning_job", "ValidationException", **long)
    for verb in ("describe", "stop"):
        lab.refused(f"{verb}_hyper_parameter_tuning_job", "ResourceNotFound", HyperParameterTuningJobName="none")
    listed = lab.sm.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert [(one["HyperParameterTuningJobName"], one["Strategy"]) for one in listed] == [("tune", "Random")]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"Strategy": "Hyperband"}, "Strategy Hyperband", id="hyperband"),
        pytest.param({"Strategy": "Grid"}, "Strategy Grid", id="grid"),
        pytest.param(
            {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.9}},
            "TuningJobCompletionCriteria",
            id="completion-criteria",
        ),
        pytest.param({"ResourceLimits": {"MaxParallelTrainingJobs": 1}}, "MaxNumberOfTrainingJobs", id="endless"),
        pytest.param(
            {"ParameterRanges": {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}}, "AutoParameters", id="auto"
        ),
    ],
)
def test_what_a_tuning_job_cannot_do_here(lab: Any, change: dict[str, Any], what: str) -> None:
    """COVERAGE."""
    message = lab.refused("create_hyper_parameter_tuning_job", "NotImplemented", **request(lab, **change))
    assert what in message
    assert "COVERAGE.md" in message


def test_warm_start_and_several_definitions_are_refused(lab: Any) -> None:
    """COVERAGE."""
    parent = {"HyperParameterTuningJobName": "before"}
    warm = {"ParentHyperParameterTuningJobs": [parent], "WarmStartType": "TransferLearning"}
    made = request(lab) | {"WarmStartConfig": warm}
    assert "WarmStartConfig" in lab.refused("create_hyper_parameter_tuning_job", "NotImplemented", **made)
    made = request(lab)
    made["TrainingJobDefinitions"] = [made.pop("TrainingJobDefinition")]
    assert "TrainingJobDefinitions" in lab.refused("create_hyper_parameter_tuning_job", "NotImplemented", **made)


# Steps of pipelines


def step(lab: Any, **rest: Any) -> dict[str, Any]:
    arguments = request(lab, **rest)
    del arguments["HyperParameterTuningJobName"]
    return {"Name": "Tune", "Type": "Tuning", "Arguments": arguments}


def test_a_tuning_step_offers_its_best_training(lab: Any) -> None:
    """6.2; SDK, TuningStep.get_top_model_s3_uri: a join over TrainingJobSummaries, the best first."""
    best = {"Get": "Steps.Tune.BestTrainingJob.TrainingJobName"}
    tops = [
        {"Std:Join": {"On": "/", "Values": ["s3:/", "lab", "models", {"Get": path}, "output/model.tar.gz"]}}
        for path in (f"Steps.Tune.TrainingJobSummaries[{k}].TrainingJobName" for k in (0, 1))
    ]
    said = lab.fail({"Std:Join": {"On": " ", "Values": [best, *tops]}})
    lab.pipeline(step(lab), said)
    arn = lab.start()
    lab.aws.settle()
    steps = lab.steps(arn)
    name = steps["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    assert (steps["Tune"]["StepStatus"], len(name) <= 32, "Tune" in name) == ("Succeeded", True, True)
    job = described(lab, name)
    winner, first, second = steps["Fail"]["FailureReason"].split()
    assert winner == job["BestTrainingJob"]["TrainingJobName"]
    assert first == f"s3://lab/models/{winner}/output/model.tar.gz"
    assert lab.keys(second.removeprefix("s3://lab/"))
    events = [e for e in lab.events("Model Building Pipeline Execution Step Status Change") if e["stepName"] == "Tune"]
    assert events[-1]["metadata"] == {"tuningJob": {"arn": job["HyperParameterTuningJobArn"]}}


def test_a_definition_of_the_sdk_is_understood(lab: Any) -> None:
    """6.2: what the SDK 3.27 compiles of a TuningStep and a TrainingStep, on spot, with checkpoints and retries."""
    text = (Path(__file__).parents[1] / "data" / "sdk-tuning.json").read_text(encoding="utf-8")
    lab.put("code.tar.gz", lab.archive(train__py=CODE.replace('sys.argv[sys.argv.index("--eta") + 1]', "0.3").encode()))
    role = "arn:aws:iam::123456789012:role/sagemaker"
    lab.sm.create_pipeline(PipelineName="sdk", PipelineDefinition=text, RoleArn=role)
    arn = lab.start("sdk")
    lab.aws.settle()
    steps = lab.steps(arn)
    assert {name: step["StepStatus"] for name, step in steps.items()} == {
        "Tune": "Succeeded",
        "Train": "Succeeded",
        "Say": "Failed",
    }
    best, uri, value = steps["Say"]["FailureReason"].split()
    assert (uri, value) == (f"s3://lab/models/{best}/output/model.tar.gz", "1.0")


def test_a_tuning_step_fails_with_its_job(lab: Any) -> None:
    """6.2."""
    lab.pipeline(step(lab, code="raise SystemExit(1)", number=1))
    arn = lab.start()
    lab.aws.settle()
    tune = lab.steps(arn)["Tune"]
    assert tune["StepStatus"] == "Failed"
    assert "No training job succeeded" in tune["FailureReason"]


def test_a_stop_of_the_execution_stops_the_tuning(lab: Any) -> None:
    """6.6."""
    lab.pipeline(step(lab, code=CODE + "import time; time.sleep(30)"))
    arn = lab.start()
    lab.aws.world.later(0.3, lambda: lab.sm.stop_pipeline_execution(PipelineExecutionArn=arn), "stop")
    lab.aws.settle()
    assert lab.execution(arn)["PipelineExecutionStatus"] == "Stopped"
    assert lab.steps(arn)["Tune"]["StepStatus"] == "Stopped"


def test_a_tuning_step_is_cached(lab: Any) -> None:
    """6.3: Tuning is one of the kinds that have a cache."""
    lab.pipeline(step(lab, number=1) | {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}})
    first = lab.start()
    lab.aws.settle()
    second = lab.start()
    lab.aws.settle()
    hit = lab.steps(second)["Tune"]["CacheHitResult"]
    assert hit["SourcePipelineExecutionArn"] == first


def test_a_tuning_step_asks_for_no_more_than_a_job_may(lab: Any) -> None:
    """6.2: told when the pipeline is made."""
    text = lab.definition(step(lab, Strategy="Grid"))
    role = "arn:aws:iam::123456789012:role/sagemaker"
    message = lab.refused(
        "create_pipeline", "ValidationException", PipelineName="train", PipelineDefinition=text, RoleArn=role
    )
    assert "step Tune: Strategy Grid is not emulated by localaws" in message


def test_optuna_is_imported_by_a_bayesian_job_alone() -> None:
    """Importing takes a second, which each start of the embedded AWS would pay."""
    code = [path.read_text(encoding="utf-8") for path in Path(samplers.__file__).parents[1].rglob("*.py")]
    lines = [line for text in code for line in text.splitlines() if "import optuna" in line]
    assert lines == ["        import optuna"]
