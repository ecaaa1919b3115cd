"""A model.toml with nothing but what must be there, and one with every key that works."""

from __future__ import annotations

from leeway_cli.model_toml.check import Checked

SHORTEST = """
[model]
name = "churn"
[data]
id = "customer_id"
label = "churned"
[data.columns]
tenure = "int"
"""
GOOD = """
[model]
name = "churn"
problem = "binary"
[data]
id = "customer_id"
event_time = "event_time"
label = "churned"
positive = "Yes"
weight = "count"
max_categories = 50
quiet_period = "0s"
max_wait = "2h"
window = "26w"
min_rows = 100
[data.columns]
tenure = { type = "int", min = 0 }
contract = { type = "category", values = ["month", "year"] }
charges = { type = "float", max = 1e4, nullable = true }
"paper less" = "bool"
since = "date"
[training]
algorithm = "script"
image = "xgboost:3.0-5"
instance = "ml.c5.xlarge"
max_runtime = "30m"
prepare_instances = 4
spot = true
split = "hash"
seed = 7
balance = true
[training.hyperparameters]
num_round = 50
max_depth = 4
eta = 0.1
[gate]
metric = "accuracy"
min = 0.7
margin = 0.01
max_calibration_error = 0.1
slices = ["contract"]
slice_min = 0.6
slice_min_rows = 40
min_holdout = 200
[approval]
mode = "manual"
[serving]
mode = "realtime"
instance = "ml.t2.medium"
[rollout]
strategy = "all_at_once"
[retraining]
schedule = "rate(1 day)"
cooldown = "12h"
daily_cap = 5
alarms = ["churn-mq-f1"]
min_labels = 200
"""


def only(checked: Checked) -> str:
    assert checked.spec is None
    assert len(checked.problems) == 1, checked.lines()
    return checked.lines()[0].removeprefix(str(checked.file))
