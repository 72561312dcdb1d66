"""Does a board of `cross_domain` hold what belongs on it, and show it as the records say?"""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from board_toys import bare_board, place, render
from record_toys import METHODS, SONG, SPEECH, pair_record
from typer.testing import CliRunner

from emobench.cli.leaderboard import app
from emobench.domain.errors import CheckError, DataError
from emobench.leaderboard.admission import entries
from emobench.leaderboard.board import read_board
from emobench.views.pair_rows import gain_of, score_of

BOARD = Path(__file__).resolve().parents[2] / "leaderboards" / "cross_domain" / "board.toml"
DEFAULTS = pair_record().asked["options"]
DATA = pair_record().used["datasets"]


@pytest.fixture
def board(tmp_path):
    """The board of `cross_domain` without records."""
    return bare_board(tmp_path, "cross_domain")


def lines_of(page):
    """The rows of all main tables, as lists of cells without padding."""
    parts = [part for part in page.split("\n#") if part.startswith("# ")]
    rows = [line for part in parts for line in part.splitlines() if "](records" in line]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_an_empty_board_says_so(board):
    """Without records there is a page, and it says that there are none."""
    page = render(board)
    assert page.startswith("# Does one domain help the other?\n")
    assert "No records yet." in page
    place(board, pair_record())
    assert "No records yet." not in render(board)


def test_a_row_shows_its_record(board):
    """A row has the headline, the gain, direct, and both directions, each with its interval, as the record has them."""
    record = pair_record(gains={("chosen", SONG): 0.031, ("chosen", SPEECH): -0.012})
    place(board, record)
    (row,) = lines_of(render(board))
    rows = [
        None,
        score_of(record, "two_stage", "chosen", None),
        gain_of(record, "chosen", None),
        score_of(record, "direct", "chosen", None),
        *(find(record, "chosen", target) for target in (SONG, SPEECH) for find in (two_stage, gain_of)),
    ]
    sides = beside(render(board), "Both directions")
    for cell, score in zip([*row[2:5], *sides[1:5]], rows[1:], strict=True):
        numbers = [float(number) for number in re.findall(r"-?\.\d+", cell)]
        assert numbers == pytest.approx([score.value, score.low, score.high], abs=6e-4)
    assert sides[5] == "bottleneck (10/12)"
    used = beside(render(board), "What was used")
    assert "speech" in used
    assert "derived copy" in used


def beside(page, part):
    """The cells of the only row of a part of the only table."""
    (row,) = [line for line in page.split(f"### {part}")[1].split("\n#")[0].splitlines() if "](records" in line]
    return [cell.strip() for cell in row.strip("|").split(" | ")]


def two_stage(record, method, target):
    """The score of two stages."""
    return score_of(record, "two_stage", method, target)


def test_links_lead_to_files(board):
    """Every row links its record and its picture below the board."""
    place(board, pair_record(), pair_record("hf:facebook/wav2vec2-base@random"))
    targets = set(re.findall(r"\]\((records[^)]+)\)", render(board)))
    assert len(targets) == 4
    assert all((board / unquote(target)).is_file() for target in targets)


def test_rows_are_sorted_and_told_to_be_no_ranking(board):
    """The best headline stands first, and the page says that overlapping intervals are no ranking."""
    names = {"logmel": 0.4, "byol-s": 0.6, "level-duration": 0.5}
    place(board, *(pair_record(n, levels={("chosen", t): v for t in (SONG, SPEECH)}) for n, v in names.items()))
    page = render(board)
    rows = lines_of(page)
    assert [named(row) for row in rows] == ["byol-s", "level-duration (control)", "logmel"]
    assert [float(row[2][:4]) for row in rows] == sorted((float(row[2][:4]) for row in rows), reverse=True)
    assert [row[0] for row in rows] == ["no predictions", "control", "no predictions"]
    assert "A rank says no more than its interval" in page


def named(row):
    """The text of the link in the second cell."""
    return re.match(r"\[(.+?)\]", row[1])[1]


def test_controls_stand_in_the_table_as_such(board):
    """Level and duration, random weights, and cards that call themselves random are shown and marked."""
    card = {"pretrained_on": "nothing", "random": True}
    toy = pair_record("hubert-tiny-random", used={"backbone": {"card": card, "layers": {}, "identity": {}}})
    place(board, pair_record(), pair_record("level-duration"), pair_record("byol-s@random"), toy)
    marked = {named(row): row[0] == "control" for row in lines_of(render(board))}
    controls = ("level-duration", "byol-s@random", "hubert-tiny-random")
    assert marked == {"byol-s": False, **{f"{name} (control)": True for name in controls}}
    assert "| chance" in render(board)


