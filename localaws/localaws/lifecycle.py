"""How long the states of emulated resources take, in virtual seconds, and what spot instances cost."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """Real services take minutes; these are short enough to watch and long enough to be seen."""

    endpoint_create: float = 5.0
    endpoint_update: float = 5.0
    endpoint_rollback: float = 2.0  # each step of it
    endpoint_delete: float = 1.0
    weights_update: float = 2.0
    model_latency: float = 0.0  # of every answer of a model; 0: as long as it really took
    job_start: float = 0.0
    spot_wait: float = 0.0  # between an interruption and the next instance
    spot_price: float = 0.3  # of a second on a spot instance, as a share: what BillableTimeInSeconds counts
    step_start: float = 0.0
    stop: float = 0.0
    monitoring_schedule: float = 1.0  # until a monitoring schedule is what it was asked to be
    monitoring_delay: float = 600.0  # from the hour of a monitoring schedule to its job; up to 20 minutes on AWS
    model_monitor: bool = False  # whether the account had Model Monitor before it was closed to new ones
