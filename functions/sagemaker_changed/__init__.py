"""Trigger: a pipeline execution or an endpoint changed."""
