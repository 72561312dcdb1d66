"""Do the committed records of `cross_domain` say what their predictions say?"""

from pathlib import Path

import pytest

from emobench.domain.canonical import digest, rounded
from emobench.domain.cards import Attribute
from emobench.leaderboard.admission import entries
from emobench.leaderboard.board import record_files
from emobench.runs.record_parts import pair_circumstances
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.cross_domain_scores import score
from emobench.tasks.pair_table import from_table
from emobench.tasks.predictions import predictions_digest

BOARD = Path(__file__).resolve().parents[2] / "leaderboards" / "cross_domain"


def test_the_board_holds_the_models_at_hand():
    """BYOL-S, log-mel and the level control stand on the real pair, a random HuBERT on the synthetic one."""
    names = {(record.asked["backbone"], *record.asked["datasets"]) for _, record in entries(BOARD)}
    for backbone in ("byol-s", "logmel", "level-duration"):
        assert (backbone, "ravdess-speech", "ravdess-song") in names
    assert ("hubert-tiny-random", "synthetic-speech", "synthetic-music") in names


@pytest.mark.parametrize("path", record_files(BOARD), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_score_follows_from_the_predictions(path):
    """Reading the predictions back and scoring them gives the same headline, choices, scores, gains and intervals."""
    record, table = read_record(path), read_predictions(path)
    assert path.with_suffix(".svg").is_file()
    assert predictions_digest(table) == record.predictions_digest
    used, sides = record.used, tuple(record.asked["datasets"])
    people = {
        name: {group: facts["fold"] for group, facts in used["datasets"][name]["groups"].items()} for name in sides
    }
    layers = [layer["name"] for layer in used["backbone"]["card"]["layers"]]
    methods = {name: used["methods"][name]["trainable"] for name in record.asked["peft"] if name in used["methods"]}
    attribute = Attribute.model_validate(used["attribute"])
    predictions = from_table(table, attribute, used["split"]["folds"], people, sides, methods, layers)
    found = score(predictions, pair_circumstances(record.asked, used))
    assert digest(rounded(found.model_dump(mode="json", by_alias=True))) == record.found_digest


@pytest.mark.parametrize("path", record_files(BOARD), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nobody_is_learned_from_and_tested_on(path):
    """A person whom both datasets have is in the same fold of both."""
    first, second = (facts["groups"] for facts in read_record(path).used["datasets"].values())
    assert all(first[group]["fold"] == second[group]["fold"] for group in first.keys() & second.keys())
