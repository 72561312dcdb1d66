"""Is every mistake of a user answered before anything is computed, and with what to do?"""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from emobench.catalog.catalog import Offer
from emobench.catalog.contracts import Dataset
from emobench.domain.errors import DataError, EmobenchError, UsageError
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


def test_weights_for_a_model_that_has_none(bench, tmp_path):
    """--weights for a backbone without weights is refused: it would change a key and nothing else."""
    with pytest.raises(UsageError, match="takes no weights"):
        bench.plan(where=bench.where(weights={"toy-model": tmp_path}))


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
    """A clip below half of the card's min_seconds is refused by name; from half on it is padded and takes part."""
    soundfile.write(own_corpus / "p0-calm-0.wav", np.linspace(-0.1, 0.1, 160), 16_000)
    with pytest.raises(DataError, match=r"p0-calm-0\.wav: lasts 0\.0100 s, .*'toy-model'"):
        bench.plan()
    soundfile.write(own_corpus / "p0-calm-0.wav", np.linspace(-0.1, 0.1, 200), 16_000)
    plan, _ = bench.plan()
    assert "p0-calm-0" in [planned.clip.id for planned in plan.datasets["toy-corpus"].clips]


def relabelled(change, heard=lambda _: None):
    """The toy corpus with changed clips."""
    return toy_catalog(
        toy_backbone(heard), dataset=Dataset(CORPUS, clips=lambda root: [change(c) for c in toy_clips(root)])
    )


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda clip: clip.model_copy(update={"id": "same"}), "two clips 'same'"),
        (lambda clip: clip.model_copy(update={"labels": {"emotion": "bored"}}), "outside the label space"),
        (lambda clip: clip.model_copy(update={"labels": {}}), "no label for 'emotion'"),
        (lambda clip: clip.model_copy(update={"labels": {"emotion": "calm", "arousal": 7}}), "label space: -1 to 1"),
        (lambda clip: clip.model_copy(update={"group": "p0"}), "folds"),
        (lambda clip: clip.model_copy(update={"labels": {"emotion": "calm"}}), "angry"),
    ],
    ids=[
        "twin ids",
        "label outside",
        "label missing",
        "number outside",
        "fewer groups than folds",
        "class missing from training",
    ],
)
def test_corpora_that_cannot_be_split_or_learned(bench, change, hint):
    """Twin ids, labels outside the space, too few groups, classes without training clips: found before any pass."""
    heard = bench.heard
    bench.catalog = relabelled(change, heard.append)
    with pytest.raises(DataError) as caught:
        bench.plan(options={"layerwise.attributes": ["emotion", "arousal"]})
    assert hint in str(caught.value)
    assert heard == []


def test_a_half_complete_folder(bench, own_corpus):
    """Fewer clips than the card expects are refused with both numbers and the place."""
    for path in own_corpus.glob("p3-*.wav"):
        path.unlink()
    with pytest.raises(DataError, match="96 of 108 clips") as caught:
        bench.plan()
    assert str(own_corpus) in str(caught.value)


def test_a_plugin_that_cannot_list_its_clips(bench):
    """An exception of a stranger's reader is told with the plugin's name, not as a traceback."""

    def fails(root):
        raise KeyError("speaker")

    bench.catalog = toy_catalog(toy_backbone(), dataset=Dataset(CORPUS, clips=fails))
    with pytest.raises(EmobenchError, match=r"toys 1\.0.* fails to list its clips.\nKeyError"):
        bench.plan()


def test_many_bad_files_stay_readable(bench, own_corpus):
    """Twenty files are named, the number of the others, and the command that names all."""
    bad = harm(own_corpus)
    for number in range(3, 9):
        for path in own_corpus.glob(f"p{number}-*.wav"):
            path.write_bytes(b"")
            bad.add(path.stem)
    with pytest.raises(DataError) as caught:
        bench.plan()
    assert f"{len(bad)} of 108 clips cannot be used" in str(caught.value)
    named = [line for line in caught.value.found.splitlines() if ".wav: " in line]
    assert len(named) == 20
    assert caught.value.found.endswith(f"and {len(bad) - 20} more: `emobench data audit toy-corpus --json` lists all")


def two_corpora(bench, tmp_path):
    """Two corpora of a user's own and their folders, by name, for a run of both."""
    folders = {name: shutil.copytree(bench.corpus, tmp_path / name) for name in ("corpus-one", "corpus-two")}
    datasets = [Dataset(CORPUS.model_copy(update={"name": name}), clips=toy_clips) for name in folders]
    bench.catalog = replace(
        bench.catalog,
        datasets={made.card.name: Offer(made, bench.catalog.datasets["toy-corpus"].owner) for made in datasets},
    )
    return folders


def test_bad_files_of_all_datasets_are_told_at_once(bench, tmp_path):
    """Every offender of every dataset stands in one answer, with what to do about each."""
    folders = two_corpora(bench, tmp_path)
    bad = {folder / f"{name}.wav" for folder in folders.values() for name in harm(folder)}
    with pytest.raises(DataError) as caught:
        bench.plan(where=bench.where(data=folders), datasets=tuple(folders))
    told = str(caught.value)
    assert all(f"{path}: " in told for path in bad)
    assert all(f"dataset '{name}': 3 of 108 clips cannot be used" in told for name in folders)
    assert told.count("on_bad_audio=exclude") == 2
    assert caught.value.exit_code == 3


def test_different_faults_of_all_datasets_are_told_at_once(bench, tmp_path):
    """A corpus that is half complete does not hide the bad audio of another one."""
    folders = two_corpora(bench, tmp_path)
    bad = harm(folders["corpus-two"])
    for path in folders["corpus-one"].glob("p3-*.wav"):
        path.unlink()
    with pytest.raises(DataError) as caught:
        bench.plan(where=bench.where(data=folders), datasets=tuple(folders))
    assert "'corpus-one' is half complete" in str(caught.value)
    assert all(f"{name}.wav: " in str(caught.value) for name in bad)
    assert bench.heard == []


def test_mixed_groups_have_no_sex(bench):
    """A group of both sexes is neither female nor male: by-sex rows leave it out."""
    mixed = relabelled(lambda clip: clip.model_copy(update={"sex": "male" if clip.id.endswith("0") else "female"}))
    bench.catalog = mixed
    ((_, record),) = bench.run().records
    assert {facts["sex"] for facts in record.used["dataset"]["groups"].values()} == {None}
    assert not [row for row in record.found.scores if row.view in ("female", "male")]
