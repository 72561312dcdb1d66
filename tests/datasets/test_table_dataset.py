"""Do the rows of somebody's table become the clips that a naive reading gives, and is every slip told?"""

import csv
import math

import numpy as np
import pytest
import soundfile
from own_tables import HEADER, SPEAKERS, write_csv, write_tones

from emobench.datasets.table_dataset import remarks_on, table_dataset
from emobench.datasets.table_file import read_csv
from emobench.domain.errors import DataError, EmobenchError, UsageError
from emobench.domain.options import resolve
from emobench.domain.table import TableOptions

NAMED = {"table.audio": "file", "table.group": "speaker", "table.folds": 4}


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """A folder with tones, and the rows that name them."""
    folder = tmp_path_factory.mktemp("tones")
    return folder, write_tones(folder)


@pytest.fixture
def read(tones):
    """Writes rows beside the tones and reads them as a dataset."""
    folder, _ = tones

    def read(rows, header=HEADER, **settings):
        path = write_csv(folder / "own.csv", rows, header)
        options = resolve({**NAMED, **{f"table.{key}": value for key, value in settings.items()}})["table"]
        return table_dataset("csv:own", read_csv(path), options, "")

    return read


def clips(dataset):
    return list(dataset.clips(None))


def test_rows_become_clips_as_a_naive_reading_has_them(tones, read):
    """Path, group, class and number of every row, in order; ids are names of files; the card counts and names them."""
    folder, rows = tones
    dataset = read(rows, labels=["emotion", "arousal"], low={"arousal": -2}, high={"arousal": 2})
    with (folder / "own.csv").open(encoding="utf-8", newline="") as file:
        naive = [(row["file"], folder / row["file"], row["speaker"], row["emotion"], float(row["arousal"]))
                 for row in csv.DictReader(file)]  # fmt: skip
    found = [(c.id, c.path, c.group, c.labels["emotion"], c.labels["arousal"]) for c in clips(dataset)]
    assert found == naive
    card = dataset.card
    assert (card.name, card.group_is, card.people, card.expected_clips) == ("csv:own", "speaker", "csv:own", len(rows))
    assert card.sample_rate == 8_000
    assert [attribute.name for attribute in card.attributes] == ["arousal", "emotion"]
    assert card.attribute("emotion").classes == ("angry", "happy", "sad")
    assert (card.attribute("arousal").low, card.attribute("arousal").high) == (-2, 2)


def test_segments_ids_sexes_and_transcripts_are_read(tones, read):
    """Columns of a field's own name need no option; segments are clips of their own, empty cells are nothing."""
    _, rows = tones
    header = (*HEADER, "start", "end", "sex", "transcript")
    more = [[*row, "", "0.1", "F", " one "] for row in rows] + [[*row, "0.1", "", "", ""] for row in rows]
    first, *_, last = clips(read(more, header))
    assert (first.id, first.start_seconds, first.end_seconds) == (f"{rows[0][0]}#0-0.1", 0, 0.1)
    assert (first.sex, first.transcript) == ("female", "one")
    assert (last.id, last.start_seconds, last.end_seconds) == (f"{rows[-1][0]}#0.1-", 0.1, None)
    assert (last.sex, last.transcript) == (None, None)
    named = clips(read([[*row, f"n{index}"] for index, row in enumerate(rows)], (*HEADER, "id")))
    assert [clip.id for clip in named] == [f"n{index}" for index in range(len(rows))]


def test_folds_may_be_fixed_by_a_column(tones, read):
    """Groups of one value are one fold, in the order of numbers; a group in two folds is told with both lines."""
    _, rows = tones
    fold = {"ann": "10", "ben": "2", "cy": "1", "dee": "2"}
    dataset = read([[*row, fold[row[1]]] for row in rows], (*HEADER, "part"), folds="part")
    assert dataset.card.folds == (("cy",), ("ben", "dee"), ("ann",))
    with pytest.raises(DataError, match="line 3: 'ann' is in fold '1', and in fold '0' in line 2"):
        read([[*row, str(index % 3)] for index, row in enumerate(rows)], (*HEADER, "part"), folds="part")


