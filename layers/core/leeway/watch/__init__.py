"""Watching: what SageMaker tells, what it does not tell, and what is due, turned into wakes."""
