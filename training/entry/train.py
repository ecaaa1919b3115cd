"""Entry of the training job: SageMaker's container runs `python -m train --name value …` in the folder of this file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads make a busy machine many times slower
sys.path.insert(0, str(Path(__file__).resolve().parent))

if __name__ == "__main__":
    from steps.train import main

    main(sys.argv[1:])
