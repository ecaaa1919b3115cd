"""Each key of model.toml does something, and a test shows it: a key without one is a promise that nobody keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from leeway_cli.model_toml.schema import Column, ModelToml
from leeway_cli.model_toml.section import Section

pytestmark = pytest.mark.unit
TESTS = Path(__file__).parents[2]
# What the key changes, not that the schema takes it. Of those with one value so far: that no other is taken.
SHOWN_BY = {
    "model.name": "unit/rollout/test_target.py::test_no_model_fits_a_stack_whose_name_leaves_no_room",
    "model.problem": "training/test_readiness.py::test_labels_are_none_of_the_problem",
    "data.id": "training/test_prepare.py::test_one_id_at_two_times_is_two_rows",
    "data.label": "unit/rows/test_cells.py::test_a_row_without_an_answer_teaches_nothing",
    "data.event_time": "training/test_prepare.py::test_without_a_time_a_row_is_its_id",
    "data.positive": "training/test_problems.py::test_scores_of_a_binary_model_for_the_other_class_are_not_comparable",
    "data.classes": "unit/rows/test_cells.py::test_declared_classes_are_all_that_a_label_may_be",
    "data.weight": "training/test_columns.py::test_a_row_of_weight_two_is_two_rows",
    "data.max_categories": "training/test_columns.py::test_of_many_categories_the_most_frequent_are_kept",
    "data.quiet_period": "local/test_retraining.py::test_with_no_quiet_period_a_training_starts_at_once",
    "data.max_wait": "local/test_retraining.py::test_files_without_a_pause_are_trained_on_after_the_longest_wait",
    "data.window": "training/test_prepare.py::test_the_window_runs_back_from_the_newest_row",
    "data.min_rows": "local/test_retraining.py::test_too_few_rows_wait_for_more",
    "data.columns": "training/test_evaluate.py::test_a_champion_with_a_feature_that_the_data_lack_is_not_comparable",
    "data.columns.*.type": "training/test_columns.py::test_a_date_is_a_number_of_days_when_learnt_and_when_served",
    "data.columns.*.min": "unit/arrivals/test_plan.py::test_a_bad_file_is_refused_with_what_is_wrong",
    "data.columns.*.max": "training/test_evaluate.py::test_cells_that_the_champion_does_not_take_are_missing_to_it",
    "data.columns.*.values": "unit/arrivals/test_plan.py::test_a_bad_file_is_refused_with_what_is_wrong",
    "data.columns.*.nullable": "training/test_columns.py::test_a_column_that_older_files_lack_is_missing_there",
    "training.algorithm": "unit/pipeline/test_render_builtin.py::test_algorithm_builtin_runs_no_code_and_reads_csv",
    "training.entry": "local/test_algorithms.py::test_a_program_of_the_models_own_from_a_drop_to_a_prediction",
    "training.prepare": "local/test_algorithms.py::test_a_prepare_of_the_models_own_from_a_drop_to_a_prediction",
    "training.image": "unit/pipeline/test_render.py::test_a_region_without_the_image_is_refused_with_those_that_have_it",  # noqa: E501  a name is a name
    "training.instance": "unit/pipeline/test_render.py::test_what_the_specification_says_stands_in_it",
    "training.prepare_instances": "local/test_story_instances.py::test_two_instances_read_and_the_model_is_the_one_that_one_makes",  # noqa: E501  a name is a name
    "training.max_runtime": "unit/pipeline/test_render.py::test_what_the_specification_says_stands_in_it",
    "training.spot": "unit/pipeline/test_render.py::test_on_spot_it_waits_as_long_as_it_may_run_and_keeps_checkpoints_in_its_run",  # noqa: E501  a name is a name
    "training.split": "training/test_split.py::test_by_hash_no_id_is_in_two_parts",
    "training.seed": "training/test_train.py::test_the_seed_decides_where_there_is_chance",
    "training.balance": "training/test_columns.py::test_balance_and_weights_together",
    "training.hyperparameters": "unit/pipeline/test_render.py::test_all_hyperparameters_are_texts_and_metrics_are_the_images_own",  # noqa: E501  a name is a name
    "training.tuning": "unit/pipeline/test_render_tuning.py::test_what_tuning_says_stands_in_it",
    "gate.metric": "training/test_gate.py::test_the_gate",
    "gate.min": "training/test_gate.py::test_the_gate",
    "gate.margin": "training/test_evaluate.py::test_a_margin_must_be_won",
    "gate.max_calibration_error": "training/test_evaluate.py::test_scores_that_are_all_too_high_are_refused_though_their_ranks_are_good",  # noqa: E501  a name is a name
    "gate.slices": "training/test_evaluate.py::test_a_slice_that_the_data_lack_closes_the_gate",
    "gate.slice_min": "training/test_evaluate.py::test_each_slice_has_its_own_value",
    "gate.slice_min_rows": "training/test_evaluate.py::test_groups_of_fewer_rows_than_asked_for_do_not_count",
    "gate.min_holdout": "training/test_evaluate.py::test_a_holdout_with_one_class_closes_the_gate",
    "approval.mode": "local/test_approval.py::test_what_is_better_is_approved_and_serves_without_a_person",
    "approval.four_eyes": (
        "local/test_four_eyes.py::test_with_four_eyes_who_registered_a_version_does_not_approve_it_alone"
    ),
    "serving.mode": "local/test_serving.py::test_a_serverless_endpoint_serves_is_replaced_and_rolled_back",
    "serving.instance": "unit/rollout/test_target.py::test_other_content_has_another_name",
    "serving.instances": "local/test_serving.py::test_another_instance_and_another_number_of_them_update_the_endpoint",
    "serving.min_instances": "local/test_serving.py::test_scaling_is_registered_changed_and_stopped_again",
    "serving.max_instances": "local/test_serving.py::test_scaling_is_registered_changed_and_stopped_again",
    "serving.target_invocations": "local/test_serving.py::test_scaling_is_registered_changed_and_stopped_again",
    "serving.memory": "local/test_serving.py::test_other_sizes_of_a_serverless_endpoint_update_it",
    "serving.max_concurrency": "local/test_serving.py::test_other_sizes_of_a_serverless_endpoint_update_it",
    "rollout.strategy": "unit/rollout/test_challenge.py::test_a_strategy_that_is_another_now_ends_the_experiment",
    "rollout.stages": "unit/rollout/test_challenge.py::test_more_for_the_challenger_is_asked_for_in_absolute_weights",
    "rollout.reward": "unit/outcomes/test_cohorts.py::test_duckdb_counts_as_a_plain_loop_does",
    "rollout.unit": "unit/outcomes/test_cohorts.py::test_units_and_requests_are_never_mixed",
    "rollout.outcome_window": "local/test_outcomes.py::test_slices_are_counted_in_their_order_and_the_same_whenever_they_are",  # noqa: E501  a name is a name
    "rollout.margin": "unit/rollout/test_standing.py::test_a_margin_promotes_what_is_not_worse_at_the_horizon",
    "rollout.cycle": "unit/rollout/test_standing.py::test_a_stage_lasts_as_long_as_the_rules_say",
    "rollout.horizon": "unit/rollout/test_standing.py::test_a_stage_lasts_as_long_as_the_rules_say",
    "rollout.bake": "unit/rollout/test_challenge.py::test_the_challenger_serves_once_it_has_the_weights",
    "rollout.min_exposure": "unit/rollout/test_standing.py::test_a_stage_lasts_as_long_as_the_rules_say",
    "rollout.holdback": "local/test_experiment.py::test_a_holdback_stays_with_the_old_champion_until_the_horizon",
    "rollout.during": "unit/rollout/test_challenge.py::test_a_version_that_is_approved_meanwhile_waits_or_is_ignored",
    "rollout.canary": "local/test_canary.py::test_a_canary_gets_its_share_and_then_all_and_its_alarms_go",
    "rollout.canary_wait": "local/test_canary.py::test_a_canary_gets_its_share_and_then_all_and_its_alarms_go",
    "rollout.max_errors": "local/test_canary.py::test_a_canary_that_fails_is_rolled_back_by_its_alarm_and_not_tried_again",  # noqa: E501  a name is a name
    "rollout.max_latency": "local/test_canary.py::test_a_slow_canary_is_rolled_back_by_its_alarm",
    "rollout.shadow_for": "local/test_shadow.py::test_a_challenger_does_well_in_the_shadow_and_then_gets_traffic",
    "rollout.shadow_requests": "unit/rollout/test_shadow.py::test_the_verdict_of_a_look",
    "rollout.max_difference": "unit/rollout/test_shadow.py::test_the_verdict_of_a_look",
    "rollout.then": "unit/rollout/test_shadow.py::test_what_comes_then",
    "retraining.schedule": "local/test_retraining.py::test_the_schedule_starts_where_there_is_something_new_and_says_once_where_not",  # noqa: E501  a name is a name
    "retraining.on_drift": "local/test_drift_alarm.py::test_without_on_drift_an_alarm_is_only_told",
    "retraining.alarms": "local/test_drift_alarm.py::test_an_alarm_that_the_specification_names_starts_a_training",
    "retraining.min_labels": "unit/retraining/test_drift.py::test_what_holds_it_is_told_once_and_then_waited_for",
    "retraining.cooldown": "unit/retraining/test_plan.py::test_waits",
    "monitoring.engine": "local/test_model_monitor.py::test_shifted_traffic_is_a_violation_an_alarm_and_a_training",
    "monitoring.delta": "local/test_monitor.py::test_delta_says_how_much_is_tolerated",
    "monitoring.feature_metrics": "local/test_monitor.py::test_each_feature_is_a_metric_where_that_is_asked_for",
    "monitoring.job_above": "unit/drift/test_jobs.py::test_an_hour_of_more_than_it_may_have_is_for_a_job",
    "monitoring.job_instances": "unit/drift/test_jobs.py::test_the_job_has_what_the_specification_says",
    "monitoring.job_instance": "unit/drift/test_jobs.py::test_the_job_has_what_the_specification_says",
    "monitoring.dashboard": "local/test_applied.py::test_a_dashboard_comes_changes_and_goes_with_the_specification",
    "retraining.daily_cap": "local/test_retraining.py::test_the_daily_cap_holds_in_a_rolling_day",
}  # fmt: skip


def keys(section: type[Section] = ModelToml, prefix: str = "") -> Iterator[str]:
    """Every key that model.toml may have."""
    for name, field in section.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
        if (section.__name__, name) == ("Data", "columns"):
            yield from keys(Column, f"{prefix}{name}.*.")


@cache
def parts(file: Path) -> dict[str, str]:
    """The source of everything at the top level of a test module, by its name; decorators are part of it."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        source = "\n".join(lines[first - 1 : node.end_lineno])
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        for target in targets:
            if name := getattr(target, "id", getattr(target, "name", None)):
                found[name] = source
    return found


def reads(file: Path, name: str) -> str:
    """The source of a test, with what it uses of its own module."""
    there, seen, waiting = parts(file), list[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in seen and one in there:
            seen.append(one)
            waiting += re.findall(r"\w+", there[one])
    return "\n".join(there[one] for one in seen)


def test_each_key_is_shown_by_a_test_and_no_other() -> None:
    assert set(SHOWN_BY) == set(keys()), "a new key needs a test that shows what it changes"


@pytest.mark.parametrize("key", SHOWN_BY)
def test_the_test_is_there_and_mentions_the_key(key: str) -> None:
    file, _, name = SHOWN_BY[key].partition("::")
    assert (TESTS / file).is_file(), f"{key}: there is no {file}"
    assert name.startswith("test_")
    assert name in parts(TESTS / file), f"{key}: {file} has no {name}"
    last = key.rpartition(".")[2]
    assert re.search(rf"\b{last}\b", reads(TESTS / file, name)), f"{key}: {name} does not mention {last}"


def test_a_test_that_only_passes_by_is_not_taken_for_one() -> None:
    source = reads(Path(__file__), "test_each_key_is_shown_by_a_test_and_no_other")
    assert "SHOWN_BY = {" in source
    assert "passes by" not in source
