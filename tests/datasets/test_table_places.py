"""May a table name its files by where they lie on this machine, and leave no trace of it?"""

import pytest
from own_tables import HEADER, write_csv, write_tones

from emobench.datasets.table_dataset import table_dataset
from emobench.datasets.table_file import read_csv
from emobench.domain.errors import DataError, UsageError
from emobench.domain.options import resolve

ASKED = {"table.audio": "file", "table.group": "speaker", "table.folds": 4}


def dataset(path, **settings):
    options = resolve({**ASKED, **{f"table.{key}": value for key, value in settings.items()}})["table"]
    return table_dataset("csv:own", read_csv(path), options, "")


@pytest.fixture
def tones(tmp_path):
    """A folder with tones, and the rows that name them from there."""
    folder = tmp_path / "tones"
    return folder, write_tones(folder)


@pytest.mark.parametrize("settings", [{}, {"group": "file"}, {"id": "file"}, {"group": "file", "title": "x"}])
def test_absolute_names_below_the_table_are_relative_ones(tones, settings):
    """Card and clips, ids and groups among them, are those of the table with relative names."""
    folder, rows = tones
    relative = dataset(write_csv(folder / "relative.csv", rows), **settings)
    absolute = dataset(
        write_csv(folder / "absolute.csv", [[f" {folder / row[0]} ", *row[1:]] for row in rows]), **settings
    )
    assert absolute.card == relative.card
    assert absolute.clips(folder) == relative.clips(folder)
    assert not any(str(folder) in text for clip in absolute.clips(folder) for text in (clip.id, clip.group))


def test_a_table_reached_by_a_link_knows_its_folder(tones, tmp_path):
    """Names that lead to the folder itself are below it, and those by the link, too."""
    folder, rows = tones
    (tmp_path / "link").symlink_to(folder)
    mixed = [[str((folder if place % 2 else tmp_path / "link") / row[0]), *row[1:]] for place, row in enumerate(rows)]
    write_csv(folder / "absolute.csv", mixed)
    clips = dataset(tmp_path / "link" / "absolute.csv").clips(tmp_path)
    assert [clip.id for clip in clips] == [row[0] for row in rows]


@pytest.mark.parametrize("name", ["outside.wav", "tones-2/a.wav", "tones/../outside.wav"])
def test_absolute_names_elsewhere_lead_out(tones, tmp_path, name):
    """A file above or beside the table's folder is refused, though it is there."""
    folder, rows = tones
    (tmp_path / "tones-2").mkdir()
    (tmp_path / name).write_bytes((folder / rows[0][0]).read_bytes())
    with pytest.raises(DataError, match="leads out of the table's folder"):
        dataset(write_csv(folder / "own.csv", [[str(tmp_path / name), *rows[0][1:]], *rows[1:]]))


@pytest.mark.parametrize("separator", ["|", " ", ":"])
def test_a_table_of_one_column_is_told_the_separators(tones, separator):
    """Columns that are separated by anything else are one, and the error says by what they may be separated."""
    folder, rows = tones
    with pytest.raises(UsageError, match="by commas, semicolons or tabs") as caught:
        dataset(write_csv(folder / "own.csv", rows, delimiter=separator))
    assert separator.join(HEADER) in caught.value.found
