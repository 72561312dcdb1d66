"""Is a folder of the Hub's kind read anew whenever it, or what is asked of it, is another?"""

import datasets
import pytest
from own_tables import SPEAKERS, write_parquet, write_tones

from emobench.corpora.own_data import Places, own_data
from emobench.domain.options import resolve
from emobench.domain.progress import Silent

NAME = "hf:me/toy"
ASKED = {"group": "speaker", "folds": 3}
TEXT = datasets.Value("string")


@pytest.fixture
def folder(tmp_path):
    """A dataset of two configurations, one with two splits; every row has two recordings."""
    rows = write_tones(tmp_path / "source", takes=1)
    files = [tmp_path / "source" / name for name, *_ in rows]
    place = tmp_path / "folder"
    place.mkdir()

    def columns(chosen):
        return {
            "audio": (datasets.Audio(), [files[index] for index in chosen]),
            "far": (datasets.Audio(), [files[-1 - index] for index in chosen]),
            "speaker": (TEXT, [rows[index][1] for index in chosen]),
            "emotion": (TEXT, [rows[index][2] for index in chosen]),
        }

    everything = range(len(rows))
    write_parquet(place / "one.parquet", **columns(everything[:-3]))
    write_parquet(place / "two.parquet", **columns(everything[-3:]))
    configs = "".join(
        f"- config_name: {name}\n  data_files:\n{splits}"
        for name, splits in (
            ("default", "  - split: train\n    path: one.parquet\n  - split: test\n    path: two.parquet\n"),
            ("part", "  - split: train\n    path: one.parquet\n"),
        )
    )
    (place / "README.md").write_text(f"---\nconfigs:\n{configs}---\n")
    return place


@pytest.fixture
def read(tmp_path, folder):
    """Reads the folder, and gives what a run would hear: group, label and bytes of every clip."""

    def read(**settings):
        options = resolve({f"table.{key}": value for key, value in {**ASKED, **settings}.items()})["table"]
        places = Places({NAME: folder}, tmp_path / "home", {}, offline=True)
        found = own_data(NAME, options, places, Silent())
        clips = found.offer.what.clips(found.root)
        return [(clip.group, clip.labels["emotion"], clip.path.read_bytes()) for clip in clips]

    return read


def test_what_is_asked_decides_what_is_read(read):
    """Another split, configuration or column of audio is another table, whatever was written before, in any order."""
    whole = read()
    assert {group for group, *_ in whole} == set(SPEAKERS)
    for _ in range(2):
        assert read() == whole
        assert read(config="part") == read(split="train") == whole[3:]
        far = read(audio="far")
        assert [clip[:2] for clip in far] == [clip[:2] for clip in whole]
        assert [clip[2] for clip in far] != [clip[2] for clip in whole]


def test_a_copy_that_was_changed_is_read_anew(read, folder, tmp_path):
    """Other labels in the same file, and then the first ones again: each time those that stand there now."""
    before, stored = read(), (folder / "one.parquet").read_bytes()
    rows = datasets.Dataset.from_parquet(str(folder / "one.parquet"), cache_dir=str(tmp_path / "cache"))
    sad = rows.remove_columns("emotion").add_column("emotion", ["sad"] * len(rows))
    sad.to_parquet(folder / "one.parquet")
    changed = read()
    assert [label for _, label, _ in changed[3:]] == ["sad"] * len(rows)
    assert changed != before
    (folder / "one.parquet").write_bytes(stored)
    assert read() == before
