"""The list of mutants fits the code; `make prove` plays it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.mutants import Mutant, mutants

pytestmark = pytest.mark.architecture
LEAST = 150  # it may grow


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_it_is_one_change_of_what_is_there(mutant: Mutant, root: Path) -> None:
    text = (root / mutant.path).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, "the code has changed: change the mutant with it"
    assert mutant.old != mutant.new
    compile(text.replace(mutant.old, mutant.new), mutant.path, "exec")
    assert all((root / test).exists() for test in mutant.tests)


def test_there_are_enough_and_no_two_alike() -> None:
    found = mutants()
    assert len(found) >= LEAST
    assert [one for one, times in Counter((m.path, m.old, m.new) for m in found).items() if times > 1] == []
    assert [one.name for one in found if one.equivalent and len(one.equivalent) < 20] == []
    assert sum(bool(one.equivalent) for one in found) <= len(found) // 10
