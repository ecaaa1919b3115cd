"""The embedded AWS: a small, strict AWS in one process, in virtual time."""

from localaws.embedded import LocalAWS
from localaws.errors import AwsError, DeployRefused, NotEmulated, SettleTimeout
from localaws.faults import Crash, Delivery, Fault, Mode
from localaws.lifecycle import Lifecycle
from localaws.sagemaker.batches import Answered
from localaws.sagemaker.serving import Asked

__all__ = [
    "Answered",
    "Asked",
    "AwsError",
    "Crash",
    "Delivery",
    "DeployRefused",
    "Fault",
    "Lifecycle",
    "LocalAWS",
    "Mode",
    "NotEmulated",
    "SettleTimeout",
]
