"""Does every row of a Hub dataset keep its own audio, label and place, and no file but its own?"""

import datasets
import pytest
from own_tables import RATE, write_parquet

from emobench.datasets.hub_addresses import check_files
from emobench.datasets.hub_dataset import read_table, write_table
from emobench.domain.errors import DataError

TEXT = datasets.Value("string")


@pytest.fixture
def sounds(tmp_path):
    """Four files with other bytes each, two of them of one name."""
    files = [tmp_path / "sounds" / name for name in ("a/x.wav", "b/x.wav", "a/y.wav", "a/X.wav")]
    for place, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"RIFF" + bytes([place]) * RATE)
    return files


@pytest.fixture
def folder(tmp_path):
    """An empty folder for a dataset."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def table_of(tmp_path, folder):
    """The table of the folder, and where it was written."""

    def table_of(splits=None, audio="audio"):
        into = tmp_path / "into"
        into.mkdir()
        write_table("hf:me/toy", folder, into, audio, None, splits)
        return read_table(into)

    return table_of


def test_rows_of_one_name_keep_their_own_audio(table_of, folder, sounds):
    """Files of one name, in capitals or not, and audio without a name lie beside each other, each with its bytes."""
    contents = [file.read_bytes() for file in sounds]
    nameless = [{"bytes": b"fLaC1", "path": None}, {"bytes": b"fLaC2", "path": "000004.flac"}]
    write_parquet(folder / "train.parquet", audio=(datasets.Audio(), [*sounds, *nameless]))
    table = table_of()
    found = [(table.folder / row.cells["audio"]).read_bytes() for row in table.rows]
    assert found == [*contents, b"fLaC1", b"fLaC2"]
    assert [row.cells["audio"] for row in table.rows[:3]] == ["train/x.wav", "train/000001.wav", "train/y.wav"]


def test_splits_are_those_that_are_asked_for(table_of, folder, sounds):
    """Only the named splits are taken, in their order, and rows are counted in each from 0."""
    for split, files in (("train", sounds[:2]), ("test", sounds[2:]), ("validation", sounds[:1])):
        write_parquet(folder / f"{split}.parquet", audio=(datasets.Audio(), files))
    assert [row.where for row in table_of(("train", "test")).rows] == [
        "row 0 of the split train", "row 1 of the split train", "row 0 of the split test", "row 1 of the split test",
    ]  # fmt: skip


def test_a_class_that_is_not_known_is_an_empty_cell(table_of, folder, sounds):
    """The number -1 stands for no label, and is no class; others are written by name."""
    label = datasets.ClassLabel(names=["calm", "angry"])
    write_parquet(folder / "train.parquet", audio=(datasets.Audio(), sounds[:3]), emotion=(label, [1, -1, 0]))
    assert [row.cells["emotion"] for row in table_of().rows] == ["angry", "", "calm"]


@pytest.mark.parametrize("path", ["{outside}", "../sounds/a/y.wav", "none.wav"])
def test_a_row_names_no_file_elsewhere(table_of, folder, sounds, path):
    """A row that names a file by an absolute path, by a way out of the folder, or that is missing, is refused."""
    stored = {"bytes": None, "path": path.format(outside=sounds[2])}
    write_parquet(folder / "train.parquet", audio=(datasets.Audio(), [stored]), speaker=(TEXT, ["ann"]))
    with pytest.raises(DataError, match=r"no audio file for row 0 of the split train\.\nfound: .*(own|exist)"):
        table_of()


@pytest.mark.parametrize("file", ["/elsewhere/x.csv", "{folder}/../x.csv", "http://127.0.0.1/x.csv", "x.csv"])
def test_files_elsewhere_are_refused(folder, file):
    """What the library found outside of the folder, however it is written, is not read; what lies inside is."""
    check_files("hf:me/toy", {"train": [str(folder / "x.csv"), str(folder.resolve() / "deep" / "y.csv")]}, folder)
    with pytest.raises(DataError, match="a file that is not its own"):
        check_files("hf:me/toy", {"train": [folder / "x.csv"], "test": [file.format(folder=folder)]}, folder)
