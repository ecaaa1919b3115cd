"""How a challenger takes over, as model.toml says it; pure, and on Python 3.10 like all of the specification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """[rollout]: how a challenger takes over.

    In an experiment (`ab`) the challenger gets the shares of `stages`, in percent; each lasts for `bake` and
    `min_exposure` requests of the challenger's at least, and `bake` is also how long its old champion stays beside a
    new one. Nothing is promoted before one whole `cycle`, and at the `horizon` the champion stays. `holdback` percent
    stay with the old champion until then, 0 for none.
    A canary gets `canary` percent for `canary_wait`, then all; it is rolled back where over `max_errors` percent of a
    minute's requests fail (5xx), or these take longer than `max_latency` milliseconds on average, 0 for no bound.
    In the shadow a challenger gets copies for `shadow_for` and at least `shadow_requests`; where its scores lie apart
    from the champion's by `max_difference` on average at most, `then` an experiment (ab) or a report follows.
    `during` says what becomes of a version that is approved meanwhile: queue, replace or ignore.
    The `reward` of each `unit`, a success or none, counts where its label comes within the `outcome_window`. With a
    `margin` (of the log odds ratio) a challenger that is not worse by more is promoted at the horizon.
    """

    strategy: str = "all_at_once"
    reward: str = "correct"
    unit: str = "request"
    outcome_window: timedelta = timedelta(days=7)
    margin: float | None = None
    stages: tuple[int, ...] = (10, 25, 50)
    cycle: timedelta = timedelta(hours=24)
    horizon: timedelta = timedelta(days=28)
    bake: timedelta = timedelta(hours=1)
    min_exposure: int = 100
    holdback: int = 0
    during: str = "queue"
    canary: int = 10
    canary_wait: timedelta = timedelta(minutes=10)
    max_errors: float = 1.0
    max_latency: int = 0
    shadow_for: timedelta = timedelta(days=1)
    shadow_requests: int = 1000
    max_difference: float | None = None
    then: str = "ab"
