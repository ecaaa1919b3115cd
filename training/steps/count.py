"""Count: the captures that came to this instance, hour by hour, for the monitor to merge with those of the others."""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.drift.reference import Reference
from leeway.drift.shares import FORMAT, Counted, count
from leeway.spec import ModelSpec
from steps.engine import MEMORY, mounted
from steps.files import only, read_json


def main(arguments: Sequence[str]) -> None:
    """Entry: folders of the job's inputs and of its output; of the captures, those that are there."""
    parser = argparse.ArgumentParser(prog="count", description=__doc__)
    for name in ("job", "captures", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--wheels", type=Path, help="folder of what the image lacks, where it does")
    options = parser.parse_args(arguments)
    job = read_json(only(options.job, "job.json"))
    if job["format"] != FORMAT:
        raise SystemExit(f"counting failed: job.json has format {job['format']}; this is {FORMAT}: leeway apply again")
    with mounted(options.wheels):
        share = counted(job, options.captures)
    marks = sorted(mark for one in share.values() for mark in one.files)
    # No two instances get a file, so no two write the same name, but those that got none.
    name = hashlib.sha256(" ".join(marks).encode()).hexdigest()[:20]
    # As the function keeps it: names in their order.
    document = json.dumps({hour: one.to_json() for hour, one in share.items()})
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / f"{name}.json").write_text(document, encoding="utf-8")
    print(f"{len(marks)} files came to this instance; {sum(one.window.records for one in share.values())} records")


def counted(job: Mapping[str, Any], captures: Path) -> dict[str, Counted]:
    """By hour, what came of it to this instance; an hour of which nothing came is left out."""
    spec, reference, found = ModelSpec.from_json(job["spec"]), Reference.from_json(job["reference"]), {}
    for one in job["hours"]:
        here = {mark: captures / name for name, mark in one["files"].items() if (captures / name).is_file()}
        if here:
            between = (datetime.fromisoformat(one["begin"]), datetime.fromisoformat(one["end"]))
            with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
                window = count(list(here.values()), spec, reference, between, folder=folder, memory=MEMORY)
            found[one["hour"]] = Counted(files=frozenset(here), window=window)
    return found