WRONG_CELLS = {
    "empty label": (2, " ", "'emotion' is empty"),
    "empty group": (1, "", "'speaker' is empty"),
    "control characters": (1, "an\x1bn", r"do not print: 'an\x1bn'"),
    "long group": (1, "x" * 300, "300 characters"),
    "missing file": (0, "clips/none.wav", "there is no file 'clips/none.wav'"),
    "folders by backslash": (0, "clips\\none.wav", "separated by /"),
    "outside": (0, "../tones/clips/ann-sad-0.wav", "leads out of the table's folder"),
    "absolute": (0, "/etc/passwd", "leads out"),
    "at home": (0, "~/clips/a.wav", "leads out"),
    "no name": (0, "a\nb.wav", "is no name of a file"),
    "huge name": (0, "x" * 5_000, "there is no file"),
    "no number": (3, "high", "'arousal' is 'high', and no number"),
    "not a number": (3, "nan", "and no number"),
    "infinite": (3, "1e999", "and no number"),
    "another alphabet's digit": (3, "\u0663", "and no number"),
    "decimal comma": (3, "0,5", "and no number"),
    "out of range": (3, "7", "outside -2 to 2"),
    "the same audio": (0, "./clips/ann-angry-1.wav", "the same audio as line 3"),
}


@pytest.mark.parametrize("kind", WRONG_CELLS)
def test_a_wrong_cell_is_told_with_its_line(tones, read, kind):
    """One wrong cell in one row: the error names the line and the cell, on lines of its own, and nothing else."""
    _, rows = tones
    column, cell, hint = WRONG_CELLS[kind]
    spoiled = [list(row) for row in rows]
    spoiled[4][column] = cell
    with pytest.raises(DataError) as caught:
        read(spoiled, labels=["emotion", "arousal"], low={"arousal": -2}, high={"arousal": 2})
    assert caught.value.found.startswith("line 6: ")
    assert hint in caught.value.found
    assert len(caught.value.found.split("\n")) == 1
    assert str(caught.value).replace("\n", "").isprintable()


SEGMENTS = {"2": ("1", "wrong way"), "": ("-1", "no number of seconds"), "soon": ("", "no number of seconds"),
            "1": ("1", "does not begin before")}  # fmt: skip


@pytest.mark.parametrize("start", SEGMENTS)
def test_impossible_segments_are_told(tones, read, start):
    """Ends before beginnings, negative seconds and words are refused."""
    _, rows = tones
    end, hint = SEGMENTS[start]
    with pytest.raises(DataError, match=r"line 2: .*(does not begin before|no number of seconds)") as caught:
        read([[*rows[0], start, end], *([*row, "", ""] for row in rows[1:])], (*HEADER, "start", "end"))
    assert hint == "wrong way" or hint in caught.value.found


