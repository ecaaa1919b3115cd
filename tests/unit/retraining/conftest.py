"""Lets these tests, and those of tests/local, import `retraining_values` by its name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
