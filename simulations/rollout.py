"""How often, and how soon, the rule of a rollout decides; side by side with what is commonly used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simulations.deciders import Bayes, Decider, Msprt, NaiveZ, ObrienFleming, Ours
from simulations.traffic import EVEN, RAMP, Look, Scenario, constant, daily, looks, rising

LOOKS = 500
OURS = "Leeway"
OFTEN = 4  # times as many experiments with our own rule, which has bars: the noise of 3,000 hides what is near them
NO_DIFFERENCE = (
    Scenario(name="constant rate", base=constant, weights=EVEN),
    Scenario(name="ramp", base=constant),
    Scenario(name="ramp, rate rising", base=rising),
    Scenario(name="ramp, daily cycle", base=daily),
    Scenario(name="46 % come for 50 %", base=constant, weights=EVEN, routed=0.46),
)
RULES: dict[str, Callable[[], Decider]] = {
    "naive z-test": NaiveZ,
    "Bayes, P > 95 %": Bayes,
    "mSPRT, pooled": Msprt,
    "O'Brien-Fleming": ObrienFleming,
    OURS: Ours,
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Of many experiments: shares that ended either way, and what it took those that did, as medians."""

    promoted: float
    rolled_back: float
    units: float
    exposed: float


def run(rule: Decider, scenario: Scenario, experiments: int, seed: int = 1, number: int = LOOKS) -> Outcome:
    """Experiments up to their first decision."""
    verdicts = np.zeros(experiments, dtype=np.int64)
    units, exposed = np.zeros(experiments), np.zeros(experiments)
    for cohort in looks(scenario, experiments, number, seed):
        open_ = verdicts == 0
        units += np.where(open_, cohort.champion + cohort.challenger, 0)
        exposed += np.where(open_, cohort.challenger, 0)
        verdicts = np.where(open_, rule.look(cohort), verdicts)
        if verdicts.all():
            break
    return Outcome(
        promoted=float((verdicts > 0).mean()),
        rolled_back=float((verdicts < 0).mean()),
        units=float(np.median(np.where(verdicts != 0, units, np.inf))),
        exposed=float(np.median(np.where(verdicts != 0, exposed, np.inf))),
    )


def false_decisions(experiments: int) -> dict[str, dict[str, float]]:
    """P(any decision) where there is no difference, by rule and scenario."""
    found = {}
    for name, make in RULES.items():
        number = experiments * (OFTEN if name == OURS else 1)
        found[name] = {scenario.name: _decided(run(make(), scenario, number)) for scenario in NO_DIFFERENCE}
    return {"Thompson winner": {one.name: bandit(one, experiments) for one in NO_DIFFERENCE}} | found


def bandit(scenario: Scenario, experiments: int, seed: int = 1, number: int = LOOKS) -> float:
    """P(a winner) where a bandit gives each arm the traffic that its chance to be the better one deserves.

    Thompson sampling on Beta posteriors, in their normal form; a winner has a chance of 95 percent.
    """
    chance, rule = np.random.default_rng(seed), Bayes()
    share, over = np.full(experiments, 0.5), np.zeros(experiments, dtype=bool)
    reached = 1.0 if scenario.routed is None else scenario.routed / scenario.share(0)
    for look in range(number):
        challenger = chance.binomial(scenario.units, np.clip(share, 0.05, 0.95) * reached)
        champion, base = scenario.units - challenger, scenario.base(look)
        cohort = Look(
            champion=champion,
            champion_successes=chance.binomial(champion, base),
            challenger=challenger,
            challenger_successes=chance.binomial(challenger, base + scenario.lift),
        )
        over |= rule.look(cohort) != 0
        share = rule.better()
    return float(over.mean())


def _decided(outcome: Outcome) -> float:
    return outcome.promoted + outcome.rolled_back


def at(rate: float) -> Callable[[int], float]:
    """A rate that stays."""
    return lambda _: rate


def power(experiments: int) -> dict[str, Outcome]:
    """How soon a better challenger is promoted, and how few meet a worse one."""
    cases = {
        "base 10 %, +2 pp, even": Scenario(name="", base=at(0.10), lift=0.02, weights=EVEN),
        "base 10 %, +2 pp, ramp": Scenario(name="", base=at(0.10), lift=0.02, weights=RAMP),
        "base 20 %, +5 pp, even": Scenario(name="", base=at(0.20), lift=0.05, weights=EVEN),
        "base 20 %, +5 pp, ramp": Scenario(name="", base=at(0.20), lift=0.05, weights=RAMP),
        "base 10 %, -5 pp, ramp": Scenario(name="", base=at(0.10), lift=-0.05),
        "base 10 %, -10 pp, ramp": Scenario(name="", base=at(0.10), lift=-0.10),
    }
    return {name: run(Ours(), replace(case, name=name), experiments * OFTEN) for name, case in cases.items()}
