"""One measured figure, and the table of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


class NotMeasured(Exception):
    """What was to be measured does not work; its message says what happened."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measurement; `bar` is the most that is allowed, or None where the figure is only listed."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    exact: bool = False
    least: bool = False  # the bar is the least that is allowed
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        if self.least:
            return self.value >= self.bar
        return self.value == self.bar if self.exact else self.value <= self.bar

    def row(self) -> dict[str, object]:
        """The figure as it stands in build/bench.json."""
        return asdict(self) | {"holds": self.holds}


def table(figures: Iterable[Figure]) -> str:
    """One line a figure: name, value, bar, verdict."""
    verdicts = {True: "ok", False: "MISSES THE BAR", None: ""}
    lines = [f"{'':42}{'measured':>12}  {'bar':>12}"]
    for figure in figures:
        sign = "= " if figure.exact else "≥ " if figure.least else "≤ "
        bar = "" if figure.bar is None else f"{sign}{figure.bar:g} {figure.unit}"
        value = f"{figure.value:.4g} {figure.unit}"
        lines.append(f"{figure.name:42}{value:>12}  {bar:>12}  {verdicts[figure.holds]}  {figure.note}".rstrip())
    return "\n".join(lines)
