"""Is nobody ever on both sides of a split?"""

import doctest
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.canonical import digest
from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.learning import splits
from emobench.learning.splits import check_classes, leave_one_out, leave_two_out, make_split, missing_in_test

CLASSES = ("angry", "calm", "happy")
FIXED = (("a", "b"), ("c",), ("d", "e"))
# (group, class) of every clip; enough groups for any number of folds below.
CLIPS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(CLASSES)), max_size=80).map(
    lambda rows: [(group, "calm") for group in range(6)] + rows
)


def a_card(folds: tuple[tuple[str, ...], ...] | int, attributes: tuple[Attribute, ...] | None = None) -> DatasetCard:
    """A small corpus."""
    return DatasetCard(
        name="toy", title="Toy", domain="speech", licence="CC0-1.0", citation="none", url="https://example.org",
        attributes=attributes or (Attribute(name="emotion", classes=CLASSES),), group_is="actor", people="toy",
        folds=folds, expected_clips=1, sample_rate=16_000,
    )  # fmt: skip


def the_clips(rows: Sequence[tuple[Any, str]]) -> list[Clip]:
    """One clip for every (group, class)."""
    return [
        Clip(id=str(index), path=Path(f"{index}.wav"), group=str(group), labels={"emotion": name})
        for index, (group, name) in enumerate(rows)
    ]


def test_examples_hold() -> None:
    """The examples in the docstrings give the digits that they show."""
    outcome = doctest.testmod(splits)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@given(CLIPS, st.integers(3, 6))
def test_dealt_folds_are_balanced_partitions(rows: list[tuple[int, str]], count: int) -> None:
    """Every group is in one fold, no fold is empty, and sizes differ by at most the largest group."""
    clips = the_clips(rows)
    split = make_split(a_card(count), clips)
    assert set(split.fold_of) == {clip.group for clip in clips}
    loads = Counter(split.fold_of[clip.group] for clip in clips)
    assert set(loads) == set(range(count)) == set(range(split.count))
    assert max(loads.values()) - min(loads.values()) <= max(Counter(clip.group for clip in clips).values())


@given(CLIPS, st.integers(3, 6), st.randoms())
def test_the_order_of_clips_does_not_matter(rows: list[tuple[int, str]], count: int, random: Any) -> None:
    """Shuffled clips give the same folds, in the same order, and the same digest."""
    clips = the_clips(rows)
    shuffled = list(clips)
    random.shuffle(shuffled)
    first, second = make_split(a_card(count), clips), make_split(a_card(count), shuffled)
    assert first == second
    assert list(first.fold_of) == list(second.fold_of)


@given(CLIPS, st.integers(3, 6))
def test_training_parts_share_no_group_with_what_they_leave_out(rows: list[tuple[int, str]], count: int) -> None:
    """Groups of a training part are neither in the test fold nor in the development fold, and no clip is lost."""
    clips = the_clips(rows)
    fold_of = make_split(a_card(count), clips).fold_of
    group = np.array([clip.group for clip in clips])
    fold = np.array([fold_of[clip.group] for clip in clips])
    pairs, training = leave_two_out(fold, count)
    assert pairs == tuple((i, j) for i in range(count) for j in range(i + 1, count))
    assert training.shape == (len(pairs), len(clips))
    for pair, part in zip(pairs, training, strict=True):
        assert not set(group[part]) & set(group[np.isin(fold, pair)])
        assert part.tolist() == [one not in pair for one in fold]
    for index, part in enumerate(leave_one_out(fold, count)):
        assert not set(group[part]) & set(group[fold == index])
        assert part.tolist() == [one != index for one in fold]


