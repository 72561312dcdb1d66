"""Is a broken dataset caught by the law that is meant for it, and a good one by none?"""

import itertools
import os

import pytest
from broken_datasets import CAUGHT_BY, EMOTIONS, GOOD, Fault, changed, first_only, made, numbered, read
from law_verdicts import broken_by, one_each, unasked_by

from emobench.catalog.contracts import Dataset
from emobench.datasets import ravdess, synthetic
from emobench.domain.cards import Attribute
from emobench.testing.card_words import licence_fault, source_fault
from emobench.testing.dataset.laws import DATASET_LAWS, check_dataset
from emobench.testing.dataset.reversed_folders import reversed_folders
from emobench.testing.dataset.subject import DatasetSubject
from emobench.testing.laws import name_of


def verdicts(fault, root):
    """All verdicts on a dataset that differs from the good one."""
    return list(check_dataset(DatasetSubject(fault.dataset(root), root)))


@pytest.mark.parametrize("law", CAUGHT_BY)
def test_each_law_catches_what_no_other_law_does(law, tmp_path):
    """For each law there is a bad dataset that breaks it and no other, and every law has its verdict all the same."""
    said = verdicts(CAUGHT_BY[law], tmp_path)
    assert set(broken_by(said)) == {law}
    assert one_each(said, DATASET_LAWS)


def test_no_law_is_without_its_bad_dataset():
    """Every law stands in the table of bad datasets, in the order of the laws."""
    assert list(CAUGHT_BY) == [name_of(law) for law in DATASET_LAWS]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(clips=lambda root: (clip for clip in read(root))),
        Fault({"folds": (("p0",), ("p1",), ("p2", "p3"))}),
        Fault({"sample_rate": 48_000}),
        Fault({"attributes": GOOD.attributes[1:]}),
        Fault({"group_is": "song"}, clips=changed(lambda path: {"group": path.stem})),
        Fault({"generated": True}, generate=made(itertools.repeat(1))),
    ],
    ids=["plain", "generator", "fixed folds", "derived copy", "dimensions", "songs", "generated"],
)
def test_a_good_dataset_breaks_no_law(fault, tmp_path):
    """A tidy corpus keeps all laws; only one that is not generated is not asked how it is made."""
    said = verdicts(fault, tmp_path)
    assert broken_by(said) == {}
    assert set(unasked_by(said)) == (set() if fault.generate else {"generated"})


