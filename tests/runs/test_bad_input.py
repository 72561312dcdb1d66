"""Is every mistake of a user answered before anything is computed, and with what to do?"""

import shutil

import numpy as np
import pytest
import soundfile

from emobench.catalog.contracts import Dataset
from emobench.domain.errors import DataError, UsageError
from emobench.testing.toys import CORPUS, toy_backbone, toy_catalog, toy_clips


@pytest.fixture
def own_corpus(bench, tmp_path):
    """A copy of the toy corpus that a test may harm."""
    bench.corpus = shutil.copytree(bench.corpus, tmp_path / "corpus")
    return bench.corpus


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ({"backbones": ("toy-modl",)}, "Did you mean 'toy-model'?"),
        ({"datasets": ("toy-corpse",)}, "Did you mean 'toy-corpus'?"),
        ({"options": {"layerwise.attributes": "emotions"}}, "Did you mean 'emotion'?"),
        ({"folds": (3,)}, "Its folds are 0 to 2."),
        ({"options": {"probe.c": "big"}}, "'big'"),
    ],
)
def test_unknown_names_and_values(bench, spec, hint):
    """A name, fold or value that does not exist ends with exit code 2 and a near miss or the known ones."""
    with pytest.raises(UsageError) as caught:
        bench.plan(**spec)
    assert hint in str(caught.value)
    assert bench.heard == []


def test_a_path_for_a_name_that_plays_no_part(bench):
    """--data or --weights for another name than those of the run is a typing mistake, not ignored."""
    with pytest.raises(UsageError, match="'toy-corpsu' is not part of this run"):
        bench.plan(where=bench.where(data={"toy-corpus": bench.corpus, "toy-corpsu": bench.corpus}))


def test_a_dataset_that_nobody_placed(bench):
    """Without a folder the error says where it was looked for and exits with 3."""
    with pytest.raises(DataError, match="--data toy-corpus=DIR") as caught:
        bench.plan(where=bench.where(data={}))
    assert caught.value.exit_code == 3


def test_an_empty_folder(bench, tmp_path):
    """A folder without clips is named."""
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match="has no clips"):
        bench.plan(where=bench.where(data={"toy-corpus": tmp_path / "nothing"}))


def harm(corpus):
    """Three kinds of broken audio; returns the ids."""
    (corpus / "p0-calm-0.wav").write_bytes(b"")
    (corpus / "p1-happy-2.wav").write_bytes(b"this is no audio at all")
    whole = (corpus / "p2-angry-1.wav").read_bytes()
    (corpus / "p2-angry-1.wav").write_bytes(whole[: len(whole) // 2])
    return {"p0-calm-0", "p1-happy-2", "p2-angry-1"}


def test_bad_audio_is_found_before_computing_and_all_of_it_listed(bench, own_corpus):
    """Empty, unreadable and truncated files are all named at once, before a model hears anything."""
    bad = harm(own_corpus)
    with pytest.raises(DataError) as caught:
        bench.run()
    assert all(name in str(caught.value) for name in bad)
    assert "on_bad_audio=exclude" in str(caught.value)
    assert bench.heard == []


def test_exclusion_goes_on_and_is_recorded(bench, own_corpus):
    """With on_bad_audio=exclude the run goes on and the record names every excluded clip, without error texts."""
    bad = harm(own_corpus)
    ((path, record),) = bench.run(options={"reading.on_bad_audio": "exclude"}).records
    assert set(record.used["dataset"]["excluded"]) == bad
    assert record.used["dataset"]["clips"] == 108 - 3
    assert str(own_corpus) not in path.read_text()


def test_audio_shorter_than_the_model_needs(bench, own_corpus):
    """A clip below the card's min_seconds is refused by name, not padded in silence."""
    soundfile.write(own_corpus / "p0-calm-0.wav", np.zeros(160), 16_000)
    with pytest.raises(DataError, match=r"p0-calm-0\.wav: .*0\.010 s"):
        bench.plan()


def relabelled(change):
    """The toy corpus with changed clips."""
    return toy_catalog(toy_backbone(), dataset=Dataset(CORPUS, clips=lambda root: [change(c) for c in toy_clips(root)]))


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda clip: clip.model_copy(update={"id": "same"}), "two clips 'same'"),
        (lambda clip: clip.model_copy(update={"labels": {"emotion": "bored"}}), "outside the label space"),
        (lambda clip: clip.model_copy(update={"labels": {}}), "no label for 'emotion'"),
        (lambda clip: clip.model_copy(update={"group": "p0"}), "folds"),
        (lambda clip: clip.model_copy(update={"labels": {"emotion": "calm"}}), "angry"),
    ],
    ids=["twin ids", "label outside", "label missing", "fewer groups than folds", "class missing from training"],
)
def test_corpora_that_cannot_be_split_or_learned(bench, change, hint):
    """Twin ids, labels outside the space, too few groups and classes without training clips are errors of data."""
    bench.catalog = relabelled(change)
    with pytest.raises(DataError) as caught:
        bench.run()
    assert hint in str(caught.value)
