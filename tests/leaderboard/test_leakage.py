"""Is what a model may have met before its test told from the record alone?"""

import subprocess
import sys

import pytest
from bias_record_toys import bias_record
from hypothesis import given
from hypothesis import strategies as st
from record_toys import SONG, SPEECH, pair_record

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.leaderboard.leakage import leakage_of


def known(record, *, corpora, corpus="RAVDESS", **card):
    """The record with what its cards declare."""
    used = dict(record.used)
    used["backbone"] = {**used["backbone"], "card": {**used["backbone"]["card"], "corpora": corpora, **card}}
    used["datasets"] = {
        name: {**data, "card": {**data["card"], "corpus": corpus}} for name, data in used["datasets"].items()
    }
    return record.model_copy(update={"used": used})


@pytest.mark.parametrize(
    ("corpora", "verdict"),
    [
        (("LibriSpeech", "Libri-Light"), "unseen"),
        (("LibriSpeech", "ravdess"), "seen"),
        (("RAVDESS (speech only)",), "seen"),
        (("ravdess-song",), "seen"),
        (("RAVDESSO",), "unseen"),
        ((), "untrained"),
        (None, "not declared"),
    ],
)
def test_the_card_decides_whether_the_corpus_was_seen(corpora, verdict):
    """A corpus among those declared is seen, in whatever case or company; nothing declared clears nobody."""
    found = leakage_of(known(pair_record(), corpora=corpora))
    assert found.verdict == verdict
    assert found.clean == (verdict in ("unseen", "untrained"))
    assert found.why.endswith(".")


def test_older_records_are_not_declared_unless_nothing_was_trained():
    """Records from before the cards named corpora are not cleared; random models are untrained all the same."""
    assert leakage_of(pair_record()).verdict == "not declared"
    assert leakage_of(pair_record("hubert-base@random")).verdict == "untrained"
    assert leakage_of(known(pair_record(), corpora=("LibriSpeech",), corpus=None)).verdict == "not declared"


def test_a_pair_whose_people_change_folds_overlaps():
    """Somebody in one fold of the source and another of the target is named, whatever the model had heard."""
    record = known(pair_record(), corpora=("LibriSpeech",))
    data = {name: dict(facts) for name, facts in record.used["datasets"].items()}
    data[SPEECH]["groups"] = {"01": {"fold": 0}, "02": {"fold": 1}, "speech: 9": {"fold": 2}}
    data[SONG]["groups"] = {"01": {"fold": 0}, "02": {"fold": 1}, "song: 9": {"fold": 0}}
    apart = record.model_copy(update={"used": {**record.used, "datasets": data}})
    assert leakage_of(apart).verdict == "unseen"
    data[SONG]["groups"] = {"01": {"fold": 0}, "02": {"fold": 2}}
    found = leakage_of(record.model_copy(update={"used": {**record.used, "datasets": data}}))
    assert found.verdict == "people overlap"
    assert "02" in found.why
    assert "01" not in found.why


@pytest.mark.parametrize("split", [{}, {"group_disjoint": False}, {"group_disjoint": "yes"}])
def test_a_split_that_does_not_say_so_is_not_disjoint(split):
    """Only a record that says that groups are disjoint is believed to say it."""
    record = known(pair_record(used={"split": split}), corpora=())
    assert leakage_of(record).verdict == "people overlap"


def test_where_nothing_is_trained_no_folds_are_needed():
    """A record of `fad_bias` has no split, and is judged by what its model had heard."""
    found = leakage_of(known(bias_record(), corpora=("RAVDESS",)))
    assert found.verdict == "seen"
    assert "Nothing is trained" in found.why


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3))
def test_declaring_the_corpus_itself_is_always_seen(corpus, others):
    """Any name with a letter or digit that is declared word for word is found."""
    if any(mark.isalnum() for mark in corpus):
        record = known(pair_record(methods=("frozen",)), corpora=(*others, corpus), corpus=corpus)
        assert leakage_of(record).verdict == "seen"


def test_every_built_in_says_what_it_has_heard_or_that_nobody_says():
    """Models that learned nothing declare no corpora; RAVDESS is among nobody's; the datasets know their corpus."""
    catalog = build_catalog(*discover())
    cards = {name: offer.what.card for name, offer in catalog.backbones.items()}
    assert {card.corpora for card in cards.values() if card.pretrained_on == "nothing"} == {()}
    assert all(card.corpora != () for card in cards.values() if card.pretrained_on != "nothing")
    assert cards["wav2vec2-base"].corpora == ("LibriSpeech",)
    assert catalog.backbone("wav2vec2-base@random").what.card.corpora == ()
    assert "corpora" not in cards["wav2vec2-base"].numeric()
    assert {catalog.datasets[name].what.card.corpus for name in (SPEECH, SONG)} == {"RAVDESS"}


def test_no_torch():
    """The verdict of a record costs no import of torch."""
    code = "import sys, emobench.leaderboard.leakage; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
