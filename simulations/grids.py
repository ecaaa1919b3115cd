"""`python -m simulations.grids`: harm on the grid of the rule beside twelve points that are even in their logs.

For each size of harm: how many are on the challenger before it is rolled back, in the median, and how often it is
within 500 looks; and how often a challenger is rolled back that is as good as the champion.
"""

from __future__ import annotations

from leeway.experiment.evidence import DOWN, UP
from simulations.deciders import Ours
from simulations.rollout import at, run
from simulations.traffic import Scenario, rising

EVEN = tuple(-0.02 * 150 ** (n / 11) for n in range(12))
HARM = ((0.1, -0.01), (0.1, -0.02), (0.1, -0.05), (0.1, -0.1), (0.2, -0.05), (0.2, -0.1), (0.5, -0.05))
EXPERIMENTS = 12_000


def main() -> None:
    """Print one line for each case."""
    print(f"{'':<34}{'evenly spaced':>16}{'of the rule':>16}")
    for base, lift in HARM:
        scenario = Scenario(name="harm", base=at(base), lift=lift)
        even, ours = (run(Ours(UP + down), scenario, EXPERIMENTS) for down in (EVEN, DOWN))
        print(f"base {base:.0%}, {lift * 100:+.0f} pp: on the challenger  {even.exposed:>16,.0f}{ours.exposed:>16,.0f}")
        if even.rolled_back < 0.999:
            print(f"{'  rolled back within 500 looks':<34}{even.rolled_back:>16.1%}{ours.rolled_back:>16.1%}")
    same = Scenario(name="none", base=rising)
    even, ours = (run(Ours(UP + down), same, EXPERIMENTS) for down in (EVEN, DOWN))
    print(f"{'no harm: rolled back':<34}{even.rolled_back:>16.1%}{ours.rolled_back:>16.1%}")


if __name__ == "__main__":
    main()
