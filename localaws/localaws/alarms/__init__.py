"""CloudWatch's part that is not storing: metrics of AWS's own, and alarms that are evaluated."""

from localaws.alarms.service import Alarms

__all__ = ["Alarms"]
