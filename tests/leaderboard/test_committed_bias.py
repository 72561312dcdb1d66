"""Do the committed records of `fad_bias` say what their matrices say?"""

from pathlib import Path

import pytest

from emobench.domain.canonical import digest, rounded
from emobench.domain.cards import Attribute
from emobench.leaderboard.admission import entries
from emobench.leaderboard.board import record_files
from emobench.runs.record_parts import pair_circumstances
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.bias_table import from_table
from emobench.tasks.fad_bias_scores import score
from emobench.tasks.predictions import predictions_digest

BOARD = Path(__file__).resolve().parents[2] / "leaderboards" / "fad_bias"
REAL = ("ravdess-speech", "ravdess-song")


def test_the_board_holds_the_models_at_hand():
    """BYOL-S, log-mel, random HuBERTs and the level control stand on the real pair."""
    names = {(record.asked["backbone"], *record.asked["datasets"]) for _, record in entries(BOARD)}
    for backbone in ("byol-s", "logmel", "level-duration", "hubert-tiny-random", "hubert-base@random"):
        assert (backbone, *REAL) in names


@pytest.mark.parametrize("path", record_files(BOARD), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_score_follows_from_the_matrices(path):
    """Reading the matrices back and scoring them gives the same headline, scores, intervals and notes."""
    record, table = read_record(path), read_predictions(path)
    assert path.with_suffix(".svg").is_file()
    assert path.with_suffix(".layers.svg").is_file()
    assert predictions_digest(table) == record.predictions_digest
    distances = from_table(table, Attribute.model_validate(record.used["attribute"]))
    assert list(distances.datasets) == list(record.asked["datasets"])
    assert distances.layers == tuple(layer["name"] for layer in record.used["backbone"]["card"]["layers"])
    found = score(distances, pair_circumstances(record.asked, record.used))
    assert digest(rounded(found.model_dump(mode="json", by_alias=True))) == record.found_digest
