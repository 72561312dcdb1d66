"""Does `emobench compare` say what was found, to people and machines, and end with the designed codes?"""

import json
import shutil

import pytest
from filing_toys import BOARDS, again, committed, flipped, measured, written
from synthetic_cli import assert_told

from emobench.domain.record import make_record

LEVEL, LOGMEL = committed("layerwise", "level-duration", "e556"), committed("layerwise", "logmel", "f54f")


def test_a_table_for_people(emobench):
    """Question, names with keys, both scores, every emotion, and a sentence for what was not shown."""
    code, out, err = emobench("compare", str(LEVEL), str(LOGMEL))
    assert (code, err) == (0, "")
    assert out.startswith("layerwise: emotion on synthetic-speech: 240 clips, 8 people\n")
    assert "logmel (f54faff4) minus level-duration (e556db8c)" in out
    assert "level-duration (e556db8c): UAR .467" in out
    for emotion in ("neutral", "calm", "happy", "sad", "angry", "fearful"):
        assert f"recall           {emotion}" in out
    assert "unseen sentence" in out
    assert "after Holm over the 1 test of this call" in out


def test_an_object_for_machines(emobench):
    """The same as strict JSON: records by key, every difference with the words that it shows."""
    code, out, _ = emobench("compare", str(LEVEL), str(LOGMEL), "--json")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (code, found["schema"], found["records"][1]["backbone"]) == (0, "emobench.comparison/1", "logmel")
    (comparison,) = found["comparisons"]
    first = comparison["differences"][0]
    assert first["value"] == pytest.approx(comparison["values"][1] - comparison["values"][0], abs=2e-6)
    assert {"what", "low", "high", "p", "detectable", "clips", "people", "shown"} <= first.keys()


def test_keys_of_boards_are_names(emobench):
    """Four to twelve digits that a key begins with name a record of a board; all pairs are held against the first."""
    code, out, _ = emobench("compare", "3908e9", "abc2", "d5e975398bef", "--boards", str(BOARDS))
    assert code == 0
    assert "logmel (abc29157) minus level-duration (3908e91a)" in out
    assert "hubert-tiny-random (d5e97539) minus level-duration (3908e91a)" in out
    assert_told(emobench("compare", "3908e9", "ffffffff", "--boards", str(BOARDS)), 3, "there is no record 'ffffffff'")


def test_distances_are_headed_as_a_description(emobench):
    """Differences of `fad_bias` have no p, and it is said that nothing is better."""
    code, out, _ = emobench("compare", "af20cd", "ec9df2", "--boards", str(BOARDS))
    assert code == 0
    assert "nothing is better for being larger or smaller" in out
    assert " p " not in out


def test_usage(emobench, tmp_path):
    """One record, and the same record twice, even as a copy elsewhere, are wrong usage."""
    copy = shutil.copytree(LEVEL.parent, tmp_path / "copy") / LEVEL.name
    assert_told(emobench("compare", str(LEVEL)), 2, "nothing to compare it with")
    assert_told(emobench("compare", str(LEVEL), str(LEVEL)), 2, "the same record stands there twice")
    assert_told(emobench("compare", str(LEVEL), str(copy)), 2, str(copy))


def test_files_that_are_missing_or_no_records(emobench, tmp_path):
    """A missing record, one that is none, and one without its table end with 3 and the path."""
    alone, nothing = tmp_path / "alone.json", tmp_path / "nothing.json"
    shutil.copy(LEVEL, alone)
    nothing.write_text("{}")
    for path in (tmp_path / "gone.json", nothing):
        assert_told(emobench("compare", str(LOGMEL), str(path)), 3, str(path))
    assert_told(emobench("compare", str(LOGMEL), str(alone)), 3, str(alone.with_suffix(".parquet")))


def test_what_does_not_hold_is_refused(emobench, tmp_path):
    """A changed score, other predictions, and a record of another question end with 4 and the reason."""
    copy = shutil.copytree(LEVEL.parent, tmp_path / "copy") / LEVEL.name
    copy.write_text(copy.read_text().replace('"chance":0.166667', '"chance":0.166666', 1))
    assert_told(emobench("compare", str(LOGMEL), str(copy)), 4, "its found_digest does not fit")
    one = measured(LEVEL)
    other = written(type(one)(one.record, flipped(one.table, 1)), tmp_path / "other")
    assert_told(emobench("compare", str(LOGMEL), str(other)), 4, "does not hold what was predicted for its record")
    music = committed("layerwise", "logmel", "46b5")
    assert_told(emobench("compare", str(LOGMEL), str(music)), 4, "synthetic-speech, and about synthetic-music")


@pytest.mark.parametrize("used", [{"protocol": {}}, {"dataset": {}}, {"split": None}])
def test_a_sealed_record_of_another_form_is_no_traceback(emobench, tmp_path, used):
    """What has valid digests and not the form of its task is refused."""
    one = measured(LEVEL)
    laid = one.record.model_copy(update={"used": {**one.record.used, **used}})
    fields = {name: getattr(laid, name) for name in ("asked", "used", "found", "predictions_digest", "spent", "where")}
    path = written(type(one)(make_record(**fields), one.table), tmp_path / "odd")
    assert_told(emobench("compare", str(LOGMEL), str(path)), 4, "")


def test_names_move_no_cursor(emobench, tmp_path):
    """Control characters and direction marks of a record are escaped in the table."""
    hostile = again(measured(LEVEL), asked={"backbone": "x\x1b[2J\u202e\nname"})
    code, out, _ = emobench("compare", str(LOGMEL), str(written(hostile, tmp_path / "hostile")))
    assert code == 0
    assert "\\x1b[2J\\u202e\\nname" in out
    assert not {"\x1b", "\u202e"} & set(out)
