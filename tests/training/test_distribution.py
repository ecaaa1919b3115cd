"""The distribution of a column in blocks is that of the whole, to the last digit that is written down."""

from __future__ import annotations

import random

import pytest

from tests.training.image import Image

pytestmark = pytest.mark.training
CHANCE = random.Random(7)
COLUMNS = {
    "normal": [CHANCE.gauss(3, 40) for _ in range(5000)],
    "few values": [float(CHANCE.randrange(4)) for _ in range(3000)],
    "both signs of zero": [CHANCE.choice([0.0, -0.0, 1e-30]) for _ in range(300)],
    "very small and very large": [CHANCE.choice([-1, 1]) * 10 ** CHANCE.uniform(-44, 38) for _ in range(2000)],
    "negative": [-(10 ** CHANCE.uniform(0, 6)) for _ in range(1000)],
    "one": [59.9],
    "two": [2.0, 1.0],
    "constant": [7.25] * 100,
    "neighbours": [1 + n * 2**-23 for n in range(500)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_it_is_numpys(image: Image, name: str) -> None:
    values = COLUMNS[name]
    cuts = sorted(CHANCE.choices(range(len(values) + 1), k=4))
    ours, numpys = image.value("distribution", values=values, cuts=cuts)

    assert {key: ours[key] for key in ("min", "max", "quantiles", "cumulative")} == {
        key: numpys[key] for key in ("min", "max", "quantiles", "cumulative")
    }
    assert (ours["mean"], ours["std"]) == pytest.approx((numpys["mean"], numpys["std"]), rel=1e-6, abs=1e-45)


def test_of_nothing_there_is_none(image: Image) -> None:
    [found] = image.value("distribution", values=[], cuts=[])
    assert found == {"mean": None, "std": None, "min": None, "max": None, "quantiles": [], "cumulative": []}