@pytest.mark.parametrize(
    ("fault", "law", "words"),
    [
        (Fault(clips=lambda _: None), "lists_clips", "gives NoneType"),
        (Fault(clips=lambda _: []), "lists_clips", "no clips"),
        (Fault(clips=lambda _: 1 // 0), "lists_clips", "ZeroDivisionError"),
        (Fault(clips=lambda _: exit(3)), "lists_clips", "SystemExit: 3"),  # noqa: PLR1722 - what a script would do
        (Fault(clips=numbered), "fingerprint_stable", "in a second listing: another file of"),
        (Fault(clips=first_only({"labels": {"emotion": "calm"}})), "labels_in_space", "no label for 'arousal'"),
        (
            Fault(clips=first_only({"labels": {"emotion": "calm", "arousal": 1.5}})),
            "labels_in_space", "arousal = 1.5 is not from 0 to 1: 'p0-calm-0'",
        ),
        (
            Fault(clips=first_only({"labels": {"emotion": 0.0, "arousal": 1.0}})),
            "labels_in_space", "emotion = 0.0 is no class",
        ),
        (Fault(clips=changed(lambda _: {"group": "all"})), "groups_meaningful", "one group for all clips"),
        (
            Fault(clips=changed(lambda path: {"group": path.stem.split("-")[1]})),
            "groups_meaningful", "a group for each emotion: 'angry'",
        ),
        (Fault({"folds": 5}), "folds_work", "4 groups for 5 folds"),
        (Fault({"folds": (("p0",), ("p1",), ("p2",))}), "folds_work", "in no fold: 'p3'"),
        (Fault({"folds": (("p0",), ("p1", "p0"), ("p2", "p3"))}), "folds_work", "both sides"),
        (Fault(spoil=lambda root: min(root.rglob("*.wav")).write_bytes(b"")), "audio_readable", "is empty"),
        (Fault(clips=first_only({"start_seconds": 0.05, "end_seconds": 0.05})), "segments_inside", "holds no samples"),
        (Fault({"generated": True}), "generated", "there is no generate(root)"),
        (Fault(generate=made(itertools.repeat(1))), "generated", "its card does not say so"),
        (Fault({"generated": True}, generate=lambda _: None), "generated", "leaves the folder empty"),
    ],
)  # fmt: skip
def test_a_finding_says_what_was_found(fault, law, words, tmp_path):
    """A finding names the clips, groups or values that break the law, or tells what was raised; no other law breaks."""
    said = verdicts(fault, tmp_path)
    assert set(broken_by(said)) == {law}
    assert words in broken_by(said)[law].found
    assert str(tmp_path) not in broken_by(said)[law].found
    assert one_each(said, DATASET_LAWS)


def test_two_folds_that_hold_all_of_a_class_do_not_work(tmp_path):
    """A class that only the people of two folds express could not be learned without them: `folds_work` says so."""

    def clips(root):
        return [clip for clip in read(root) if clip.labels["emotion"] == "calm" or clip.group in ("p0", "p1")]

    said = verdicts(Fault({"expected_clips": 12}, clips=clips), tmp_path)
    assert set(broken_by(said)) == {"folds_work"}
    assert "no clip of 'angry'" in broken_by(said)["folds_work"].found


def test_without_a_folder_only_the_card_is_judged():
    """A corpus that is not at hand has its card judged, and is told how to bring the rest."""
    said = list(check_dataset(DatasetSubject(Dataset(GOOD, clips=read), None)))
    assert [verdict.law for verdict in said if verdict.holds] == ["licence_named", "citation_named", "people_namespace"]
    assert broken_by(said) == {}
    assert "--data good=DIR" in unasked_by(said)["lists_clips"]
    assert one_each(said, DATASET_LAWS)


def test_a_folder_that_is_missing_breaks_listing_only(tmp_path):
    """Where the folder does not exist, the listing is empty or fails, and what rests on it is not asked."""
    said = list(check_dataset(DatasetSubject(Dataset(GOOD, clips=read), tmp_path / "nowhere")))
    assert set(broken_by(said)) == {"lists_clips"}
    assert len(unasked_by(said)) == len(DATASET_LAWS) - 4


def test_verdicts_come_one_by_one(tmp_path):
    """A law is asked when its verdict is wanted: the card is judged before anything is listed."""
    coming = check_dataset(DatasetSubject(Dataset(GOOD, clips=lambda _: 1 // 0), tmp_path))
    assert [next(coming).holds for _ in range(4)] == [True, True, True, False]


def test_a_hostile_reader_cannot_write_into_the_report(tmp_path):
    """Control characters in ids, labels and errors are escaped."""
    bad = Fault(clips=first_only({"id": "a\x1b[31m\nb", "labels": {"emotion": "\x1b]0;x", "arousal": 0.0}}))
    assert one_each(verdicts(bad, tmp_path), DATASET_LAWS)


@pytest.mark.parametrize("dataset", [*synthetic.emobench_datasets()], ids=lambda dataset: dataset.card.name)
def test_the_synthetic_pair_keeps_all_laws(dataset, generated_pair):
    """What is generated holds every law, being made the same twice among them."""
    root = generated_pair / f"{dataset.card.name}-v{dataset.card.version}"
    said = list(check_dataset(DatasetSubject(dataset, root)))
    assert [verdict.law for verdict in said if not verdict.holds] == []


@pytest.mark.shared
@pytest.mark.parametrize("dataset", [*ravdess.emobench_datasets()], ids=lambda dataset: dataset.card.name)
def test_ravdess_keeps_all_laws(dataset, shared_data):
    """The copy of RAVDESS at hand holds every law that is asked of a corpus that nobody generates."""
    said = list(check_dataset(DatasetSubject(dataset, shared_data / "ravdess")))
    assert [verdict.law for verdict in said if not verdict.holds] == ["generated"]
    assert broken_by(said) == {}


def test_ravdess_without_its_audio_keeps_the_laws_of_clips(tmp_path):
    """Empty files with the official names keep all laws but those of audio."""
    for dataset, part in zip(ravdess.emobench_datasets(), ("speech", "song"), strict=True):
        for file in ravdess.official_files(part):
            path = tmp_path / part / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        said = list(check_dataset(DatasetSubject(dataset, tmp_path / part)))
        assert set(broken_by(said)) == {"audio_readable"}


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("CC-BY-4.0", True), ("mit", True), ("Apache-2.0 OR MIT", True), ("CC BY-NC-SA 4.0", True),
        ("LicenseRef-IEMOCAP", True), ("https://sail.usc.edu/iemocap/release.htm", True),
        ("'MSP-Podcast Academic License'", True), ("free", False), ("", False), (" ", False), ("unknown", False),
        ("LicenseRef-TODO", False), ("CC-BY-9.9", False), ("''", False), ("http://", False),
    ],
)  # fmt: skip
def test_a_licence_is_named_or_not(licence, good):
    """SPDX expressions and named terms are licences; placeholders, loose words and empty text are none."""
    assert (licence_fault(licence) == "") == good


@pytest.mark.parametrize(
    ("source", "good"),
    [
        ("Busso et al. 2008", True), ("https://doi.org/10.1234/abc", True), ("Me (2026)", True), ("2008", False),
        ("Busso et al.", False), ("TODO 2026", False), ("Your Name (2026)", False), ("", False), ("call 120085", False),
    ],
)  # fmt: skip
def test_a_source_is_named_or_not(source, good):
    """A source has a URL, or an author and a year, and no placeholder."""
    assert (source_fault(source) == "") == good


def test_folders_are_listed_in_reverse_and_then_as_before(tmp_path):
    """Inside, every way to list a folder gives the reverse of what it gives outside; afterwards all is as it was."""
    for name in "abcdef":
        (tmp_path / name).touch()
    ways = (
        lambda folder: [path.name for path in folder.iterdir()],
        lambda folder: [entry.name for entry in os.scandir(folder)],
        lambda folder: next(os.walk(folder))[2],
    )
    before, scandir = [way(tmp_path) for way in ways], os.scandir
    with reversed_folders():
        assert [way(tmp_path) for way in ways] == [names[::-1] for names in before]
    assert [way(tmp_path) for way in ways] == before
    assert os.scandir is scandir


def test_attributes_are_judged_one_by_one(tmp_path):
    """A class that nobody has is named with its attribute, beside attributes whose classes are all used."""
    unused = Attribute(name="emotion", classes=(*EMOTIONS, "happy", "sad"))
    found = broken_by(verdicts(Fault({"attributes": (unused,)}), tmp_path))["classes_used"].found
    assert found == "no clip of emotion 'happy', 'sad'"
