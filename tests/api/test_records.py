"""Are the tables of a record the rows of its files?"""

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import emobench
from emobench.domain.record import make_record, record_bytes

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"
FILES = sorted(BOARDS.glob("*/records/*/logmel/*.json"))


def plain(value):
    """A cell of a table as JSON has it."""
    return None if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def rows(frame):
    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_scores_are_the_rows_of_the_json(file):
    """Of every task: all rows, all columns, in order, `class` named as in JSON; types do not depend on the record."""
    record = emobench.read_record(file)
    found = json.loads(file.read_text())["found"]
    assert rows(record.scores()) == [dict.fromkeys(record.scores().columns) | row for row in found["scores"]]
    assert set(found["scores"][0]) == set(record.scores().columns)
    assert dict(record.scores().dtypes.astype(str)) == dict(emobench.read_record(FILES[0]).scores().dtypes.astype(str))
    choices = zip(rows(record.choices()), found["choices"], strict=True)
    assert all({name: row[name] for name in had} == had for row, had in choices)


def test_parts_are_those_of_the_json():
    """Key, headline, asked, used and notes as they stand; what is given is a copy, and the record cannot change."""
    record, told = emobench.read_record(str(FILES[0])), json.loads(FILES[0].read_text())
    assert (record.path, record.key) == (FILES[0], told["key"])
    assert (record.asked, record.used, list(record.notes)) == (told["asked"], told["used"], told["found"]["notes"])
    assert record.headline.model_dump() == told["found"]["headline"]
    record.asked["options"]["probe"] = "changed"
    assert record.asked == told["asked"]
    with pytest.raises(FrozenInstanceError):
        record.path = Path("elsewhere")
    assert {record: 1}[emobench.read_record(FILES[0])] == 1


def test_rows_by_their_values():
    """Rows with these values and no others; None stands for nothing, `class_` for the column class."""
    record = emobench.read_record(next(path for path in FILES if "layerwise" in path.parts))
    told = json.loads(record.path.read_text())["found"]["scores"]
    found = record.scores(metric="uar", view="all", fold=None)
    assert rows(found) == [row for row in told if (row["metric"], row["view"], row["fold"]) == ("uar", "all", None)]
    assert list(found.index) == list(range(len(found)))
    sad = record.scores(class_="sad")
    assert len(sad) == sum(row["class"] == "sad" for row in told) > 0
    assert rows(record.choices(fold=0, chosen=True))
    assert rows(record.choices(fold=0)) == [row for row in rows(record.choices()) if row["fold"] == 0]


def test_near_misses():
    """A column or a value that is not there is wrong usage, and the nearest one is named."""
    record = emobench.read_record(FILES[0])
    with pytest.raises(emobench.UsageError, match=r"no column of scores named 'metrik'\. Did you mean 'metric'\?"):
        record.scores(metrik="uar")
    with pytest.raises(emobench.UsageError, match=r"no metric named 'uarr'\. Did you mean 'uar'\?"):
        record.scores(metric="uarr")
    with pytest.raises(emobench.UsageError, match=r"no split named 'tests'\. Did you mean 'test'\?"):
        record.predictions(split="tests")


def test_a_value_of_another_type_is_told():
    """A text where numbers are, and several values, are wrong usage, and each is told what to write."""
    record = emobench.read_record(next(path for path in FILES if "layerwise" in path.parts))
    with pytest.raises(emobench.UsageError, match=r"no fold '0': it is int, not str\.\nWrite fold=0"):
        record.scores(fold="0")
    for several in (["uar"], np.array(["uar", "recall"]), {"uar": 1}):
        with pytest.raises(emobench.UsageError, match=r"metric takes one value\.\nfound: .*\nSeveral.*isin"):
            record.scores(metric=several)
    assert len(record.scores(fold=np.int64(0))) == len(record.scores(fold=0))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_predictions_are_the_table_beside_it(file):
    """Every row and column of the Parquet file, texts as texts."""
    table = pq.read_table(file.with_suffix(".parquet"))
    found = emobench.read_record(file).predictions()
    assert list(found.columns) == table.column_names
    for name in table.column_names:
        assert [plain(value) for value in found[name]] == [plain(value) for value in table[name].to_pylist()]


def test_scores_follow_from_predictions():
    """Recall of a class, counted from the table by hand, is the score; truth and prediction can be held together."""
    record = emobench.read_record(next(path for path in FILES if "layerwise" in path.parts))
    chosen = record.choices(chosen=True)[["fold", "layer", "strength"]]
    table = record.predictions(split="test", view="all").merge(chosen)
    hit = (table["truth"] == table["prediction"]).groupby(table["truth"]).mean()
    (told,) = record.scores(metric="uar", view="all", fold=None, layer=None)["value"]
    assert len(table) == table["clip"].nunique()
    assert hit.mean() == pytest.approx(told, abs=1e-5)


def test_records_of_a_folder():
    """All records below a folder, and nothing else that ends in .json; a folder without any is told."""
    found = emobench.read_records(BOARDS / "layerwise")
    assert [one.path for one in found] == sorted((BOARDS / "layerwise").rglob("records/*/*/*.json"))
    with pytest.raises(emobench.DataError, match=r"no files <key12>\.json"):
        emobench.read_records(Path.cwd())
    with pytest.raises(emobench.DataError, match="no such folder"):
        emobench.read_records("absent")
    with pytest.raises(emobench.DataError, match=r"it is a file\nemobench\.read_record reads one"):
        emobench.read_records(FILES[0])


def test_a_changed_record_is_refused(tmp_path):
    """Digests are verified when a record is read, and its table's when that is read."""
    changed = tmp_path / FILES[0].name
    changed.write_text(FILES[0].read_text().replace('"precision":"fp32"', '"precision":"bf16"'))
    with pytest.raises(emobench.DataError, match="was changed"):
        emobench.read_record(changed)
    changed.write_text(FILES[0].read_text())
    changed.with_suffix(".parquet").write_bytes(FILES[1].with_suffix(".parquet").read_bytes())
    with pytest.raises(emobench.CheckError, match="does not hold what was predicted"):
        emobench.read_record(changed).predictions()
    changed.with_suffix(".parquet").unlink()
    with pytest.raises(emobench.DataError, match="cannot be read"):
        emobench.read_record(changed).predictions()


def test_a_record_shows_itself_safely(tmp_path):
    """One line with the headline; markup and control characters of a stranger's record are escaped."""
    record = emobench.read_record(FILES[0])
    assert str(record).startswith(
        "logmel: cross_domain, emotion on ravdess-speech and ravdess-song: uar .553, 95 % over"
    )
    assert record.key[:12] in str(record)
    assert "Score(" not in repr(record)
    sealed, evil = record.sealed, "<script>x\n\x1b[31m"
    bad = make_record(
        asked={**sealed.asked, "backbone": evil}, used=sealed.used, spent=sealed.spent, where=sealed.where,
        found=sealed.found.model_copy(update={"notes": (evil,)}), predictions_digest=sealed.predictions_digest,
    )  # fmt: skip
    (tmp_path / "bad.json").write_bytes(record_bytes(bad))
    shown = emobench.read_record(tmp_path / "bad.json")
    assert str(shown).isprintable()
    assert "\x1b" not in shown._repr_html_()
    assert "<script" not in shown._repr_html_()
