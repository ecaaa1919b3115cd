"""A version that takes over by SageMaker's own canary: a part of the traffic first, and alarms that take it back."""
