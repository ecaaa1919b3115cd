"""How long the states of emulated resources take, in virtual seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """Real services take minutes; these are short enough to watch and long enough to be seen."""

    endpoint_create: float = 5.0
    endpoint_update: float = 5.0
    endpoint_delete: float = 1.0
    weights_update: float = 2.0
    job_start: float = 0.0
    step_start: float = 0.0
    stop: float = 0.0
