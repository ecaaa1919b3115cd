"""The report of drift as a page: whole, drawn, and without a word of the data taken for markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leeway.drift.detector import Counts
from leeway.drift.reference import Feature
from leeway.drift.windows import Window
from leeway.journal import Entry
from leeway_cli.drift.columns import columns
from leeway_cli.drift.look import Look
from leeway_cli.drift.page import marks, quality, shape
from leeway_cli.drift.page.markup import Markup, el, text
from leeway_cli.drift.page.page import POLICY, page
from tests.unit.cli.browser import opened
from tests.unit.cli.looked import HOSTILE, HOUR, REFERENCE, START, looked

pytestmark = pytest.mark.unit
STORY = [
    Entry(model="churn", at=START + hours * HOUR, actor=actor, what=what, why=why)
    for hours, actor, what, why in (
        (0.5, "rollout", "EndpointInService", "version 3 serves"),
        (1, "monitor", "Waiting", "no hour is over"),
        (61.3, "monitor", "DriftFound", f"drift: plan is {HOSTILE}"),
        (61.5, "retrainer", "TrainingStarted", "drift"),
        (500, "retrainer", "TrainingStarted", "later than what is shown"),
    )
]


@pytest.fixture(scope="module")
def found() -> Look:
    reference = replace(REFERENCE, rates=(0.1, 0.3, 0.6, 0.9))
    whole = replace(looked(), reference=reference)
    hours = [replace(one, quality={"labelled": {"accuracy": 0.9, "rows": 40}}) for one in whole.hours]
    return replace(whole, hours=hours)


def made(found: Look) -> str:
    return page(found, STORY, "local (http://localhost:4566), stack leeway", found.end)


class Balanced(HTMLParser):
    """Notes what is open, and every address that is named."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [f"{name}={value}" for name, value in attrs if name in {"src", "href", "xlink:href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_whole_and_names_nothing_outside_of_itself(found: Look) -> None:
    parser = Balanced()
    parser.feed(made(found))
    assert parser.open == []
    assert parser.addresses == []
    assert not {"script", "link", "iframe", "img", "object"} & set(parser.seen)
    assert POLICY in made(found)
    assert re.findall(r"url\(([^)]*)\)|@import", made(found).replace("url(#hatch)", "")) == []


def test_each_chart_has_a_title_and_a_table(found: Look) -> None:
    drawn = made(found)
    for drawing in re.findall(r'<svg[^>]*role="img"[^>]*>(.{7})', drawn):
        assert drawing == "<title>"
    assert len(re.findall(r"<summary>[^<]*able</summary>", drawn)) >= 4
    assert "<h2>Evidence over time</h2>" in drawn
    assert drawn.count("<h1>") == 1


