"""Entry of `training.pyz`, which the processing jobs run: `python3 training.pyz prepare …` and so on.

`complete ARCHIVE ENCODERS FOLDER` is what Evaluate does first with a model of SageMaker's own algorithm: for those who
make a version again. `count` is of no pipeline: the monitor runs it.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads make a busy machine many times slower


def main() -> None:
    """Run the step that the first argument names."""
    steps = ("read", "prepare", "evaluate", "complete", "count")
    if len(sys.argv) < 2 or sys.argv[1] not in steps:
        raise SystemExit(f"usage: training.pyz {'|'.join(steps)} …")
    if sys.argv[1] == "read":
        from steps.read import main as run
    elif sys.argv[1] == "prepare":
        from steps.prepare import main as run
    elif sys.argv[1] == "count":
        from steps.count import main as run
    elif sys.argv[1] == "complete":
        from steps.archive import main as run
    else:
        from steps.evaluate import main as run
    run(sys.argv[2:])


if __name__ == "__main__":
    main()
