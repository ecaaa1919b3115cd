"""The settings that all functions share: one frozen value, read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from leeway import keys
from leeway.errors import Rejected


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Names and addresses of one deployed stack.

    Each field is an environment variable of the same name in capitals, set in `Globals` of template.yaml.
    """

    stack: str
    account_id: str
    table_name: str
    inbox_bucket: str
    artifacts_bucket: str
    retrainer_queue_url: str
    rollout_queue_url: str
    approver_queue_url: str
    monitor_queue_url: str
    alarm_topic_arn: str
    bus_name: str
    kill_switch: str
    serving_role_arn: str
    pipeline_role_arn: str
    monitoring_role_arn: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read every field; raises Rejected that names all missing variables at once."""
        names = {field.name: field.name.upper() for field in fields(cls)}
        missing = [variable for variable in names.values() if not env.get(variable)]
        if missing:
            raise Rejected(f"environment variables are not set: {', '.join(missing)}")
        return cls(**{name: env[variable] for name, variable in names.items()})

    def resource(self, model: str) -> str:
        """Name of the model's pipeline, package group and endpoint."""
        return f"{self.stack}-{model}"

    def model_of(self, resource: str) -> str | None:
        """The model that a pipeline, group or endpoint name belongs to, None for a name that is not ours.

        SageMaker writes names of pipelines in lower case where it builds ARNs of them.
        """
        prefix, name = f"{self.stack}-".lower(), resource.lower()
        return name.removeprefix(prefix) if name.startswith(prefix) and name != prefix else None

    @property
    def region(self) -> str:
        """Where the stack is."""
        return self.alarm_topic_arn.split(":")[3]

    def model_of_endpoint(self, endpoint: str) -> str | None:
        """The model that an endpoint belongs to, its own or its challenger's; None for a name that is not ours."""
        return self.model_of(endpoint.lower().removesuffix(keys.CHALLENGER))

    def own_alarm(self, model: str) -> str:
        """Name of the alarm that `leeway apply` makes for a model."""
        return keys.own_alarm(self.stack, model)

    def model_of_alarm(self, alarm: str) -> str | None:
        """The model whose own alarm has this name, or one on Model Monitor's metrics; None for another name."""
        found = keys.ALARM.fullmatch(alarm)
        return self.model_of(found[1]) if found else None

    def artifact(self, key: str) -> str:
        """S3 URI of a key in the artifacts bucket."""
        return f"s3://{self.artifacts_bucket}/{key}"

    @property
    def no_champion(self) -> str:
        """S3 URI of the placeholder that stands for "no champion yet"."""
        return self.artifact("champions/none")
