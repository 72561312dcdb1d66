"""Does every mishap end as the page "When something goes wrong" says?"""

from pathlib import Path

import pytest
from fault_page import HEAD, PAGE, section
from fault_scenes import SCENES, TOPICS
from fault_stage import play, set_stage


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_what_is_said(scene, tmp_path, monkeypatch):
    """A mishap ends with its exit code, and what is printed stands on the page, word for word, without a traceback."""
    monkeypatch.chdir(tmp_path)
    stage = set_stage(tmp_path, monkeypatch.setattr)
    shown = play(scene, stage, lambda new: [monkeypatch.setenv(*pair) for pair in new.items()])
    assert shown.code == scene.code
    assert "Traceback" not in shown.text
    assert all(words in shown.text for words in scene.told)
    assert section(scene, shown) in PAGE.read_text("utf-8")


def test_the_page_has_every_scene_once_and_nothing_else():
    """Headings of the page are the topics and scenes, in their order, below the same introduction."""
    text = PAGE.read_text("utf-8")
    assert text.startswith(HEAD)
    titles = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")]
    topics = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == [scene.title for scene in SCENES]
    assert topics == list(dict.fromkeys(scene.topic for scene in SCENES))
    assert set(topics) == set(TOPICS)


def test_no_scene_depends_on_the_machine():
    """The page names no folder of the machine that wrote it."""
    text = PAGE.read_text("utf-8")
    assert str(Path.home()) not in text
    assert "/tmp" not in text
