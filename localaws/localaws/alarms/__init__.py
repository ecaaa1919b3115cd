"""CloudWatch's part that is not storing: metrics of AWS's own, and alarms that are evaluated."""

from localaws.alarms.api import CloudWatchApi
from localaws.alarms.service import Alarms

__all__ = ["Alarms", "CloudWatchApi"]
