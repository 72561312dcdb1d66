"""Who is tested when? Group-disjoint folds, and the training parts that leave one or two of them out.

A group (person, song) is in exactly one fold with all its clips, so that nobody is learned from and tested on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.domain.canonical import digest
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.plan import Split

Integers = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]

MINIMUM_FOLDS = 3  # a choice for one fold is made on a second by models of the others


def make_split(card: DatasetCard, clips: Sequence[Clip]) -> Split:
    """Put every group of ``clips`` into one test fold, as the card says; the order of the clips does not matter.

    Folds that the card fixes are kept; groups of theirs without clips are left out. For a number of folds, groups are
    dealt by ``balanced_folds`` over the classes of the card's first categorical attribute.

    Datasets that share people and whose cards give a number of folds get common folds by one call with all their clips.

    Raises:
        DataError: fewer than three folds, or fewer groups than folds; a group in two folds or in none; a fold without
            clips.
    """
    count = card.folds if isinstance(card.folds, int) else len(card.folds)
    if count < MINIMUM_FOLDS:
        raise DataError(
            f"{card.name} has {count} folds; at least {MINIMUM_FOLDS} are needed.",
            remedy="What is tested on one fold is chosen on a second by models that learned from the others.",
        )
    if isinstance(card.folds, int):
        fold_of = _dealt(card, clips, count)
    else:
        fold_of = _fixed(card.name, card.folds, {clip.group for clip in clips})
    return Split(fold_of=fold_of, digest=digest({"folds": fold_of}))


def balanced_folds(histograms: Mapping[str, Sequence[int]], sizes: Mapping[str, int], folds: int) -> dict[str, int]:
    """Deal groups into folds of nearly equal size and similar class histograms.

    Groups go from the largest to the smallest (ties by name), each into the fold with the fewest clips. Of several
    such folds it takes the one that shares the fewest classes with it: the least sum over classes k of F_k g_k / N_k,
    for the clips of class k in the fold, in the group and in all; then the first one.

    So no fold is empty when there are at least as many groups as folds, and the largest fold exceeds the smallest by
    at most the clips of the largest group.

    Args:
        histograms: group -> clips per class, (K,) each.
        sizes: group -> clips, labelled or not, at least 1 each.
        folds: the number of folds.

    Returns:
        group -> fold index, 0 to ``folds`` - 1.

    Source:
        Graham 1969, Bounds on multiprocessing timing anomalies (largest first), https://doi.org/10.1137/0117039

    Example:
        >>> balanced_folds({"a": [2, 0], "b": [2, 0], "c": [0, 2], "d": [0, 2]}, dict.fromkeys("abcd", 2), folds=2)
        {'a': 0, 'b': 1, 'c': 0, 'd': 1}
    """
    totals = [max(1, sum(column)) for column in zip(*histograms.values(), strict=True)]
    loads = [0] * folds
    filled = [[0] * len(totals) for _ in range(folds)]
    fold_of = {}
    for group in sorted(sizes, key=lambda name: (-sizes[name], name)):
        mine = histograms[group]
        shared = [fsum(f * g / n for f, g, n in zip(fold, mine, totals, strict=True)) for fold in filled]
        best = min(range(folds), key=lambda fold: (loads[fold], shared[fold], fold))
        fold_of[group] = best
        loads[best] += sizes[group]
        filled[best] = [f + g for f, g in zip(filled[best], mine, strict=True)]
    return fold_of


def leave_one_out(fold_of_clip: Integers, folds: int) -> Mask:
    """Training parts that leave one fold out: (folds, n) bool, row i is true for clips outside fold i.

    Example:
        >>> leave_one_out(np.array([0, 1, 2, 0]), folds=3)[0].tolist()
        [False, True, True, False]
    """
    outside: Mask = fold_of_clip[None, :] != np.arange(folds)[:, None]
    return outside


def leave_two_out(fold_of_clip: Integers, folds: int) -> tuple[tuple[tuple[int, int], ...], Mask]:
    """Training parts that leave two folds out, one to choose on and one to test on, in either role.

    Returns:
        The pairs (i, j) with i < j, P = folds (folds - 1) / 2 of them, and (P, n) bool: row p is true for clips
        outside both folds of pair p.

    Example:
        >>> leave_two_out(np.array([0, 1, 2, 0]), folds=3)[0]
        ((0, 1), (0, 2), (1, 2))
    """
    pairs = tuple(combinations(range(folds), 2))
    outside = leave_one_out(fold_of_clip, folds)
    first, second = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    return pairs, outside[first] & outside[second]


def check_classes(truth: Integers, training: Mask, class_names: Sequence[str], describe: Sequence[str]) -> None:
    """Make sure that every class can be learned in every training part.

    Args:
        truth: (n,) class indices; -1, or anything outside the names, is no class.
        training: (P, n) bool, the clips of each part.
        class_names: (K,) names.
        describe: (P,) how to call each part, such as "training without folds 0 and 1".

    Raises:
        DataError: naming every class that a part lacks, and the part.
    """
    lacking = [
        f"{part}: no clip of {_listed(names)}"
        for part, names in zip(describe, _missing(truth, training, class_names), strict=True)
        if names
    ]
    if lacking:
        raise DataError(
            "a class is missing from a training part, so it cannot be learned there.",
            found="\n".join(lacking),
            remedy="Use more clips or people (a smaller --limit can cause this), fewer folds, or fewer classes.",
        )


def missing_in_test(truth: Integers, fold_of_clip: Integers, class_names: Sequence[str]) -> list[str]:
    """One note for every fold that cannot test some class; scores of that fold alone average over fewer classes.

    Args:
        truth: (n,) class indices; -1, or anything outside the names, is no class.
        fold_of_clip: (n,) fold indices.
        class_names: (K,) names.

    Example:
        >>> missing_in_test(np.array([0, 1, 0]), np.array([0, 0, 1]), ["calm", "happy"])
        ["fold 1 has no clip of 'happy'"]
    """
    folds = int(fold_of_clip.max(initial=-1)) + 1
    missing = _missing(truth, ~leave_one_out(fold_of_clip, folds), class_names)
    return [f"fold {fold} has no clip of {_listed(names)}" for fold, names in enumerate(missing) if names]


def _fixed(name: str, folds: Sequence[Sequence[str]], groups: set[str]) -> dict[str, int]:
    """The folds of the card, for the groups that have clips."""
    fold_of: dict[str, int] = {}
    for index, fold in enumerate(folds):
        for group in fold:
            if group in fold_of:
                raise DataError(
                    f"group '{group}' of {name} would be on both sides of a split.",
                    found=f"its card lists the group in fold {fold_of[group]} and again in fold {index}.",
                )
            fold_of[group] = index
    if stray := sorted(groups - fold_of.keys()):
        raise DataError(f"{name} has clips whose group is in no fold.", found=f"in no fold: {_listed(stray)}")
    for index, fold in enumerate(folds):
        if groups.isdisjoint(fold):
            raise DataError(
                f"fold {index} of {name} has no clips.",
                found=f"no clip of its groups: {_listed(fold) or 'it lists none'}.",
                remedy="Look for missing files, or take a larger --limit.",
            )
    return {group: fold_of[group] for group in sorted(groups)}


def _dealt(card: DatasetCard, clips: Sequence[Clip], count: int) -> dict[str, int]:
    """Balanced folds over the classes of the first categorical attribute (over sizes alone where there is none)."""
    sizes = Counter(clip.group for clip in clips)
    if len(sizes) < count:
        raise DataError(
            f"{card.name} has {len(sizes)} groups for {count} folds.",
            found=f"groups ({card.group_is}): {_listed(sorted(sizes)) or 'none'}",
            remedy="A group is never split: look for missing clips, or take a larger --limit.",
        )
    attribute = next((attribute for attribute in card.attributes if attribute.classes), None)
    classes = attribute.classes if attribute else ()
    labels = Counter((clip.group, clip.labels.get(attribute.name)) for clip in clips) if attribute else Counter()
    histograms = {group: [labels[group, name] for name in classes] for group in sizes}
    return dict(sorted(balanced_folds(histograms, sizes, count).items()))


def _missing(truth: Integers, parts: Mask, class_names: Sequence[str]) -> list[list[str]]:
    """For every part (P, n) the classes without a clip in it."""
    counts = parts.astype(np.int64) @ (truth[:, None] == np.arange(len(class_names))).astype(np.int64)
    return [[name for name, clips in zip(class_names, row, strict=True) if clips == 0] for row in counts]


def _listed(names: Sequence[str]) -> str:
    """Names in quotes."""
    return ", ".join(f"'{name}'" for name in names)
