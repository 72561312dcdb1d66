"""Does a report say all that a record holds, in one file that asks for nothing?"""

import json
import re

import pytest
from bias_record_toys import bias_record
from page_parts import Parts
from record_toys import pair_record
from resealed import committed, renamed, written

from emobench.domain.errors import DataError
from emobench.pages.report import MARK, report_page
from emobench.pages.report_entries import questions, read_entries

LIMIT = 2_500_000  # bytes of a page with a handful of records


@pytest.fixture(scope="module")
def board():
    """The page of three records of each task on RAVDESS."""
    names = ("byol-s", "level-duration", "logmel")
    paths = [committed(task, name) for task in ("layerwise", "cross_domain", "fad_bias") for name in names]
    return report_page(read_entries(paths))


def test_a_page_has_a_section_a_question_and_a_heading_a_record(board):
    """Three tasks are three sections; the contents lead to each and to every record, and nowhere else."""
    parts = Parts(board)
    ids = [value for _, name, value in parts.values if name == "id"]
    leads = [value[1:] for tag, name, value in parts.values if (tag, name) == ("a", "href") and value != "#main"]
    assert len(ids) == len(set(ids))
    assert set(leads) <= set(ids)
    assert sum(re.fullmatch(r"question-\d", lead) is not None for lead in leads) == 3
    assert sum("record" in lead for lead in leads) == 9


def test_a_page_asks_for_nothing(board):
    """No element loads a file, the policy forbids it, and the page stays small enough to send."""
    parts = Parts(board)
    loads = [(tag, name) for tag, name, _ in parts.values if name in ("src", "srcset", "data", "poster", "action")]
    links = [value for tag, name, value in parts.values if tag == "link" and name == "href"]
    assert loads == []
    assert all(link.startswith("data:") for link in links)
    assert "default-src 'none'" in next(
        value for tag, name, value in parts.values if (tag, name) == ("meta", "content")
    )
    assert len(board.encode()) < LIMIT
    assert MARK in board


def test_every_task_has_its_charts(board):
    """Curves, recalls, confusions, gains, scores, heat maps and distances are there, each with its description."""
    text = "\n".join(Parts(board).texts)
    for title in (
        "UAR of every layer", "Recall of every emotion", "confusions on ravdess-speech", "confusions on ravdess-song",
        "Gains, ravdess-speech to ravdess-song", "Gains, ravdess-song to ravdess-speech", "distances between emotions",
        "The same emotion apart (aligned)", "Emotion bias of every layer (raw)",
    ):  # fmt: skip
        assert title in text


def test_what_was_used_assumed_spent_and_where_is_told():
    """Licence, weights, data, every assumed value, every option, cost and versions stand on the page."""
    path = committed("cross_domain", "byol-s")
    record = json.loads(path.read_text("utf-8"))
    text = " ".join(Parts(report_page(read_entries([path]))).texts)
    used = record["used"]
    for fact in (
        used["backbone"]["card"]["licence"], used["backbone"]["identity"]["weights"]["digest"], record["key"],
        used["datasets"]["ravdess-song"]["card"]["licence"], used["datasets"]["ravdess-song"]["identity"],
        "derived copy", "1012 clips of 23 people, 6 folds", "published at 48000 Hz", used["split"]["digest"],
        *used["assumed"].values(), *used["assumed"], "lora.rank", "train.weight_decay",
        record["where"]["versions"]["torch"], record["where"]["platform"], "training.lora.trainings",
    ):  # fmt: skip
        assert fact[:150] in text, fact


def test_notes_and_what_is_missing_are_said(tmp_path):
    """A record's notes, a first look, a method left out and missing predictions stand above the numbers."""
    record = pair_record(notes=["mind the gap"], left_out={"ia3": "it has no attention"}, asked={"folds": [0]})
    text = " ".join(Parts(report_page(read_entries([written(record, tmp_path)]))).texts)
    for words in (
        "mind the gap",
        "ia3 left out: it has no attention",
        "a first look (--folds)",
        "has no confusion matrix",
    ):
        assert words in text


def test_toys_of_every_task_have_a_page(tmp_path):
    """Records with the least that a record has, few people and fewer labels have a page, too."""
    records = [pair_record(people=5, fractions=(0.5, 1.0)), bias_record(), pair_record(attribute="arousal")]
    paths = [written(record, tmp_path, f"toy-{place}") for place, record in enumerate(records)]
    text = " ".join(Parts(report_page(read_entries(paths))).texts)
    assert "fewer labels" in text


def test_the_same_records_give_the_same_page():
    """A page holds no date and nothing by lot; a record given twice stands there once."""
    path = committed("layerwise", "logmel", dataset="synthetic-speech")
    assert report_page(read_entries([path])) == report_page(read_entries([path, path]))


def test_records_on_other_clips_share_no_table():
    """Another dataset is another question."""
    paths = [committed("layerwise", "byol-s"), committed("layerwise", "byol-s", dataset="ravdess-song")]
    assert [len(question.entries) for question in questions(read_entries(paths))] == [1, 1]


@pytest.mark.parametrize("missing", ["protocol", "groups", "card"])
def test_a_record_without_the_form_of_its_task_is_an_error_about_its_file(tmp_path, missing):
    """A sealed record that lacks a part is refused by name, and not with a traceback."""
    path = renamed(committed("layerwise", "logmel", dataset="synthetic-speech"), tmp_path, {missing: "elsewhere"})
    with pytest.raises(DataError, match="renamed"):
        report_page(read_entries([path]))