def test_classes_are_balanced_where_sizes_leave_a_choice() -> None:
    """300 songs of one clip each, half of them of one class: every fold gets its share of each class within 3 clips."""
    names = np.random.default_rng(0).choice(CLASSES, 300, p=[0.5, 0.3, 0.2])
    clips = the_clips([(f"song{index:03}", str(name)) for index, name in enumerate(names)])
    fold_of = make_split(a_card(5), clips).fold_of
    for name in CLASSES:
        counts = Counter(fold_of[clip.group] for clip in clips if clip.labels["emotion"] == name)
        assert max(counts.values()) - min(counts.values()) <= 3


def test_folds_without_classes_are_balanced_by_size() -> None:
    """A corpus of dimensions only, or clips without labels, still gets folds of equal size."""
    clips = [clip.model_copy(update={"labels": {}}) for clip in the_clips([(group, "calm") for group in range(9)])]
    card = a_card(3, (Attribute(name="arousal", low=1, high=7),))
    assert sorted(Counter(make_split(card, clips).fold_of.values()).values()) == [3, 3, 3]
    assert sorted(Counter(make_split(a_card(3), clips).fold_of.values()).values()) == [3, 3, 3]


def test_fixed_folds_are_kept() -> None:
    """The folds of the card are kept, less groups without clips, and the digest is of exactly that."""
    split = make_split(a_card(FIXED), the_clips([(group, "calm") for group in "edcba"]))
    assert split.fold_of == {"a": 0, "b": 0, "c": 1, "d": 2, "e": 2}
    smaller = make_split(a_card(FIXED), the_clips([(group, "calm") for group in "acd"]))
    assert smaller.fold_of == {"a": 0, "c": 1, "d": 2}
    assert smaller.digest == digest({"folds": {"a": 0, "c": 1, "d": 2}}) != split.digest


@pytest.mark.parametrize(
    ("folds", "groups", "message"),
    [
        (
            (("a", "b"), ("c",), ("d", "a")),
            "abcd",
            r"'a' of toy would be on both sides(.|\n)*fold 0 and again in fold 2",
        ),
        (FIXED, "abcdefg", r"in no fold(.|\n)*'f', 'g'"),
        (FIXED, "abc", r"fold 2 of toy has no clips(.|\n)*'d', 'e'"),
        ((("a",), ("b",)), "ab", r"toy has 2 folds; at least 3"),
        (2, "abcd", r"toy has 2 folds; at least 3"),
        (5, "abcd", r"toy has 4 groups for 5 folds"),
        (3, "", r"toy has 0 groups for 3 folds"),
    ],
)
def test_what_cannot_be_split_is_an_error(folds: Any, groups: str, message: str) -> None:
    """A split that would leak, lose clips or leave a fold empty ends with exit code 3 and says who is concerned."""
    with pytest.raises(DataError) as caught:
        make_split(a_card(folds), the_clips([(group, "calm") for group in groups]))
    assert caught.match(message)
    assert caught.value.exit_code == 3


def test_a_class_missing_from_training_is_an_error() -> None:
    """The error names the classes and the parts that lack them, and no other."""
    truth, fold = np.array([0, 1, 2, 0, 1, 0, 1]), np.array([0, 0, 0, 1, 1, 2, 2])
    training, parts = leave_one_out(fold, 3), [f"training without fold {one}" for one in range(3)]
    with pytest.raises(DataError) as caught:
        check_classes(truth, training, CLASSES, parts)
    assert caught.value.found == "training without fold 0: no clip of 'happy'"
    check_classes(truth, training[1:], CLASSES, parts[1:])


def test_a_class_missing_from_a_test_fold_is_a_note() -> None:
    """Each fold that lacks classes is named with them; clips without a class (-1) are none of them."""
    truth, fold = np.array([0, 1, 2, 0, -1, 0, 1]), np.array([0, 0, 0, 1, 1, 2, 2])
    assert missing_in_test(truth, fold, CLASSES) == [
        "fold 1 has no clip of 'calm', 'happy'",
        "fold 2 has no clip of 'happy'",
    ]
    assert missing_in_test(truth[:0], fold[:0], CLASSES) == []
