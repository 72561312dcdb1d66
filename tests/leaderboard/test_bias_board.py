"""Does a board of `fad_bias` hold what belongs on it, and describe without ranking?"""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from bias_record_toys import SIX, bias_record
from board_toys import bare_board, place, render

from emobench.domain.errors import CheckError
from emobench.leaderboard.board import read_board
from emobench.views.bias_rows import find, verdict
from emobench.views.pair_cells import p_cell

BOARD = Path(__file__).resolve().parents[2] / "leaderboards" / "fad_bias" / "board.toml"
NAMES = ("ravdess-speech", "ravdess-song")
RECORD = bias_record(names=NAMES, layers=3, scatter=0.01, moved=("sad",))


@pytest.fixture
def board(tmp_path):
    """The board of `fad_bias` without records."""
    return bare_board(tmp_path, "fad_bias")


def cells_of(page):
    """Of every table the main part and that of the emotions, each as rows of cells without padding."""
    found = []
    for table in page.split("\n## ")[1:]:
        main, *others = table.split("\n### ")
        found += [cells_below(main), *(cells_below(part) for part in others if part.startswith("Every emotion"))]
    return found


def cells_below(text):
    """The rows of a part that belong to records."""
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def part_of(page, name):
    """The rows of a part of the first table."""
    return cells_below(page.split(f"\n### {name}")[1].split("\n#")[0])


def named(row):
    """The text of the link that begins a row, without what marks a control."""
    return re.match(r"\[(.+?)( \(control\))?\]", row[0])[1]


def numbers(cell):
    """The numbers of a cell."""
    return [float(part) for part in re.findall(r"-?\d*\.\d+", cell.replace("-.", " -.").replace(")", " "))]


def card(pretrained_on):
    """What a record used of a backbone, for one pretrained on this."""
    return {"backbone": {"card": {"pretrained_on": pretrained_on, "random": False}, "layers": {}, "identity": {}}}


def test_an_empty_board_says_so(board):
    """Without records there is a page, and it says that there are none; with one it does not."""
    page = render(board)
    assert page.startswith("# How far apart are speech and music of the same emotion?\n")
    assert "No records yet." in page
    place(board, RECORD)
    assert "No records yet." not in render(board)


def test_a_row_shows_its_record(board):
    """A row has layers, headline with interval, p, permuted bias, raw bias, match p and both retrievals."""
    place(board, RECORD)
    page, headline = render(board), RECORD.found.headline
    ((row,), _), (beside,) = cells_of(page), part_of(page, "Retrieval")
    assert beside[1] == "3"
    assert numbers(row[1]) == pytest.approx([headline.value, headline.low, headline.high], abs=6e-4)
    rows = [
        find(RECORD, "emotion_bias_null"), find(RECORD, "emotion_bias", geometry="raw"),
        find(RECORD, "retrieval", source=NAMES[0]), find(RECORD, "retrieval", source=NAMES[1]),
    ]  # fmt: skip
    for cell, score in zip((row[3], row[4], *beside[2:4]), rows, strict=True):
        assert numbers(cell)[0] == pytest.approx(score.value, abs=6e-4)
    assert row[2].replace("\\", "") == p_cell(find(RECORD, "emotion_bias"))
    assert numbers(row[5]) == pytest.approx([find(RECORD, "correspondence").p], abs=6e-4)


def test_every_emotion_has_its_distance_and_verdict(board):
    """The second table has a column an emotion: aligned distance with its interval, and whether it is shared."""
    place(board, RECORD)
    page = render(board)
    (_, (row,)) = cells_of(page)
    for name, cell in zip(SIX, row[1:], strict=True):
        assert f" {name} " in page
        score = find(RECORD, "relative_mmd", class_=name)
        assert numbers(cell)[0] == pytest.approx(score.value, abs=6e-4)
        assert cell.endswith(f") {verdict(find(RECORD, 'nearer', class_=name))}")
    assert row[1 + SIX.index("sad")].endswith("not shown")


def test_no_number_decides_the_order(board):
    """Rows are sorted by what a model was pretrained on, then by name, in both tables, and the page says so."""
    order = [("a", "music"), ("c", "music"), ("b", "speech"), ("d", "speech")]
    records = [
        bias_record(name, names=NAMES, layers=1, used=card(data), seed=seed, far=3.0, moved=SIX[:seed])
        for seed, (name, data) in enumerate(order)
    ]
    place(board, *records)
    page = render(board)
    for table in cells_of(page):
        assert [named(row) for row in table] == [name for name, _ in order]
    biases = [record.found.headline.value for record in records]
    assert biases != sorted(biases, reverse=True)
    assert "Nothing here is a ranking" in page
    assert "describes and does not rank" in page


