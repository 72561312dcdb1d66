"""Which laws does every dataset keep, a stranger's too, and which of them does this one break?"""

from collections.abc import Iterator, Mapping
from textwrap import shorten

from emobench.domain.names import on_one_line
from emobench.testing.asking import asked_in_order
from emobench.testing.card_words import licence_fault, placeholder_in, source_fault
from emobench.testing.dataset.clip_laws import (
    classes_used,
    expected_clips,
    files_below_root,
    fingerprint_stable,
    folds_work,
    groups_meaningful,
    labels_in_space,
    lists_clips,
    stable_ids,
    unique_ids,
)
from emobench.testing.dataset.corpus_audio_laws import audio_readable, generated, sample_rate, segments_inside
from emobench.testing.dataset.subject import DatasetSubject, DatasetTrial
from emobench.testing.laws import Answer, Law, Verdict, broken, kept

SHOWN = 80  # characters of a citation
# Words that anybody's people could be called: two datasets with the same word would share people.
ANYBODY = frozenset({"people", "persons", "speakers", "singers", "actors", "songs", "default", "all"})


def licence_named(trial: DatasetTrial) -> Answer:
    """The card's licence is an SPDX expression, or names terms of their own by URL, LicenseRef or title in quotes."""
    licence = trial.card.licence
    fault = licence_fault(licence)
    return broken(fault) if fault else kept(on_one_line(licence))


def citation_named(trial: DatasetTrial) -> Answer:
    """The card's citation has a URL, or an author and a year."""
    fault = source_fault(trial.card.citation)
    return broken(fault) if fault else kept(on_one_line(shorten(trial.card.citation, SHOWN, placeholder="...")))


def people_namespace(trial: DatasetTrial) -> Answer:
    """The card's people have a name of their own, which only datasets with the same people share."""
    people = trial.card.people.strip()
    if not people:
        return broken("it is empty: datasets without a name for their people would share them")
    if people.lower() in ANYBODY or placeholder_in(people):
        return broken(f"{people!r} could be anybody's people: take the name of the corpus")
    return kept(on_one_line(people))


DATASET_LAWS: tuple[Law[DatasetTrial], ...] = (
    licence_named,
    citation_named,
    people_namespace,
    lists_clips,
    expected_clips,
    unique_ids,
    stable_ids,
    files_below_root,
    fingerprint_stable,
    labels_in_space,
    classes_used,
    groups_meaningful,
    folds_work,
    audio_readable,
    sample_rate,
    segments_inside,
    generated,
)
# What a law takes for granted: it is not asked where one of these does not hold.
RESTS_ON: Mapping[Law[DatasetTrial], tuple[Law[DatasetTrial], ...]] = {
    expected_clips: (lists_clips,),
    unique_ids: (lists_clips,),
    stable_ids: (unique_ids,),
    files_below_root: (stable_ids,),
    fingerprint_stable: (files_below_root,),
    labels_in_space: (lists_clips,),
    classes_used: (labels_in_space,),
    groups_meaningful: (labels_in_space,),
    folds_work: (classes_used, groups_meaningful),
    audio_readable: (lists_clips,),
    sample_rate: (audio_readable,),
    segments_inside: (audio_readable,),
}


def check_dataset(subject: DatasetSubject) -> Iterator[Verdict]:
    """One verdict per law, in the order of `DATASET_LAWS`, each when it is asked for.

    A law that rests on one that does not hold is not asked; nothing that the plugin's code raises comes through.
    """
    return asked_in_order(DATASET_LAWS, RESTS_ON, DatasetTrial(subject))
