"""model.toml: each mistake is named by file, key and value, with what is allowed, and all of them at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from leeway.spec import Rollout, Serving
from leeway_cli.model_toml.check import check
from leeway_cli.model_toml.schedule import wrong
from tests.unit.spec.texts import GOOD, SHORTEST, only

pytestmark = pytest.mark.unit


def test_the_shortest_spec_gets_all_defaults(judged) -> None:
    spec = judged(SHORTEST).spec
    assert spec.data.quiet_period == timedelta(minutes=5)
    assert spec.data.event_time is None
    assert spec.training.split == "hash"
    assert spec.training.hyperparameters == {"objective": "binary:logistic", "num_round": 200}
    assert (spec.gate.metric, spec.gate.min, spec.gate.margin) == ("auc", 0.5, 0.0)
    assert spec.approval.mode == "manual"
    assert spec.retraining.schedule is None


def test_every_working_key_arrives_in_the_spec(judged) -> None:
    written = judged(GOOD).spec.to_json()
    assert written["data"] | {"columns": None} == {
        "id": "customer_id", "event_time": "event_time", "label": "churned", "positive": "Yes", "quiet_period": 0,
        "max_wait": 7200, "window": 26 * 7 * 86400, "min_rows": 100, "columns": None, "weight": "count",
        "max_categories": 50, "classes": [],
    }  # fmt: skip
    absent = {"min": None, "max": None, "values": [], "nullable": False}
    assert written["data"]["columns"] == {
        "tenure": {**absent, "type": "int", "min": 0},
        "contract": {**absent, "type": "category", "values": ["month", "year"]},
        "charges": {**absent, "type": "float", "max": 1e4, "nullable": True},
        "paper less": {**absent, "type": "bool"},
        "since": {**absent, "type": "date"},
    }
    assert written["training"] == {
        "algorithm": "script", "entry": None, "prepare": None, "image": "xgboost:3.0-5",
        "instance": "ml.c5.xlarge", "max_runtime": 1800, "split": "hash", "seed": 7,
        "prepare_instances": 4, "balance": True, "spot": True, "tuning": None,
        "hyperparameters": {"objective": "binary:logistic", "num_round": 50, "max_depth": 4, "eta": 0.1},
    }  # fmt: skip
    assert written["gate"] == {
        "metric": "accuracy", "min": 0.7, "margin": 0.01, "max_calibration_error": 0.1, "slices": ["contract"],
        "slice_min": 0.6, "slice_min_rows": 40, "min_holdout": 200,
    }  # fmt: skip
    assert written["serving"] == Serving(instance="ml.t2.medium").__dict__
    assert written["retraining"] == {
        "schedule": "rate(1 day)", "cooldown": 43200, "daily_cap": 5, "on_drift": True, "alarms": ["churn-mq-f1"],
        "min_labels": 200,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "serving"),
    [
        pytest.param('mode = "serverless"', Serving(mode="serverless"), id="serverless"),
        pytest.param(
            'mode = "serverless"\nmemory = 4096\nmax_concurrency = 20',
            Serving(mode="serverless", memory=4096, max_concurrency=20),
            id="sizes",
        ),
        pytest.param("instances = 3", Serving(instances=3), id="instances"),
        pytest.param(
            "instances = 2\nmin_instances = 2\nmax_instances = 6\ntarget_invocations = 300",
            Serving(instances=2, min_instances=2, max_instances=6, target_invocations=300),
            id="scaled",
        ),
    ],
)
def test_the_ways_of_serving(judged, keys: str, serving: Serving) -> None:
    assert judged(f"{SHORTEST}\n[serving]\n{keys}\n").spec.serving == serving


@pytest.mark.parametrize(
    ("problem", "reward", "says"),
    [
        pytest.param("regression", "correct", "a number is never simply right", id="regression"),
        pytest.param("multiclass", "outcome", "only a binary label is a success by itself", id="multiclass"),
    ],
)
def test_what_can_be_no_success(judged, problem: str, reward: str, says: str) -> None:
    text = SHORTEST.replace("[data]", f'problem = "{problem}"\n[data]')
    assert says in only(judged(f'{text}\n[rollout]\nstrategy = "ab"\nreward = "{reward}"\n'))


EXPERIMENT = 'strategy = "ab"\nstages = [5, 40]\nhorizon = "14d"\nbake = "2h"\nmin_exposure = 500\nholdback = 5'


def test_the_rules_of_an_experiment(judged) -> None:
    found = judged(f'{SHORTEST}\n[rollout]\n{EXPERIMENT}\nduring = "replace"\n').spec.rollout
    assert found == Rollout(
        strategy="ab", stages=(5, 40), horizon=timedelta(days=14), bake=timedelta(hours=2), min_exposure=500,
        holdback=5, during="replace",
    )  # fmt: skip


@pytest.mark.parametrize("strategy", ["all_at_once", "ab", "canary", "shadow"])
def test_quality_is_measured_when_the_outcome_window_is_over_whichever_the_strategy(judged, strategy: str) -> None:
    found = judged(f'{SHORTEST}\n[rollout]\nstrategy = "{strategy}"\noutcome_window = "2d"\n').spec.rollout
    assert (found.strategy, found.outcome_window) == (strategy, timedelta(days=2))


def test_the_versions_of_an_experiment_may_be_scaled(judged) -> None:
    serving = "max_instances = 3\ntarget_invocations = 9"
    found = judged(f"{SHORTEST}\n[serving]\n{serving}\n[rollout]\n{EXPERIMENT}\n").spec
    assert (found.serving.max_instances, found.rollout.strategy) == (3, "ab")


NO_INSTANCES = '[serving]\nmode = "serverless"\n[rollout]'
INFERENTIA = '[serving]\ninstance = "ml.inf1.xlarge"\n[rollout]'


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        pytest.param(f'{NO_INSTANCES}\nstrategy = "canary"', "no deployment guardrails", id="canary"),
        pytest.param(f'{NO_INSTANCES}\nstrategy = "shadow"', "mirrors no requests", id="shadow"),
        pytest.param(
            f'{INFERENTIA}\nstrategy = "canary"', "no deployment guardrails", id="inf1"
        ),
        pytest.param(
            f'{INFERENTIA}\nstrategy = "shadow"', "mirrors no", id="shadow-inf1"
        ),
        pytest.param(
            '[serving]\nmax_instances = 3\ntarget_invocations = 9\n[rollout]\nstrategy = "shadow"',
            "is not for scaled endpoints", id="shadow-scaled",
        ),
    ],
)  # fmt: skip
def test_what_sagemaker_has_no_deployment_for(judged, rest: str, says: str) -> None:
    assert says in only(judged(f"{SHORTEST}\n{rest}\n"))


def test_a_challenger_of_a_serverless_endpoint_may_have_to_prove_itself(judged) -> None:
    found = judged(f'{SHORTEST}\n[serving]\nmode = "serverless"\n[rollout]\n{EXPERIMENT}\n').spec
    assert (found.serving.mode, found.rollout.strategy) == ("serverless", "ab")


def test_time_splits_where_there_is_a_time(judged) -> None:
    assert judged(SHORTEST.replace("[data]", '[data]\nevent_time = "at"')).spec.training.split == "time"


def test_a_number_as_positive_is_its_text(judged) -> None:
    assert judged(SHORTEST.replace("[data]", "[data]\npositive = 2")).spec.data.positive == "2"


INSTANCE = 'mode = "realtime"\ninstance = "ml.t2.medium"'

# fmt: off
MISTAKES = {
    "capital": ('name = "churn"', 'name = "Churn"', ':3: model.name = "Churn": is not allowed; allowed: 1 to 30'),
    "ends with a dash": ('name = "churn"', 'name = "churn-"', "model.name"),
    "name too long": ('name = "churn"', f'name = "{"a" * 31}"', "1 to 30 of a-z"),
    "name a number": ('name = "churn"', "name = 7", "model.name = 7: is a whole number; allowed: 1 to 30"),
    "no name": ('name = "churn"', "", ":2: model.name: is missing; allowed: 1 to 30"),
    "problem misspelt": ('problem = "binary"', 'problem = "binray"', 'did you mean "binary"?'),
    "no label": ('label = "churned"', "", ":5: data.label: is missing; allowed: the name of the column"),
    "label is id": ('label = "churned"', 'label = "customer_id"', "is data.id too; they must be distinct"),
    "label a feature": ('label = "churned"', 'label = "tenure"', "data.columns.tenure: is data.label, which is no"),
    "label a list": ('label = "churned"', 'label = ["a"]', 'data.label = ["a"]: is a list; allowed: the name'),
    "positive a bool": ('positive = "Yes"', "positive = true", "is true or false; allowed: the text"),
    "positive empty": ('positive = "Yes"', 'positive = ""', "data.positive"),
    "duration in words": ('max_wait = "2h"', 'max_wait = "2 hours"', 'data.max_wait = "2 hours"'),
    "duration a number": ('max_wait = "2h"', "max_wait = 2", 'allowed: a duration such as "90s"'),
    "duration negative": ('max_wait = "2h"', 'max_wait = "-2h"', "allowed: a duration"),
    "key misspelt": ('max_wait = "2h"', 'maxwait = "2h"', "unknown key; did you mean max_wait?"),
    "key elsewhere": ('max_wait = "2h"', "cooldown = 2", "unknown key here; cooldown belongs in [retraining]"),
    "quiet over wait": ('quiet_period = "0s"', 'quiet_period = "3h"', "max_wait must not be shorter"),
    "window too short": ('window = "26w"', 'window = "5m"', "at least 1h"),
    "no rows": ("min_rows = 100", "min_rows = 0", "a whole number, at least 1"),
    "rows a float": ("min_rows = 100", "min_rows = 100.5", "data.min_rows = 100.5: is a number; allowed: a whole"),
    "rows a bool": ("min_rows = 100", "min_rows = true", "is true or false; allowed: a whole number"),
    "nan": ("min = 0 }", "min = nan }", "is not a finite number"),
    "min a text": ("min = 0 }", 'min = "0" }', "data.columns.tenure.min"),
    "empty range": ("min = 0 }", "min = 5, max = 1 }", "min 5 is greater than max 1"),
    "range of a date": ('since = "date"', 'since = { type = "date", min = 0 }', 'not for "date"'),
    "values of a date": ('since = "date"', 'since = { type = "date", values = ["x"] }', 'not for "date"'),
    "weight a feature": ('weight = "count"', 'weight = "tenure"', "data.columns.tenure: is data.weight, which is no"),
    "weight the id": ('weight = "count"', 'weight = "customer_id"', "is data.id too; they must be distinct"),
    "weight a number": ('weight = "count"', "weight = 2", "is a whole number; allowed: the name of the column"),
    "one category": ("max_categories = 50", "max_categories = 1", "a whole number from 2 to 10000"),
    "balance a number": ("balance = true", "balance = 2", "is a whole number; allowed: true or false"),
    "balanced twice": ("eta = 0.1", "scale_pos_weight = 2", "weighs the classes too, as scale_pos_weight does"),
    "range misspelt": ("min = 0 }", "mni = 0 }", "data.columns.tenure.mni = 0: unknown key; did you mean min?"),
    "values of an int": ("min = 0 }", 'values = ["1"] }', 'values is for "category", not for "int"'),
    "category twice": ('"month", "year"]', '"a", "a"]', "names a category twice"),
    "empty category": ('"month", "year"]', '""]', "no blanks around them"),
    "category with a blank": ('"month", "year"]', '" month"]', "no blanks around them"),
    "label with a blank": ('label = "churned"', 'label = "churned "', "the name of the column to predict"),
    "positive with a blank": ('positive = "Yes"', 'positive = " Yes"', "the text of a binary label that counts as 1"),
    "no categories": ('["month", "year"]', "[]", "data.columns.contract.values = []"),
    "categories numbers": ('["month", "year"]', "[1, 2]", "data.columns.contract.values"),
    "range of a category": ('["month", "year"] }', '["m"], min = 1 }', 'for "int" and "float", not for "category"'),
    "type misspelt": ('"bool"', '"boolean"', 'did you mean "bool"?'),
    "type to come": ('"bool"', '"string"', "does not work yet"),
    "column xgboost refuses": ('"paper less"', '"paper[0]"', "data.columns.paper[0]"),
    "column a number": ('"paper less" = "bool"', "x = 3", "data.columns.x = 3: is a whole number"),
    "image": ('image = "xgboost:3.0-5"', 'image = "xgboost:1.7-1"', 'allowed: "xgboost:3.0-5"'),
    "instance": ('"ml.c5.xlarge"', '"c5.xlarge"', "a SageMaker instance type"),
    "no instance": ("prepare_instances = 4", "prepare_instances = 0", "allowed: a whole number from 1 to 100"),
    "too many instances": ("prepare_instances = 4", "prepare_instances = 101", "a whole number from 1 to 100"),
    "runtime too long": ('max_runtime = "30m"', 'max_runtime = "29d"', "from 1m to 28d"),
    "split": ('split = "hash"', 'split = "random"', 'allowed: "time" or "hash"'),
    "seed": ("seed = 7", "seed = -1", "a whole number, 0 or more"),
    "spot": ("spot = true", "spot = 1", "training.spot = 1: is a whole number; allowed: true or false"),
    "tuning": ("[gate]", "[training.tuning]\nparallel = 4\n[gate]", "training.tuning.ranges: is missing"),
    "hyperparameter misspelt": ("num_round = 50", "num_rounds = 50", "did you mean num_round?"),
    "no rounds": ("num_round = 50", "num_round = 0", "a whole number from 1 to 100000"),
    "rounds a float": ("num_round = 50", "num_round = 1.5", "a whole number from 1"),
    "eta a bool": ("eta = 0.1", "eta = true", "a number from 0 to 1"),
    "no sample": ("eta = 0.1", "subsample = 0", "a number over 0 to 1"),
    "alias": ("eta = 0.1", "eta = 0.1\nlearning_rate = 0.1", "is another name of eta"),
    "of another booster": ("eta = 0.1", "rate_drop = 0.1", 'does nothing without booster = "dart"'),
    "seed as hyperparameter": ("eta = 0.1", "seed = 1", "set training.seed instead"),
    "weights": ("eta = 0.1", "csv_weights = 1", "does not work yet"),
    "objective": ("eta = 0.1", 'objective = "reg:squarederror"', 'problem = "binary" needs it'),
    "early stopping": ("eta = 0.1", "early_stopping_rounds = 0", "a whole number from 1"),
    "metric to watch": ("eta = 0.1", 'eval_metric = "auc,f1"', "one or more of auc, aucpr, logloss, error"),
    "exact": ("eta = 0.1", 'tree_method = "exact"', 'takes no columns of type "category"'),
    "metric": ('metric = "accuracy"', 'metric = "recall"', "gate.metric"),
    "metric elsewhere": ('metric = "accuracy"', 'metric = "rmse"', 'is not for problem = "binary"; allowed: "auc"'),
    "bar nobody passes": ("min = 0.7", "min = 1.0", "outside the range of accuracy"),
    "bar everybody passes": ("min = 0.7", "min = -0.1", "outside the range of accuracy"),
    "margin negative": ("margin = 0.01", "margin = -0.01", "gate.margin = -0.01"),
    "calibration a share": ("max_calibration_error = 0.1", "max_calibration_error = 5", "a number between 0 and 1"),
    "slices a text": ('slices = ["contract"]', 'slices = "contract"', "is a text; allowed: a list of columns"),
    "slice twice": ('["contract"]\nslice', '["contract", "contract"]\nslice', "names a column twice"),
    "slices of the label": ('["contract"]\nslice', '["churned"]\nslice', "names churned, which is data.label"),
    "bar of slices": ("slice_min = 0.6", "slice_min = 1.6", "gate.slice_min = 1.6: is outside the range of accuracy"),
    "slices of one row": ("slice_min_rows = 40", "slice_min_rows = 1", "a whole number, at least 10"),
    "no holdout": ("min_holdout = 200", "min_holdout = 0", "a whole number, at least 1"),
    "approval": ('mode = "manual"', 'mode = "automatic"', 'allowed: "manual" or "auto"'),
    "serverless on instances": ('mode = "realtime"', 'mode = "serverless"', "a serverless endpoint has no instances"),
    "memory of instances": ('mode = "realtime"', "memory = 2048", 'it is for mode = "serverless"'),
    "memory between": ('mode = "realtime"', "memory = 2000", "1024, 2048, 3072, 4096, 5120 or 6144"),
    "concurrency": ('mode = "realtime"', "max_concurrency = 201", "a whole number from 1 to 200"),
    "no instances": ('mode = "realtime"', "instances = 0", "a whole number from 1 to 1000"),
    "nothing to track": ('mode = "realtime"', "max_instances = 4", "needs serving.target_invocations beside it"),
    "no upper bound": ('mode = "realtime"', "min_instances = 2", "needs serving.max_instances beside it"),
    "burstable": ('mode = "realtime"', "max_instances = 4\ntarget_invocations = 60", "is burstable, which"),
    "bounds crossed": (
        INSTANCE, "min_instances = 5\nmax_instances = 4\ntarget_invocations = 60",
        "serving.min_instances = 5: is more than max_instances, which is 4",
    ),
    "instances out of bounds": (
        INSTANCE, "instances = 5\nmax_instances = 4\ntarget_invocations = 60",
        "serving.instances = 5: is outside of min_instances to max_instances, which are 1 and 4",
    ),
    "on drift": ("daily_cap = 5", "on_drift = 1", "is a whole number; allowed: true or false"),
    "on drift without": ("daily_cap = 5", "on_drift = false", "leaves alarms and min_labels without effect"),
    "alarm without a name": ('["churn-mq-f1"]', '[""]', "a list of names of CloudWatch alarms"),
    "alarm twice": ('["churn-mq-f1"]', '["a", "a"]', "names an alarm twice"),
    "labels below none": ("min_labels = 200", "min_labels = -1", "a whole number, 0 or more"),
    "strategy": ('"all_at_once"', '"linear"', '"all_at_once", "ab", "canary" or "shadow"'),
    "shadow of minutes": ('"all_at_once"', '"shadow"\nshadow_for = "5m"', "from 1h to 30d"),
    "shadow for ever": ('"all_at_once"', '"shadow"\nshadow_for = "29d"', "must be over before the horizon"),
    "shadow of nothing": ('"all_at_once"', '"shadow"\nshadow_requests = 0', "a whole number, at least 1: copies"),
    "difference of nothing": ('"all_at_once"', '"shadow"\nmax_difference = 0', "a number over 0"),
    "difference of canaries": ('"all_at_once"', '"canary"\nmax_difference = 0.1', 'is for strategy = "shadow" alone'),
    "shadow and then": ('"all_at_once"', '"shadow"\nthen = "canary"', '"ab" or "report"'),
    "canary of most": ('"all_at_once"', '"canary"\ncanary = 60', "a whole number from 1 to 50: percent of the traffic"),
    "canary of nothing": ('"all_at_once"', '"canary"\ncanary = 0', "a whole number from 1 to 50"),
    "canary without a wait": ('"all_at_once"', '"canary"\ncanary_wait = "1m"', "from 3m to 1h"),
    "canary that bakes long": ('"all_at_once"', '"canary"\nbake = "2h"', "keeps the old instances of a canary"),
    "canary with stages": ('"all_at_once"', '"canary"\nstages = [10]', 'is for strategy = "ab" or "shadow"'),
    "errors of canaries": ('"all_at_once"', '"ab"\nmax_errors = 1.0', 'is for strategy = "canary" alone'),
    "errors of nan": ('"all_at_once"', '"canary"\nmax_errors = nan', "a number from 0.01 to 50"),
    "latency of nothing": ('"all_at_once"', '"canary"\nmax_latency = 0', "a whole number from 1 to 60000"),
    "name of a challenger": ('name = "churn"', 'name = "churn-challenger"', "ends in -challenger"),
    "bake all at once": ('"all_at_once"', '"all_at_once"\nbake = "1h"', 'strategy = "ab" or "canary" or "shadow"'),
    "reward": ('"all_at_once"', '"ab"\nreward = "right"', '"correct" (the prediction came true) or "outcome"'),
    "unit": ('"all_at_once"', '"ab"\nunit = "person"', '"request" or "unit_id"'),
    "margin of nothing": ('"all_at_once"', '"ab"\nmargin = 0', "a number from 0.02 to 3"),
    "margin of nan": ('"all_at_once"', '"ab"\nmargin = nan', "a number from 0.02 to 3"),
    "a window of minutes": ('"all_at_once"', '"ab"\noutcome_window = "5m"', "from 1h to 90d"),
    "horizon before the outcomes": ('"all_at_once"', '"ab"\nhorizon = "7d"', "horizon must be at least outcome_window"),
    "a week to see": ('"all_at_once"', '"ab"\nhorizon = "8d"\ncycle = "7d"', "at least outcome_window and cycle"),
    "a cycle of minutes": ('"all_at_once"', '"ab"\ncycle = "30m"', "from 1h to 7d"),
    "outcomes after the horizon": ('"all_at_once"', '"ab"\noutcome_window = "28d"', "leaves no time to decide"),
    "stages all at once": ('"all_at_once"', '"all_at_once"\nstages = [1]', 'is for strategy = "ab" or "shadow"'),
    "no stages": ('"all_at_once"', '"ab"\nstages = []', "a list of whole percents from 1 to 99"),
    "stages that fall": ('"all_at_once"', '"ab"\nstages = [10, 10, 50]', "rollout.stages = [10, 10, 50]: must rise"),
    "a negative stage": ('"all_at_once"', '"ab"\nstages = [-1, 50]', "a list of whole percents from 1 to 99"),
    "a stage of all": ('"all_at_once"', '"ab"\nstages = [100]', "a list of whole percents from 1 to 99"),
    "a stage of nan": ('"all_at_once"', '"ab"\nstages = [nan]', "a list of whole percents from 1 to 99"),
    "horizon under a day": ('"all_at_once"', '"ab"\nhorizon = "6h"', "from 1d to 366d"),
    "no exposure": ('"all_at_once"', '"ab"\nmin_exposure = 0', "a whole number, at least 1"),
    "holdback of most": ('"all_at_once"', '"ab"\nholdback = 60', "a whole number from 1 to 50"),
    "during": ('"all_at_once"', '"ab"\nduring = "wait"', '"queue", "replace" or "ignore"'),
    "cap": ("daily_cap = 5", "daily_cap = 101", "from 1 to 100"),
    "unix cron": ('"rate(1 day)"', '"0 3 * * MON"', "is neither cron(…) nor rate(…)"),
    "engine": ("[retraining]", "[monitoring]\nengine = \"evidently\"\n[retraining]", "\"leeway\" or \"model-monitor\""),
    "feature metrics of Model Monitor": (
        "[retraining]", "[monitoring]\nengine = \"model-monitor\"\nfeature_metrics = true\n[retraining]",
        "does nothing with engine",
    ),
    "delta": ("[retraining]", "[monitoring]\ndelta = 0.5\n[retraining]", "from 0.01 to 0.2"),
    "job above": ("[retraining]", "[monitoring]\njob_above = 3001\n[retraining]", "from 0 to 3000"),
    "job instances": ("[retraining]", "[monitoring]\njob_instances = 0\n[retraining]", "from 1 to 20"),
    "job instance": ("[retraining]", "[monitoring]\njob_instance = \"m5.xlarge\"\n[retraining]", "instance type"),
    "dashboard": ("[retraining]", "[monitoring]\ndashboard = \"no\"\n[retraining]", "is a text; allowed: true"),
    "features": ("[retraining]", "[monitoring]\nfeature_metrics = 1\n[retraining]", "allowed: true or false"),
    "table misspelt": ("[retraining]", "[retrainings]", "unknown key; did you mean retraining?"),
    "table a text": ("[approval]\nmode", "approval", 'approval = "manual": is a text; allowed: the table'),
}
# fmt: on


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_one_sentence(judged, old: str, new: str, says: str) -> None:
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    if "approval = " in text:  # a bare key must stand before the first table
        text = 'approval = "manual"\n' + text.replace('approval = "manual"\n', "")
    assert says in only(judged(text))


def test_split_by_time_and_window_need_a_time(judged) -> None:
    lines = judged(SHORTEST + '[training]\nsplit = "time"\n').lines()
    assert "needs data.event_time" in lines[0]
    assert "needs data.event_time" in only(judged(SHORTEST.replace("[data]", '[data]\nwindow = "1d"')))


def test_all_mistakes_at_once_in_order_of_lines(judged) -> None:
    text = GOOD.replace("churn", "CHURN", 1).replace("min_rows = 100", "min_row = 1").replace("eta = 0.1", "eta = 9")
    checked = judged(text.replace('"rate(1 day)"', '"rate(2 day)"'))
    assert [problem.key for problem in checked.problems] == [
        "model.name",
        "data.min_row",
        "training.hyperparameters.eta",
        "retraining.schedule",
    ]
    lines = text.splitlines()
    assert "eta" in lines[checked.problems[2].line - 1]


def test_a_name_too_long_for_the_stack(judged) -> None:
    text = SHORTEST.replace("churn", "a" * 30, 1)
    assert judged(text).spec
    assert "leaves 21 for it" in only(judged(text, stack="a-long-stack-name-prod"))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"[model\n", "is not TOML: ", id="syntax"),
        pytest.param(b"\xff\xfe[model]", "is not UTF-8 (byte 0)", id="utf-16"),
        pytest.param(b"x = " + b"[" * 20_000, "is n", id="nested"),
        pytest.param(b"#" * 1_000_001, "larger than", id="large"),
    ],
)
def test_what_is_no_toml(judged, body: bytes, says: str) -> None:
    assert says in only(judged(body))


def test_an_empty_file_says_what_is_missing(judged) -> None:
    keys = [problem.key for problem in judged("").problems]
    assert keys == ["data", "model"]


def test_a_byte_order_mark_is_no_mistake(judged) -> None:
    assert judged(b"\xef\xbb\xbf" + SHORTEST.encode()).spec


def test_no_such_file(tmp_path: Path) -> None:
    assert "there is no such file" in only(check(tmp_path / "nowhere"))


def test_a_folder_stands_for_its_model_toml(tmp_path: Path) -> None:
    (tmp_path / "model.toml").write_text(SHORTEST)
    assert check(tmp_path).spec


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 3 ? * MON *)", "cron(0/15 8-18 ? * MON-FRI *)", "cron(0 0 1,15 JAN-JUN ? 2026-2030)",
        "cron(0 8 LW * ? *)", "cron(0 8 3W * ? *)", "cron(0 8 ? * 2#1 *)", "cron(0 8 ? * FRIL *)", "rate(1 hour)",
        "rate(5 days)", "cron(* * * * ? *)",
    ],
)  # fmt: skip
def test_schedules(schedule: str) -> None:
    assert wrong(schedule) is None


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("cron(0 3 * * MON)", "has 5 fields"),
        ("cron(0 3 * * MON *)", "and not as both"),
        ("cron(0 3 ? * ? *)", "and not as both"),
        ("cron(60 3 ? * MON *)", "wrong minutes (0 to 59)"),
        ("cron(0 24 ? * MON *)", "wrong hours"),
        ("cron(0 3 ? 13 MON *)", "wrong month"),
        ("cron(0 3 ? * MOON *)", "wrong day of week"),
        ("cron(0 3 ? * XXXL *)", "wrong day of week"),
        ("cron(0 3 ? * 0 *)", "wrong day of week"),
        ("cron(0 3 ? * MON 1969)", "wrong year"),
        ("cron(0/0 3 ? * MON *)", "wrong minutes"),
        ("cron(1-2-3 3 ? * MON *)", "wrong minutes"),
        ("rate(0 days)", "at least 1"),
        ("rate(1 days)", "singular"),
        ("rate(2 day)", "singular"),
        ("rate(2 weeks)", "neither"),
        ("", "neither"),
    ],
)
def test_no_schedules(schedule: str, says: str) -> None:
    assert says in str(wrong(schedule))
