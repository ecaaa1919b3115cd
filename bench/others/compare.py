"""A table compared with a baseline by another monitor, as its own documents have it done.

`python compare.py evidently|popmon|scipy BASELINE.csv TABLE.csv` prints {"seconds": …, "processor": …, "peak_mb": …,
"version": …, "columns": …} in its last line: from reading both files to having a figure for each column.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import metadata

import numpy as np
import pandas as pd

TEXT, HOUR = "y", "hour"


def evidently(baseline: pd.DataFrame, table: pd.DataFrame) -> int:
    """Its preset for drift: of so many rows Wasserstein for a number, Jensen-Shannon for a text."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numbers = [name for name in table.columns if name != TEXT]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=[TEXT])
    sets = [Dataset.from_pandas(one, data_definition=definition) for one in (table, baseline)]
    found = Report([DataDriftPreset()]).run(*sets).dict()
    return sum(one["metric_name"].startswith("ValueDrift") for one in found["metrics"])


def popmon(baseline: pd.DataFrame, table: pd.DataFrame) -> int:
    """Its histograms of each hour, and how they differ."""
    from popmon import df_stability_metrics

    baseline[HOUR], table[HOUR] = pd.Timestamp("2026-03-02T02:00"), pd.Timestamp("2026-03-02T03:00")
    names = [name for name in table.columns if name != HOUR]
    both, asked = pd.concat([baseline, table]), [f"{HOUR}:{name}" for name in names]
    found = df_stability_metrics(both, time_axis=HOUR, features=asked, time_width="1h", time_offset="2026-03-02")
    return sum(len(found["comparisons"][name]) == 2 for name in names)


def scipy(baseline: pd.DataFrame, table: pd.DataFrame) -> int:
    """By hand, what a test of drift takes at least: Kolmogorov-Smirnov for a number, chi-squared for a text."""
    from scipy import stats

    found: list[float] = []
    for name in table.columns:
        if name == TEXT:
            counts = pd.DataFrame({n: one[name].value_counts() for n, one in enumerate((baseline, table))})
            found.append(stats.chi2_contingency(counts.fillna(0)).pvalue)
        else:
            found.append(stats.ks_2samp(baseline[name], table[name], method="asymp").pvalue)
    return int(np.isfinite(found).sum())


MONITORS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], int]] = {
    "evidently": evidently,
    "popmon": popmon,
    "scipy": scipy,
}


def main(name: str, baseline: str, table: str) -> None:
    """Compare, and say what it took; what is imported on the way is imported before."""
    compare = MONITORS[name]
    few = pd.read_csv(baseline, nrows=2000)
    compare(few.copy(), few.copy())
    wall, processor = time.monotonic(), time.process_time()
    columns = compare(pd.read_csv(baseline), pd.read_csv(table))
    took = {"seconds": time.monotonic() - wall, "processor": time.process_time() - processor, "columns": columns}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(took | {"peak_mb": peak, "version": metadata.version(name)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
