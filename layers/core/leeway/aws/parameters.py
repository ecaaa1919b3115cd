"""The kill switch, which is all that Leeway keeps in SSM."""

from __future__ import annotations

from typing import Any

from leeway.aws.translate import translated


class KillSwitch:
    """One SSM parameter: "on" stops every automatic start and change."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def is_on(self) -> bool:
        """True for "on"; a switch that cannot be read raises, and so nothing starts."""
        with translated("SSM GetParameter"):
            value = self._client.get_parameter(Name=self._name)["Parameter"]["Value"]
        return str(value).strip().lower() == "on"

    def set(self, *, on: bool) -> None:
        """Turn it on or off."""
        with translated("SSM PutParameter"):
            self._client.put_parameter(Name=self._name, Value="on" if on else "off", Overwrite=True)
