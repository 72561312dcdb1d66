"""Are the committed boards what their records say, and do the scores follow from the predictions beside them?"""

import shutil
from pathlib import Path

import pytest
from board_toys import render

from emobench.domain.canonical import digest, rounded
from emobench.domain.cards import Attribute
from emobench.domain.errors import CheckError, DataError
from emobench.leaderboard.admission import entries
from emobench.leaderboard.board import read_board, record_files
from emobench.leaderboard.board_tables import read_boards
from emobench.leaderboard.files_of_boards import files_of
from emobench.runs.record_parts import dataset_circumstances as circumstances
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.layerwise_scores import score
from emobench.tasks.predictions import from_table, predictions_digest

BOARDS = sorted((Path(__file__).resolve().parents[2] / "leaderboards").glob("*/board.toml"))
LAYERWISE = next(path.parent for path in BOARDS if path.parent.name == "layerwise")


def test_what_is_committed_is_fresh():
    """Pages, CSV and JSON of every board, and the page above them, are what the records give, to the byte."""
    above = BOARDS[0].parent.parent
    files = files_of(above, read_boards([path.parent for path in BOARDS]))
    assert len(files) == 3 * len(BOARDS) + 1
    for path, content in files.items():
        assert path.read_bytes() == content, f"{path.name} of {path.parent.name}: emobench leaderboard build"


def test_the_first_board_holds_the_models_at_hand():
    """BYOL-S, log-mel, the level control and a random HuBERT stand on real speech and real song."""
    names = {(r.asked["backbone"], r.asked["dataset"]) for _, r in entries(LAYERWISE)}
    for backbone in ("byol-s", "logmel", "level-duration", "hubert-tiny-random"):
        assert {(backbone, "ravdess-speech"), (backbone, "ravdess-song")} <= names


@pytest.mark.parametrize("path", record_files(LAYERWISE), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_score_follows_from_the_predictions(path):
    """Reading the predictions back and scoring them gives the same headline, choices, scores and intervals."""
    record, table = read_record(path), read_predictions(path)
    assert path.with_suffix(".svg").is_file()
    assert predictions_digest(table) == record.predictions_digest
    groups = record.used["dataset"]["groups"]
    layers = tuple(layer["name"] for layer in record.used["backbone"]["card"]["layers"])
    attribute = Attribute.model_validate(record.used["attribute"])
    predictions = from_table(table, attribute, layers, {name: facts["fold"] for name, facts in groups.items()})
    sexes = {name: facts["sex"] for name, facts in groups.items()}
    found = score(predictions, sexes, circumstances(record.asked, record.used))
    assert digest(rounded(found.model_dump(mode="json", by_alias=True))) == record.found_digest


@pytest.fixture
def board(tmp_path):
    """A copy of the first board that a test may harm."""
    return shutil.copytree(LAYERWISE, tmp_path / "board")


def test_a_changed_score_is_noticed(board):
    """An edited headline does not render: the record's digest no longer fits."""
    path = record_files(board)[0]
    path.write_text(path.read_text().replace('"headline":{"chance":0.', '"headline":{"chance":0.9', 1))
    with pytest.raises(DataError, match="was changed: its found_digest"):
        render(board)


@pytest.mark.parametrize(
    ("field", "reason"),
    [('task = "layerwise"', "protocol layerwise version 1"), ('"ravdess-song", ', "ravdess-song is not on this board")],
)
def test_what_does_not_belong_is_refused(board, field, reason):
    """Records of another protocol, dataset or attribute never share a board."""
    text = (board / "board.toml").read_text().replace('"ravdess-song"]\n', '"synthetic-speech"]\n')  # of the average
    (board / "board.toml").write_text(text.replace(field, 'task = "other"' if "task" in field else ""))
    with pytest.raises(CheckError) as caught:
        entries(board)
    assert reason in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_board_that_does_not_fit_is_told(tmp_path):
    """A missing, misspelt or broken board.toml is an error of data that names the file."""
    with pytest.raises(DataError, match="no board in"):
        read_board(tmp_path)
    (tmp_path / "board.toml").write_text('name = "x"\nnonsense = 1\n')
    with pytest.raises(DataError, match="does not fit"):
        read_board(tmp_path)
    (tmp_path / "board.toml").write_text("name = ")
    with pytest.raises(DataError, match="is not TOML"):
        read_board(tmp_path)
