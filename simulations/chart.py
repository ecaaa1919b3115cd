"""`python -m simulations.chart`: false decisions of each rule as an SVG for the README, of what `make prove` has found.

Each bar is the share of experiments without any difference in which a rule decides all the same.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FIGURES, CHART = Path("build/simulations.json"), Path("docs/false-decisions.svg")
PREFIX = "false decisions, "
RULES = ("Leeway", "naive z-test", "Bayes, P > 95 %", "Thompson winner", "mSPRT, pooled", "O'Brien-Fleming")
ROW, LEFT, BAR, WIDTH = 16, 150, 470, 700
STYLE = """
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#57606a}
.title{font-size:13px;font-weight:600;fill:#24292f}.rest{fill:#8b949e}.ours{fill:#1a7f37}.back{fill:#d0d7de;opacity:.35}
@media (prefers-color-scheme:dark){text{fill:#9da7b1}.title{fill:#e6edf3}.rest{fill:#6e7681}.ours{fill:#3fb950}
.back{fill:#484f58}}
"""
Shares = Mapping[str, Mapping[str, float]]  # by scenario and rule


def shares(figures: Sequence[Mapping[str, object]]) -> dict[str, dict[str, float]]:
    """What the figures of the simulations say of false decisions."""
    found: dict[str, dict[str, float]] = {}
    for figure in figures:
        name = str(figure["name"])
        if name.startswith(PREFIX):
            scenario, rule = name.removeprefix(PREFIX).split(": ", 1)
            found.setdefault(scenario, {})[rule] = float(str(figure["value"]))
    return found


def drawn(found: Shares) -> str:
    """The chart; readable on light and on dark."""
    parts = list(_parts(found))
    height = 24 + sum(30 + ROW * len(rules) for rules in found.values())
    title = "Share of experiments without a difference that a rule decides all the same"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>{title}</title><style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _parts(found: Shares) -> Iterator[str]:
    y = 18
    for scenario, rules in found.items():
        yield f'<text class="title" x="0" y="{y}">{html.escape(scenario)}</text>'
        for rule in sorted(rules, key=RULES.index):
            y += ROW
            wide, kind = BAR * rules[rule], "ours" if rule == RULES[0] else "rest"
            yield (
                f'<text x="{LEFT - 8}" y="{y + 3}" text-anchor="end">{html.escape(rule)}</text>'
                f'<rect class="back" x="{LEFT}" y="{y - 7}" width="{BAR}" height="11"/>'
                f'<rect class="{kind}" x="{LEFT}" y="{y - 7}" width="{max(wide, 1):.1f}" height="11"/>'
                f'<text x="{LEFT + BAR + 8}" y="{y + 3}">{rules[rule]:.1%}</text>'
            )
        y += 30


def main() -> int:
    """Write it; ends with 1 where nothing was simulated yet."""
    if not FIGURES.is_file():
        print(f"there is no {FIGURES}; make prove writes it", file=sys.stderr)
        return 1
    CHART.write_text(drawn(shares(json.loads(FIGURES.read_text()))), encoding="utf-8")
    print(f"written: {CHART}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
