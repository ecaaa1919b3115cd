"""Entry of the endpoint: SageMaker's container imports `model_fn` and `transform_fn` from here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads make a busy machine many times slower
sys.path.insert(0, str(Path(__file__).resolve().parent))

from serving.inference import model_fn, transform_fn

__all__ = ["model_fn", "transform_fn"]
