"""Do tables, files and the overview say what is there, what is missing, and what is only shown?"""

import csv
import io
import json
from pathlib import Path

import pytest
from board_toys import bare_board, place, render
from hypothesis import given
from hypothesis import strategies as st
from record_toys import SONG, SPEECH, pair_record

from emobench.domain.canonical import digest, digest_of_json
from emobench.leaderboard.board import read_board
from emobench.leaderboard.board_tables import overview_of, tables_of
from emobench.leaderboard.flat_files import as_csv, as_json, safe
from emobench.leaderboard.performance import COLUMNS, performance_of
from emobench.leaderboard.ranked_table import facts_of
from emobench.leaderboard.recomputing import pair_predictions
from emobench.leaderboard.standing.eligibility import why_unranked
from emobench.leaderboard.standing.standings import Standings
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.pair_choices import CHOSEN, Key, decide

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"
PAIRS = sorted((BOARDS / "cross_domain" / "records").glob("*/*/*.json"))
HOSTILE = "=<script>alert(1)</script>|\n\u202e`x`" + "y" * 10_000


@pytest.fixture
def board(tmp_path):
    """The board of `cross_domain` without records."""
    return bare_board(tmp_path, "cross_domain")


def test_ranks_are_of_models_alone():
    """On a committed board ranks go from 1 without gaps over models; controls and chance stand between by value."""
    for table in tables_of(BOARDS / "layerwise"):
        values = [row.cells["headline"].value for row in table.rows]
        assert values == sorted(values, reverse=True)
        ranks = [row.cells["rank"].value for row in table.rows if row.cells["rank"].value is not None]
        assert ranks == list(range(1, len(ranks) + 1))
        words = {row.cells["backbone"].value: row.cells["rank"].text for row in table.rows}
        assert words["level-duration"] == "control"
        assert words["chance"] == "chance"


def test_a_copy_below_the_models_rate_has_no_rank(tmp_path):
    """A derived copy of 16 kHz under a model of 24 kHz is shown without a rank; an official one is no matter."""
    record = read_record(PAIRS[0])
    assert why_unranked(PAIRS[0], record) == ""
    backbone = record.used["backbone"]
    faster = {**backbone, "card": {**backbone["card"], "sample_rate": 24_000}}
    lacking = record.model_copy(update={"used": {**record.used, "backbone": faster}})
    assert why_unranked(PAIRS[0], lacking) == "copy of 16 kHz, model of 24 kHz"
    official = {
        name: {**facts, "audio": {**facts["audio"], "kind": "official rate"}}
        for name, facts in record.used["datasets"].items()
    }
    whole = record.model_copy(update={"used": {**record.used, "backbone": faster, "datasets": official}})
    assert why_unranked(PAIRS[0], whole) == ""
    assert why_unranked(tmp_path / "nothing.json", record) == "no predictions"


def test_the_overview_says_what_is_missing(board):
    """A backbone on one of two tables is missing on the other; means are of those that have all."""
    synthetic = ("synthetic-speech", "synthetic-music")
    place(board, pair_record(), pair_record("logmel"), pair_record(datasets=synthetic))
    table = overview_of(board.parent)
    cells = {row.cells["backbone"].value: [row.cells[c.key].text for c in table.columns[1:]] for row in table.rows}
    assert set(cells) == {"byol-s", "logmel"}
    assert cells["logmel"][1] == "missing"
    assert "missing" not in cells["byol-s"]
    whole = overview_of(BOARDS)
    mean = next(column.key for column in whole.columns if column.key.endswith(":mean"))
    for row in whole.rows:
        parts = [row.cells[f"layerwise:emotion-on-{name}"].value for name in (SPEECH, SONG)]
        expected = None if None in parts else sum(parts) / 2
        assert row.cells[mean].value == expected


def test_the_csv_and_the_json_hold_the_same_values():
    """Both have every row of every table, with numbers as the record holds them."""
    folder = BOARDS / "layerwise"
    tables = tables_of(folder)
    lines = list(csv.DictReader(io.StringIO(as_csv(folder, tables).decode())))
    data = json.loads(as_json(folder, read_board(folder), tables))
    rows = [row for table in data["tables"] for row in table["rows"]]
    assert len(lines) == len(rows) == sum(len(table.rows) for table in tables)
    assert {line["metric"] for line in lines} == {"UAR"}
    for line, row in zip(lines, rows, strict=True):
        assert float(line["headline"]) == row["headline"]
        if row["record"] is not None:
            record = read_record(folder / row["record"])
            assert (row["headline"], row["key"]) == (record.found.headline.value, record.key)
            assert row["headline_low"] == record.found.headline.low


