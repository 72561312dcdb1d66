"""Which laws do the clips of a dataset keep? They are the same everywhere, labelled, grouped, and can be split."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from emobench.domain.cards import RECORDINGS, Attribute
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.learning.splits import check_classes, leave_two_out, make_split
from emobench.testing.dataset.subject import DatasetTrial, Listed
from emobench.testing.laws import Answer, broken, kept, some, unasked

SHOWN = 3


def lists_clips(trial: DatasetTrial) -> Answer:
    """`clips(root)` gives at least one clip, and nothing but clips."""
    if trial.subject.root is None:
        missing = "generate(root) did not make the corpus" if trial.card.generated else "the corpus is not at hand"
        return unasked(f"{missing}: --data {trial.card.name}=DIR says where it lies")
    count = len(trial.first)
    return kept(_counted(count, "clip")) if count else broken("no clips")


def expected_clips(trial: DatasetTrial) -> Answer:
    """There are at least as many clips as the card says."""
    found = f"{len(trial.clips):,} of {trial.card.expected_clips:,} clips"
    return kept(found) if len(trial.clips) >= trial.card.expected_clips else broken(found)


def unique_ids(trial: DatasetTrial) -> Answer:
    """No two clips have the same id."""
    twins = [name for name, times in Counter(clip.id for clip in trial.clips).items() if times > 1]
    return broken(f"more than one clip each: {_some(twins)}") if twins else kept(_counted(len(trial.clips), "id"))


def stable_ids(trial: DatasetTrial) -> Answer:
    """The ids are the same in a second listing, in whatever order folders list their files, and at another place."""
    first = Counter(listed.clip.id for listed in trial.first)
    for listing, when in ((trial.again, "in a second listing"), (trial.elsewhere, "at another place")):
        other = Counter(listed.clip.id for listed in listing)
        if other != first:
            return broken(f"{when}, {_exchanged((first - other).keys(), (other - first).keys())}")
    return kept("the same in three listings")


def files_below_root(trial: DatasetTrial) -> Answer:
    """Every clip's file lies below the folder that was given, wherever that is; paths do not follow links out of it."""
    for listing, when in ((trial.first, ""), (trial.elsewhere, " when the corpus lies at another place")):
        outside = [listed.clip.id for listed in listing if listed.place is None]
        if outside:
            return broken(f"paths outside the folder{when}: {_some(outside)}")
    return kept("all files below the folder")


def fingerprint_stable(trial: DatasetTrial) -> Answer:
    """A clip's file, segment, labels, group, sex and words are the same in a second listing and at another place."""
    first = {listed.clip.id: _said_of(listed) for listed in trial.first}
    for listing, when in ((trial.again, "in a second listing"), (trial.elsewhere, "at another place")):
        differing: dict[str, list[str]] = defaultdict(list)
        for listed in listing:
            for field, value in _said_of(listed).items():
                if value != first[listed.clip.id][field]:
                    differing[field].append(listed.clip.id)
        if differing:
            fields = "; ".join(f"another {field} of {_some(names)}" for field, names in differing.items())
            return broken(f"{when}: {fields}")
    return kept("the same in three listings")


def labels_in_space(trial: DatasetTrial) -> Answer:
    """Every clip has a label for each attribute of the card: one of its classes, or a number in its range."""
    faults: dict[str, list[str]] = defaultdict(list)
    for clip in trial.clips:
        for attribute in trial.card.attributes:
            if fault := _label_fault(attribute, clip):
                faults[fault].append(clip.id)
    if faults:
        return broken("; ".join(f"{fault}: {_some(names)}" for fault, names in list(faults.items())[:SHOWN]))
    return kept(", ".join(attribute.name for attribute in trial.card.attributes))


def classes_used(trial: DatasetTrial) -> Answer:
    """Every class of the card has a clip."""
    attributes = [attribute for attribute in trial.card.attributes if attribute.classes]
    if not attributes:
        return kept("no attribute has classes")
    unused = {
        attribute.name: [name for name in attribute.classes if name not in used]
        for attribute in attributes
        for used in [{clip.labels[attribute.name] for clip in trial.clips}]
    }
    lacking = [f"no clip of {attribute} {_some(names)}" for attribute, names in unused.items() if names]
    return broken("; ".join(lacking)) if lacking else kept(f"{sum(len(a.classes) for a in attributes)} classes")