def test_links_lead_to_files(board):
    """Every row links its record in both tables and its pictures, and nothing that does not lie there."""
    place(board, RECORD)
    place(board, bias_record("hf:facebook/wav2vec2-base@random", names=NAMES), endings=(".svg",))
    targets = set(re.findall(r"\]\((records[^)]+)\)", render(board)))
    assert len(targets) == 2 + 3
    assert all((board / unquote(target)).is_file() for target in targets)


def test_controls_stand_in_the_tables_as_such(board):
    """Level and duration, random weights, and cards that call themselves random are shown and marked."""
    toy = {"backbone": {"card": {"pretrained_on": "nothing", "random": True}, "layers": {}, "identity": {}}}
    names = ("byol-s", "level-duration", "byol-s@random")
    place(board, *(bias_record(name, names=NAMES, layers=1) for name in names))
    place(board, bias_record("hubert-tiny-random", names=NAMES, layers=1, used=toy))
    for table in cells_of(render(board)):
        marked = {named(row): "(control)](" in row[0] for row in table}
        assert marked == {"byol-s": False, **dict.fromkeys([*names[1:], "hubert-tiny-random"], True)}


def test_another_identity_has_tables_of_its_own(board):
    """Records share a table only when both datasets are the same clips, labels and people."""
    data = RECORD.used["datasets"]
    other = {**data, NAMES[1]: {**data[NAMES[1]], "identity": "c" * 64}}
    place(
        board, RECORD, bias_record("logmel", names=NAMES), bias_record("logmel", names=NAMES, used={"datasets": other})
    )
    page = render(board)
    assert page.count("## emotion on ravdess-speech and ravdess-song") == 2
    assert "Identities aaaaaaaaaaaa and cccccccccccc" in page
    assert [len(table) for table in cells_of(page)] == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"limit": 8}, "a first look"),
        ({"datasets": ["ravdess-speech", "synthetic-music"]}, "is not on this board"),
        ({"attribute": "valence"}, "valence on ravdess-speech and ravdess-song is not on this board"),
        ({"options": {"reading": {"level": "equal"}}}, "reading.level"),
        ({"options": {"fad_bias": {"people": "all"}}}, "fad_bias.people"),
    ],
)
def test_what_was_measured_otherwise_is_refused(board, asked, reason):
    """First looks, other options, pairs and attributes stand on no board."""
    place(board, bias_record(names=NAMES, layers=1, asked=asked))
    with pytest.raises(CheckError) as caught:
        render(board)
    assert reason in str(caught.value)


def test_text_of_records_cannot_draw(board):
    """What a plugin calls its data or an emotion is escaped in cells and heads."""
    used = card("<b>|all|</b>")
    place(board, bias_record("a|b<i>", names=NAMES, layers=1, emotions=("so|so", "<u>", "sad"), used=used))
    page = render(board)
    assert r"\<b\>\|all\|\</b\>" in page
    assert r"a\|b\<i\>" in page
    assert r" so\|so " in page
    assert r" \<u\> " in page


def test_without_intervals_there_are_values(board):
    """A record of few people has its values in the table, no made-up interval, and no verdict."""
    place(board, bias_record(names=NAMES, people=5, layers=1))
    (row,), (emotions,) = cells_of(render(board))
    assert re.fullmatch(r"\.\d{3}", row[1])
    assert re.fullmatch(r"\.\d{3}", row[4])
    assert all(re.fullmatch(r"-?\d?\.\d{3} not tested", cell) for cell in emotions[1:])


def test_the_committed_board_asks_what_the_protocol_asks():
    """The board's pairs are the real and the synthetic one; it knows neither presets nor seeds."""
    found = read_board(BOARD.parent)
    assert found.pairs == (NAMES, ("synthetic-speech", "synthetic-music"))
    assert (found.task, found.attributes, found.entry.preset, found.entry.seeds) == (
        "fad_bias",
        ("emotion",),
        None,
        None,
    )


def test_the_board_says_what_each_geometry_hides():
    """The page's text names what raw and aligned cannot show, and that singing is not all music."""
    about = " ".join(read_board(BOARD.parent).about.split())
    assert "an offset that all emotions share, or a spread that differs in all of them, cannot show" in about
    assert "which emotions lie towards the other domain as a whole, not which are shared" in about
    assert "Singing is not all music" in about
