"""What templates translate to is kept by content; what is kept is never trusted further than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws.stacks.kept import FOLDER, kept

pytestmark = pytest.mark.contract


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / FOLDER


class Translator:
    """Counts."""

    def __init__(self, result: str) -> None:
        self.result, self.asked = result, 0

    def __call__(self) -> dict[str, str]:
        self.asked += 1
        return {"result": self.result}


def test_the_same_content_is_translated_once(folder: Path) -> None:
    translator = Translator("a")
    assert [kept(translator, "text", {"Name": "x"}) for _ in range(3)] == [{"result": "a"}] * 3
    assert translator.asked == 1
    assert len(list(folder.iterdir())) == 1


def test_other_content_parameters_and_versions_are_translated_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(Translator("a"), "text", {"Name": "x"})
    assert kept(Translator("b"), "text", {"Name": "y"}) == {"result": "b"}
    assert kept(Translator("c"), "other", {"Name": "x"}) == {"result": "c"}
    monkeypatch.setattr("localaws.stacks.kept.version", lambda _: "0.0.1")
    assert kept(Translator("d"), "text", {"Name": "x"}) == {"result": "d"}
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("content", ["", '{"of": "', "[]", '{"of": "something else", "body": {}}', '{"body": {}}'])
def test_a_file_that_is_not_whole_is_made_again(folder: Path, content: str) -> None:
    kept(Translator("a"), "text")
    (file,) = folder.iterdir()
    file.write_text(content)
    assert kept(Translator("b"), "text") == {"result": "b"}
    assert kept(Translator("c"), "text") == {"result": "b"}


def test_a_home_that_cannot_be_written_to_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    translator = Translator("a")
    assert [kept(translator, "text") for _ in range(2)] == [{"result": "a"}] * 2
    assert translator.asked == 2