REFUSED = {
    "missing column": ({"audio": "fiel"}, UsageError, "Did you mean 'file'?"),
    "missing group": ({"group": "group"}, UsageError, "nobody may be learned from and tested on"),
    "fractions without ends": ({"labels": "arousal"}, UsageError, "numbers with fractions"),
    "one end": ({"labels": "arousal", "low": 1}, UsageError, "one end only"),
    "ends reversed": ({"labels": "arousal", "low": 1, "high": -1}, UsageError, "is not below"),
    "ends of nothing": ({"low": {"emotoin": 1}, "high": {"emotoin": 2}}, UsageError, "Did you mean 'emotion'?"),
    "ends of two": ({"labels": ["emotion", "arousal"], "low": 1, "high": 2}, UsageError, "arousal or emotion"),
    "too many folds": ({"folds": 5}, DataError, "--set table.folds=4"),
    "few folds in a column": ({"folds": "emotion"}, DataError, "fixes no folds"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_options_cannot_mean_is_refused(tones, read, kind):
    """Columns, ends and folds that do not fit are told with what to do."""
    settings, error, hint = REFUSED[kind]
    with pytest.raises(EmobenchError) as caught:
        read(tones[1], **settings)
    assert isinstance(caught.value, error)
    assert hint in str(caught.value)
    assert caught.value.remedy


def test_one_class_and_very_many_are_refused(tones, read):
    """Nothing to tell apart, and a column of names, are no label spaces."""
    _, rows = tones
    with pytest.raises(DataError, match="one class of 'emotion' only: 'sad'"):
        read([row for row in rows if row[2] == "sad"])
    many = [[*row[:2], f"{row[2]} {index}", row[3]] for index, row in enumerate(rows * 5)]
    with pytest.raises(DataError, match="classes of 'emotion' in 120 rows"):
        read(many)


def test_whole_numbers_are_classes_and_a_remark_says_so(tones, read):
    """Codes are classes in the order of numbers; groups that differ in capitals are told, and kept apart."""
    _, rows = tones
    code = {"angry": "10", "happy": "9", "sad": "0"}
    dataset = read([[name, "Ann" if row == 0 else who, code[e], a] for row, (name, who, e, a) in enumerate(rows)])
    assert dataset.card.attribute("emotion").classes == ("0", "9", "10")
    told = "\n".join(remarks_on(dataset.card, clips(dataset)))
    assert "table.low and table.high would make them a dimension" in told
    assert "groups that differ in capitals or accents only: Ann, ann" in told
    assert f"{len(SPEAKERS) + 1} groups (speaker) in 4 folds, dealt" in told


def test_numbers_have_the_digits_of_records(tones, read):
    """A label is rounded as records store numbers, so that whoever reads the record has the same label."""
    _, rows = tones
    spoiled = [[*row[:3], str(math.pi)] for row in rows]
    dataset = read(spoiled, labels="arousal", low=0, high=4)
    assert {clip.labels["arousal"] for clip in clips(dataset)} == {3.14159}


def test_seconds_have_all_their_digits(tones, read):
    """Bounds of segments in a long recording are not rounded as labels are: they are kept to the millisecond."""
    _, rows = tones
    bounds = [(f"{12_345 + index / 1_000:.3f}", f"{12_346 + index / 1_000:.3f}") for index in range(len(rows))]
    segments = [["clips/ann-sad-0.wav", *row[1:], *both] for row, both in zip(rows, bounds, strict=True)]
    found = clips(read(segments, (*HEADER, "start", "end")))
    assert [(clip.start_seconds, clip.end_seconds) for clip in found] == [(float(a), float(b)) for a, b in bounds]
    assert found[1].id == "clips/ann-sad-0.wav#12345.001-12346.001"


def test_one_accent_is_one_character(tones, read):
    """A person or label that has a combining accent in one row and one character in another is one and the same."""
    _, rows = tones
    one, two = "Jos\u00e9", "Jose\u0301"
    names = [one if index % 2 else two for index in range(len(rows))]
    spoiled = [[row[0], name if row[1] == "ann" else row[1], name if row[2] == "sad" else row[2], row[3], row[1]]
               for row, name in zip(rows, names, strict=True)]  # fmt: skip
    dataset = read(spoiled, (*HEADER, "part"), folds="part")
    assert {clip.group for clip in clips(dataset)} == {one, "ben", "cy", "dee"}
    assert dataset.card.attribute("emotion").classes == (one, "angry", "happy")
    assert (one,) in dataset.card.folds


def test_the_order_of_rows_changes_no_card(tones, read):
    """Files of other rates among them: the card is that of the same rows in another order."""
    folder, rows = tones
    soundfile.write(folder / "clips" / "high.wav", np.zeros(1_600), 16_000)
    mixed = [*rows, ["clips/high.wav", *rows[-1][1:]]]
    assert read(mixed).card == read(mixed[::-1]).card


@pytest.mark.parametrize(("field", "cell"), [("sex", "diverse"), ("start", "00:01:02"), ("end", "soon")])
def test_a_column_that_nobody_meant_can_be_left_alone(tones, read, field, cell):
    """A column that has a field's name by chance: the error says how to leave it alone, and that works."""
    _, rows = tones
    strange = [[*row, cell] for row in rows]
    with pytest.raises(DataError, match=f"--set 'table.{field}=\"\"'"):
        read(strange, (*HEADER, field))
    assert len(clips(read(strange, (*HEADER, field), **{field: ""}))) == len(rows)


def test_two_rows_of_one_id_are_told(tones, read):
    """Ids that are chosen must differ: the second row is named with the first, and with the way to other ids."""
    _, rows = tones
    named = [[*row, "same" if index in (1, 4) else f"n{index}"] for index, row in enumerate(rows)]
    with pytest.raises(
        DataError, match=r"line 6: the same id as line 3: 'same'\n.*\nOther ids: --set table\.id=COLUMN"
    ):
        read(named, (*HEADER, "id"))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Emotion", {"emotion": "Emotion"}),
        (["VALENCE", "Felt Emotion"], {"valence": "VALENCE", "felt_emotion": "Felt Emotion"}),
    ],
)
def test_an_attribute_is_called_like_its_column_in_lower_case(asked, meant):
    """A column is named as it is written; the attribute that it holds has a plain name."""
    assert TableOptions(labels=asked).labels == meant