def test_what_comes_from_data_is_text(found: Look) -> None:
    drawn = made(found)
    assert "<script>" not in drawn
    assert "&lt;script&gt;document.title=&#x27;taken&#x27;&lt;/script&gt;\\x1b[31m" in drawn
    assert text('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"
    assert el("p", "<b>", el("i", "&"), title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;<i>&amp;</i></p>'
    assert isinstance(el("p"), Markup)


def test_what_was_done_is_marked_where_it_lies_in_the_window(found: Look) -> None:
    shown = marks.marks(STORY)
    assert [(mark.number, mark.entry.what, mark.kind) for mark in shown[:3]] == [
        (1, "EndpointInService", "serving"), (2, "DriftFound", "drift"), (3, "TrainingStarted", "training"),
    ]  # fmt: skip
    drawn = made(found)
    assert ">2-3</text>" in drawn, "marks that lie together share a badge"
    assert "later than what is shown" not in drawn
    assert "no hour is over" not in drawn


def test_quality_is_shown_with_labels_and_expected_without(found: Look) -> None:
    drawn = made(found)
    assert quality.with_labels(found)["labelled accuracy"] == [0.9] * 71
    assert "<h2>Quality, with labels</h2>" in drawn
    assert "not what they mean" in drawn
    then, now = quality.without_labels(found, columns(found, 3))
    # By hand: bins of a quarter each, rates .1 .3 | .6 .9, of which the upper two are called positive.
    assert then["accuracy"] == pytest.approx((0.9 + 0.7 + 0.6 + 0.9) / 4)
    assert now["accuracy"] == pytest.approx([then["accuracy"]] * 3, abs=0.02)
    plain = made(looked())
    assert "Quality" not in plain


def test_of_quality_the_verdict_is_said_and_what_says_the_same_is_in_the_table_alone(found: Look) -> None:
    counts = {"confusion_matrix": {"1": {"1": 40}}, "accuracy_best_constant_classifier": 0.4}
    measured = {"recall": 0.8, "true_positive_rate": 0.8, "f2": 0.7, **counts}
    hours = [replace(one, quality=measured) for one in found.hours]
    hours[-9] = replace(hours[-9], judged="quality is lost: evidence 1,200 against a bar of 1,000")
    drawn = made(replace(found, hours=hours))
    assert f"By the hour of {hours[-9].hour:%Y-%m-%d %H:%M}, quality is lost: evidence 1,200 against" in drawn
    cards = re.findall(r"<h3>(\w+)</h3>", drawn.partition("Quality, with labels")[2].partition("without labels")[0])
    assert cards == ["recall"]
    assert "true_positive_rate" in drawn
    assert "best_constant" not in drawn
    assert "confusion_matrix" not in drawn


def test_shares_between_the_edges_add_up_to_all_rows() -> None:
    tenure = Feature(name="tenure", type="int", edges=(0.0, 10.0, 20.0), shares=(0.1, 0.5, 0.8, 0.1))
    shown = shape.bins(tenure, Counts(rows=100, events=(0, 20, 60, 20)))
    assert [one.label for one in shown] == ["up to 0", "0 to 10", "10 to 20", "over 20", "missing"]
    assert [round(one.before, 9) for one in shown] == [0.1, 0.4, 0.3, 0.1, 0.1]
    assert [round(one.now, 9) for one in shown] == [0.0, 0.2, 0.4, 0.2, 0.2]
    plan = Feature(name="plan", type="category", texts=("a",), shares=(1.0, 0.0, 0.0))
    assert [one.label for one in shape.bins(plan, Counts(rows=2, events=(2, 0, 0)))] == ["a"]
    assert [one.label for one in shape.bins(plan, Counts(rows=2, events=(1, 1, 0)))] == ["a", "others"]


def test_a_feature_without_rows_and_a_window_without_hours_are_told(found: Look) -> None:
    assert "no rows" in shape.card(REFERENCE.features[0], Window(), "")
    empty = made(replace(found, hours=[], end=found.begin))
    assert "no hour has a report" in empty
    assert "<svg" not in empty
    silent = [replace(one, window=Window()) for one in found.hours[24:27]]
    assert "no rows" in made(replace(found, hours=silent))


PROBE = """<script>
const wide = [...document.querySelectorAll("svg[role=img]")].map(one => one.getBoundingClientRect());
const box = selector => [...document.querySelectorAll(selector)].map(one => one.getBBox());
document.documentElement.dataset.probe = JSON.stringify({
  width: innerWidth, needed: document.documentElement.scrollWidth,
  charts: wide.filter(one => one.width > 100 && one.height > 40).length, of: wide.length,
  lines: box(".series").filter(one => one.width > 20).length,
  bars: box(".now").filter(one => one.height > 5).length,
  cells: box("rect[class^=l]").length,
  scripts: document.scripts.length,
  hostile: [...document.querySelectorAll("td, th, text, title")].filter(one => /<script>/.test(one.textContent)).length,
});
</script></body>"""


@pytest.mark.story
@pytest.mark.parametrize("width", [1280, 500])
def test_a_browser_draws_it_and_takes_no_text_for_a_script(found: Look, tmp_path: Path, width: int) -> None:
    file, probed = tmp_path / "drift.html", tmp_path / "probed.html"
    file.write_text(made(found), encoding="utf-8")
    seen = opened(file, tmp_path / "profile", width)
    assert seen.console == []
    assert "<title>Drift of churn, version 3</title>" in seen.dom

    loose = made(found).replace(POLICY, "default-src 'unsafe-inline'").replace("</body>", PROBE)
    probed.write_text(loose, encoding="utf-8")
    seen = opened(probed, tmp_path / "profile", width)
    assert seen.console == []
    assert "<title>Drift of churn, version 3</title>" in seen.dom, "not even where the page would let a script run"
    said = seen.said()
    assert said["width"] == width, "a window without a screen is no narrower than 500"
    assert said["needed"] <= width, "what is wide scrolls in itself"
    assert said["charts"] == said["of"] >= 8
    assert said["lines"] >= 3
    assert said["bars"] >= 20
    assert said["cells"] >= 4 * 60
    assert said["scripts"] == 1, "the probe's own"
    assert said["hostile"] >= 3


@pytest.mark.story
def test_the_browser_sees_what_would_be_wrong(tmp_path: Path) -> None:
    """The test above can fail: an error is seen, and so is a script that data have smuggled in."""
    file = tmp_path / "bad.html"
    file.write_text(f"<!doctype html><title>fine</title><script>nothing()</script>{HOSTILE}")
    seen = opened(file, tmp_path / "profile", 800)
    assert any("nothing is not defined" in line for line in seen.console)
    assert "<title>taken</title>" in seen.dom