def test_another_identity_has_a_table_of_its_own(board):
    """Records share a table only when both datasets are the same clips, labels, people and folds."""
    other = {**DATA, SONG: {**DATA[SONG], "identity": "c" * 64}}
    place(board, pair_record(), pair_record("logmel"), pair_record("logmel", used={"datasets": other}))
    page = render(board)
    assert page.count(f"## emotion on {SPEECH} and {SONG}") == 2
    assert "identities aaaaaaaaaaaa and bbbbbbbbbbbb" in page
    assert "identities aaaaaaaaaaaa and cccccccccccc" in page


def changed(scope, **options):
    return {"options": {**DEFAULTS, scope: {**DEFAULTS[scope], **options}}}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"folds": [0]}, "a first look"),
        ({"limit": 8}, "a first look"),
        ({"seeds": 1}, "1 seeds instead of 3"),
        ({"preset": "quick"}, "preset quick instead of sun-style"),
        ({"preset": None}, "preset none instead of sun-style"),
        ({"datasets": [SPEECH, "synthetic-music"]}, "is not on this board"),
        ({"attribute": "dominance"}, "dominance on ravdess-speech and ravdess-song is not on this board"),
        (changed("reading", level="equal"), "reading.level"),
        (changed("probe", c=[1.0]), "probe.c"),
        (changed("train", epochs=3), "train.epochs"),
        (changed("train", nonsense=3), "train.nonsense"),
    ],
)
def test_what_was_measured_otherwise_is_refused(board, asked, reason):
    """First looks, other seeds, presets, options, pairs and attributes stand on no board."""
    place(board, pair_record(asked=asked))
    with pytest.raises(CheckError) as caught:
        render(board)
    assert reason in str(caught.value)


@pytest.mark.parametrize("protocol", [("cross_domain", 2), ("layerwise", 1)])
def test_another_protocol_is_refused(board, protocol):
    """Records of another task or protocol version stand on no board of this one."""
    name, version = protocol
    place(board, pair_record(used={"protocol": {"name": name, "version": version}}))
    with pytest.raises(CheckError, match="may not stand") as caught:
        entries(board)
    assert f"protocol {name} version {version}" in str(caught.value)


def test_options_of_methods_are_the_presets_matter(board):
    """A scope that only a PEFT method knows is held against nothing but the preset's name."""
    place(board, pair_record(asked={"options": {**DEFAULTS, "lora": {"rank": 8}}}))
    assert len(entries(board)) == 1


def test_questions_stand_in_the_boards_order(board):
    """Pairs in the order of board.toml, and their attributes in its order below each."""
    synthetic = ("synthetic-speech", "synthetic-music")
    place(board, pair_record(datasets=synthetic), pair_record(attribute="valence"), pair_record())
    heads = re.findall("^## (.+)$", render(board), flags=re.MULTILINE)
    assert heads == [
        f"emotion on {SPEECH} and {SONG}", f"valence on {SPEECH} and {SONG}", f"emotion on {' and '.join(synthetic)}",
    ]  # fmt: skip


def test_text_of_records_cannot_draw(board):
    """What a plugin calls its data is escaped in cells."""
    card = {"pretrained_on": "<b>|all|</b>", "random": False}
    place(board, pair_record(used={"backbone": {"card": card, "layers": {}, "identity": {}}}))
    assert r"\<b\>\|all\|\</b\>" in render(board)


def test_without_intervals_there_are_values(board):
    """A record of few people has its values in the table, and no made-up interval."""
    place(board, pair_record(people=4, methods=METHODS[:1]))
    (row,) = lines_of(render(board))
    assert all(re.fullmatch(r"-?\.\d{3}", cell) for cell in row[2:5])


def test_build_renders_every_board(board):
    """`emobench leaderboard build` writes the page of each board below the folder, the empty ones too."""
    other = shutil.copytree(board, board.parent / "another")
    place(board, pair_record())
    result = CliRunner().invoke(app, ["build", str(board.parent)])
    assert result.exit_code == 0
    assert (board / "README.md").read_text("utf-8") == render(board)
    assert "No records yet." in (other / "README.md").read_text("utf-8")


def test_a_task_without_tables_is_told(board):
    """A board of a task that nobody can show is an error of data, not a page without tables."""
    text = (board / "board.toml").read_text("utf-8")
    (board / "board.toml").write_text(text.replace('task = "cross_domain"', 'task = "other"'), "utf-8")
    with pytest.raises(DataError, match="of a task without tables"):
        render(board)


def test_the_committed_board_asks_what_the_protocol_asks():
    """The board's pairs are the real and the synthetic one, with the preset and the seeds of the protocol."""
    found = read_board(BOARD.parent)
    assert found.pairs == ((SPEECH, SONG), ("synthetic-speech", "synthetic-music"))
    assert (found.entry.preset, found.entry.seeds) == ("sun-style", 3)