def groups_meaningful(trial: DatasetTrial) -> Answer:
    """There are several groups, and they are neither the clips nor the classes under another name.

    One clip a group is honest where the card says that a group is a song, or another recording.
    """
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in trial.clips:
        groups[clip.group].append(clip)
    if len(groups) < 2:
        return broken(f"one group for all clips: {_some(groups)}")
    if len(groups) == len(trial.clips) and trial.card.group_is.lower() not in RECORDINGS:
        return broken(f"a group of its own for each of {len(groups)} clips, and the card says: {trial.card.group_is}")
    for attribute in trial.card.attributes:
        if attribute.classes and _spell_classes(attribute.name, groups):
            return broken(f"a group for each {attribute.name}: {_some(groups)}; nobody could be tested on all of them")
    return kept(f"{len(groups)} groups ({trial.card.group_is})")


def folds_work(trial: DatasetTrial) -> Answer:
    """Every group is in one fold, every group of a fold has clips, and no two folds together hold all of a class.

    What is tested on one fold is chosen on a second: both are left out of training, and all classes have to be learned
    from the others.
    """
    card, clips = trial.card, trial.clips
    if not isinstance(card.folds, int):
        groups = {clip.group for clip in clips}
        idle = [group for fold in card.folds for group in fold if group not in groups]
        if idle:
            return broken(f"groups of the card's folds without a clip: {_some(idle)}")
    try:
        split = make_split(card, clips)
        fold = np.array([split.fold_of[clip.group] for clip in clips])
        count = int(fold.max()) + 1
        pairs, training = leave_two_out(fold, count)
        names = [f"without folds {one} and {two}" for one, two in pairs]
        for attribute in card.attributes:
            if attribute.classes:
                truth = np.array([attribute.classes.index(str(clip.labels[attribute.name])) for clip in clips])
                check_classes(truth, training, attribute.classes, names)
    except DataError as problem:
        return broken(f"{problem.what} {'; '.join(problem.found.splitlines()[:SHOWN])}")
    return kept(f"{count} folds")


def _label_fault(attribute: Attribute, clip: Clip) -> str:
    """What is wrong with one label of a clip; empty where nothing is."""
    if attribute.name not in clip.labels:
        return f"no label for '{attribute.name}'"
    label = clip.labels[attribute.name]
    if attribute.classes:
        known = isinstance(label, str) and label in attribute.classes
        return "" if known else f"{attribute.name} = {on_one_line(repr(label))} is no class of the card"
    low, high = float(attribute.low or 0), float(attribute.high or 0)
    number = isinstance(label, int | float) and not isinstance(label, bool) and math.isfinite(label)
    inside = number and low <= float(label) <= high
    return "" if inside else f"{attribute.name} = {on_one_line(repr(label))} is not from {low:g} to {high:g}"


def _said_of(listed: Listed) -> Mapping[str, object]:
    """All that is said of a clip, by the name of the field; which file it is, by its place below the folder."""
    clip = listed.clip
    return {
        "file": listed.place, "segment": (clip.start_seconds, clip.end_seconds), "label": dict(clip.labels),
        "group": clip.group, "sex": clip.sex, "transcript": clip.transcript,
    }  # fmt: skip


def _spell_classes(attribute: str, groups: Mapping[str, Sequence[Clip]]) -> bool:
    """Whether each group has one class of an attribute, and each class one group."""
    classes = [{clip.labels[attribute] for clip in clips} for clips in groups.values()]
    return all(len(said) == 1 for said in classes) and len(set.union(*classes)) == len(groups)


def _exchanged(gone: Collection[str], new: Collection[str]) -> str:
    parts = [f"{verb} {_some(sorted(names))}" for verb, names in (("lacks", gone), ("has", new)) if names]
    return f"the listing {' and '.join(parts)}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _some(names: Iterable[str]) -> str:
    return some([f"'{name}'" for name in names], SHOWN)
