"""Does everybody in a pair have one role at a time, and is a dataset refused that cannot teach every class?"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.domain.plan import Split
from emobench.tasks.pair_parts import check_parts, development_fold, parts_of

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "happy"))
AROUSAL = Attribute(name="arousal", low=-1, high=1)


@st.composite
def datasets(draw):
    """An attribute, a truth and folds of 12 to 80 clips, how many folds, and one of them."""
    attribute, folds = draw(st.sampled_from([EMOTION, AROUSAL])), draw(st.integers(3, 6))
    size, random = draw(st.integers(12, 80)), np.random.default_rng(draw(st.integers(0, 10**6)))
    truth = random.integers(0, 3, size) if attribute.classes else random.uniform(-1, 1, size).astype(np.float32)
    fold_of_clip = random.permutation(np.arange(size) % folds)
    return attribute, truth, fold_of_clip, folds, draw(st.integers(0, folds - 1))


@given(datasets(), st.sampled_from([0.1, 0.3, 1.0]), st.integers(0, 3))
def test_no_clip_has_two_parts(dataset, fraction, seed):
    """Training, development and test share no clip, and positions rise."""
    parts = parts_of(*dataset, fraction, seed)
    for one, other in combinations((parts.training, parts.development, parts.test), 2):
        assert not set(one.tolist()) & set(other.tolist())
    for part in (parts.training, parts.development, parts.test):
        assert part.tolist() == sorted(set(part.tolist()))


@given(datasets())
def test_the_next_fold_chooses_and_all_others_teach(dataset):
    """Without a fraction the fold itself is tested, the next one (after the last the first) chooses, the rest teach."""
    _, _, fold_of_clip, folds, fold = dataset
    parts, following = parts_of(*dataset), 0 if fold == folds - 1 else fold + 1
    assert development_fold(folds, fold) == following
    assert set(fold_of_clip[parts.test]) == {fold}
    assert set(fold_of_clip[parts.development]) == {following}
    assert len(parts.training) + len(parts.development) + len(parts.test) == len(fold_of_clip)


@given(datasets(), st.integers(0, 3))
def test_a_smaller_fraction_lies_in_a_larger_one(dataset, seed):
    """Rising fractions give nested training and development parts; who is tested never changes."""
    parts = [parts_of(*dataset, fraction, seed) for fraction in (0.1, 0.25, 0.5, 1.0)]
    for smaller, larger in pairwise(parts):
        assert set(smaller.training) <= set(larger.training)
        assert set(smaller.development) <= set(larger.development)
        assert np.array_equal(smaller.test, larger.test)
    whole = parts_of(*dataset, 1.0, seed + 1)
    assert np.array_equal(whole.training, parts[-1].training)


def test_other_seeds_draw_other_clips():
    """The same half is drawn for equal seeds only."""
    truth, fold_of_clip = np.arange(120) % 3, np.arange(120) // 30
    halves = [parts_of(EMOTION, truth, fold_of_clip, 4, 0, 0.5, seed).training.tolist() for seed in (0, 0, 1)]
    assert halves[0] == halves[1] != halves[2]


def split(people):
    return Split({f"p{fold}": fold for fold in range(people)}, "")


def test_a_class_that_cannot_be_learned_is_named_with_its_folds():
    """A class of two neighbouring folds is missing where one is tested and the other chooses, and not elsewhere."""
    truth = np.array([0, 1, 0, 1, 0, 1, 2, 0, 1, 2])
    fold_of_clip = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3, 3])
    with pytest.raises(DataError) as caught:
        check_parts(EMOTION, truth, fold_of_clip, split(4), [0, 1, 2, 3])
    assert caught.value.found == "training without folds 2 and 3: no clip of 'happy'"
    check_parts(EMOTION, truth, fold_of_clip, split(4), [0, 1, 3])


def test_dimensions_lack_no_class():
    """A dimension has nothing that could be missing."""
    check_parts(AROUSAL, np.zeros(4, dtype=np.float32), np.arange(4), split(4), [0, 1])