def test_nobody_picks_among_entries_of_one_backbone(board):
    """Where a backbone has two entries the overview tells how many and picks none, and their table tells them apart."""
    weights = {"card": {"pretrained_on": "speech", "random": False}, "layers": {}}
    twins = [pair_record(used={"backbone": {**weights, "identity": {"weights": {"digest": d * 64}}}}) for d in "12"]
    place(board, *twins, pair_record("logmel"))
    (column,) = [column for column in overview_of(board.parent).columns if column.key != "backbone"]
    cells = {row.cells["backbone"].value: row.cells[column.key] for row in overview_of(board.parent).rows}
    assert (cells["byol-s"].text, cells["byol-s"].value) == ("2 entries", None)
    assert set(cells["logmel"].files.values()) == {board / "README.md"}
    (table,) = tables_of(board)
    told = {row.cells["backbone"].text: row.cells["weights"].text for row in table.rows if row.record}
    assert told["logmel"] == ""
    assert {told[f"byol-s {twin.key[:8]}"] for twin in twins} == {"1" * 12, "2" * 12}


def test_tables_of_other_data_have_other_headings(board):
    """One question on two identities of its data: two tables, two columns, no two headings alike; alone it has none."""
    place(board, pair_record())
    assert [table.title for table in tables_of(board)] == [f"emotion on {SPEECH} and {SONG}"]
    used = pair_record().used
    other = {name: {**facts, "identity": "f" * 64} for name, facts in used["datasets"].items()}
    place(board, pair_record("logmel", used={"datasets": other}))
    titles = [table.title for table in tables_of(board)]
    assert len(set(titles)) == 2
    assert all(title.startswith(f"emotion on {SPEECH} and {SONG} (data ") for title in titles)
    assert any("f" * 12 in title for title in titles)
    assert {column.title for column in overview_of(board.parent).columns} >= set(titles)


@pytest.mark.parametrize(
    ("ranked", "people", "told"),
    [
        (0, 9, "No rows have ranks."),
        (1, 9, "1 row has a rank; the letters rest on no tests over 9 people."),
        (3, 9, "3 rows have ranks; the letters rest on 3 tests over 9 people."),
        (2, 7, "2 rows have ranks; the letters rest on 1 test over 7 people. Fewer than 8 people"),
        (9, 8, "9 rows have ranks; the letters rest on 9 tests over 8 people. With so few people for so many rows"),
    ],
)
def test_a_table_says_what_its_ranks_rest_on(ranked, people, told):
    """How many rows, tests and people; where no interval or no difference is possible, that there is none."""
    tests = ranked if ranked > 2 else max(0, ranked - 1)
    found = " ".join(facts_of(Standings({}, ranked, people, tests)))
    assert found.startswith(told)
    assert found.count(".") == 1 + ("Fewer" in told) + ("With so few" in told)


@pytest.mark.parametrize("name", ["layerwise", "cross_domain", "fad_bias"])
def test_no_line_of_a_page_says_nothing(name):
    """Every row of every part says something besides its name: chance stands where there is a level of chance."""
    page = (BOARDS / name / "README.md").read_text()
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("|") and "---" not in line]
    assert all(sum(bool(cell.strip()) for cell in row) > 1 for row in rows)
    assert sum("chance" in [cell.strip() for cell in row] for row in rows) == page.count("\n## ")


@given(st.text())
def test_no_text_of_a_csv_is_a_formula(text):
    """What a spreadsheet would run begins with an apostrophe; anything else is as it was."""
    found = safe(text)
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert found in (text, f"'{text}")
    assert safe(-0.5) == -0.5


def test_hostile_names_stay_in_their_cells(board):
    """A text with markup, formulas, newlines, marks of direction and 10,000 letters adds no line and no tag."""
    card = {"pretrained_on": "speech", "random": False}
    place(board, pair_record(used={"backbone": {"card": card, "layers": {}, "identity": {}}}))
    plain = render(board).splitlines()
    path = next((board / "records").glob("*/*/*.json"))
    for old in path.parent.iterdir():
        old.unlink()
    card = {"pretrained_on": HOSTILE, "random": False, "licence": HOSTILE}
    place(board, pair_record(used={"backbone": {"card": card, "layers": {}, "identity": {}}}))
    page = render(board)
    assert len(page.splitlines()) == len(plain)
    assert "<script" not in page.replace("\\<script", "")
    assert "\u202e" not in page
    assert "letters)" in page
    tables = tables_of(board)
    (line,) = [row for row in csv.DictReader(io.StringIO(as_csv(board, tables).decode())) if row["record"]]
    assert line["pretrained_on"] == f"'{HOSTILE}"


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_pairs_answers_are_those_that_choices_give(path):
    """The rows of the chosen methods are what deciding anew from development people picks."""
    record = read_record(path)
    said, _ = decide(pair_predictions(record, read_predictions(path)))
    for answers in performance_of(record, read_predictions(path, COLUMNS)).answers:
        for condition, values in zip(("target_only", "two_stage"), answers.values, strict=True):
            expected = said[Key(CHOSEN, condition, answers.dataset, 1.0)].values
            assert (values == expected).all()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_the_fast_digest_is_the_digest(value):
    """For whatever JSON gives, both ways end in the same digest."""
    read = json.loads(json.dumps(value))
    try:
        expected = digest(read)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            digest_of_json(read)
    else:
        assert digest_of_json(read) == expected


def test_the_fast_digest_refuses_infinity():
    """1e999 is a number of JSON that no record can hold."""
    with pytest.raises(ValueError, match="JSON compliant"):
        digest_of_json(json.loads('{"x": [1e999]}'))
