"""Are parts of the training clips nested, shared out evenly, and the same whatever else was asked?"""

from decimal import ROUND_CEILING, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.training import TrainOptions
from emobench.learning.fractions import kept, part_of

fractions = st.integers(1, 1000).map(lambda thousandths: thousandths / 1000)


@st.composite
def parts(draw):
    """Truth, clips inside, and the number of classes (0 for a dimension, with ties)."""
    clips, classes = draw(st.integers(1, 120)), draw(st.sampled_from([0, 2, 5]))
    values = st.integers(0, classes - 1) if classes else st.integers(-40, 40).map(lambda value: value / 4)
    truth = np.array(draw(st.lists(values, min_size=clips, max_size=clips)))
    inside = np.array(draw(st.lists(st.booleans(), min_size=clips, max_size=clips)))
    return truth, inside, classes


def ceiling(fraction, clips):
    """ceil(fraction * clips) in decimal arithmetic."""
    return int((Decimal(str(fraction)) * clips).to_integral_value(ROUND_CEILING))


@given(parts(), fractions, st.integers(0, 5))
def test_every_class_gives_its_part(part, fraction, seed):
    """Of each class inside, ceil(fraction * n) clips are kept, of clips outside none."""
    truth, inside, classes = part
    found = kept(truth, inside, fraction, seed, classes)
    assert not (found & ~inside).any()
    for label in range(classes):
        assert (found & (truth == label)).sum() == ceiling(fraction, int((inside & (truth == label)).sum()))


@given(parts(), fractions, fractions, st.integers(0, 5))
def test_parts_are_nested(part, one, other, seed):
    """With one seed, what a smaller fraction keeps a larger one keeps too, and 1 keeps all."""
    truth, inside, classes = part
    small, large = (kept(truth, inside, fraction, seed, classes) for fraction in sorted((one, other)))
    assert not (small & ~large).any()
    assert (kept(truth, inside, 1.0, seed, classes) == inside).all()


@given(parts(), fractions)
def test_a_dimension_is_kept_over_its_whole_range(part, fraction):
    """Each of at most eight bins rounds up by less than a clip: no fewer than the fraction, at most n / 8 too many."""
    truth, inside, _ = part
    found, clips = kept(truth.astype(np.float32), inside, fraction, 0, 0).sum(), int(inside.sum())
    assert ceiling(fraction, clips) <= found <= ceiling(fraction, clips) + min(8, clips // 8)


def test_bins_of_a_dimension_by_hand():
    """Of 80 different values a quarter is kept: three of every ten that follow each other."""
    truth = np.random.default_rng(0).permutation(80).astype(np.float32)
    found = kept(truth, np.ones(80, bool), 0.25, 1, 0)
    for low in range(0, 80, 10):
        assert (found & (truth >= low) & (truth < low + 10)).sum() == 3


def test_equal_values_and_few_clips_are_one_bin():
    """A dimension without spread, or with fewer than 16 clips, gives exactly ceil(fraction * n)."""
    assert kept(np.zeros(50), np.ones(50, bool), 0.1, 0, 0).sum() == 5
    assert kept(np.arange(15.0), np.ones(15, bool), 0.1, 0, 0).sum() == 2


@pytest.mark.parametrize(
    ("fraction", "clips", "expected"),
    [(0.1, 30, 3), (0.1, 10, 1), (0.3, 10, 3), (0.7, 10, 7), (0.55, 100, 55), (0.01, 5, 1), (0.101, 30, 4),
     (TrainOptions(fraction=2 / 3).fraction[0], 3, 2), (TrainOptions(fraction=1 / 3).fraction[0], 300, 100),
     (1.0, 3_000_000, 3_000_000), (1e-9, 3, 1)],
)  # fmt: skip
def test_counts_are_those_of_the_written_number(fraction, clips, expected):
    """0.1 of 30 is 3 and not 4, whatever floats say, and two thirds as records store them are two thirds."""
    assert part_of(clips, fraction) == expected


def test_seeds_choose_other_clips():
    """Another seed keeps others, the same one the same, and each clip has its chance."""
    truth, inside = np.zeros(40, int), np.ones(40, bool)
    found = np.array([kept(truth, inside, 0.25, seed, 2) for seed in range(60)])
    assert (found[3] == kept(truth, inside, 0.25, 3, 2)).all()
    assert len({tuple(row) for row in found}) > 50
    assert found.sum(axis=0).min() >= 4
    assert found.sum(axis=0).max() <= 28


def test_clips_outside_do_not_matter():
    """What lies outside may have any truth, none included, and changes nothing."""
    truth, inside = np.arange(60.0), np.arange(60) % 3 > 0
    other = np.where(inside, truth, np.nan)
    assert (kept(truth, inside, 0.4, 0, 0) == kept(other, inside, 0.4, 0, 0)).all()
    classes = np.where(inside, np.arange(60) % 2, -1)
    assert not kept(classes, inside, 0.4, 0, 2)[~inside].any()


@pytest.mark.parametrize(
    ("truth", "inside", "fraction", "classes", "said"),
    [
        ([0, 1], [True, True], 0.0, 2, "above 0"),
        ([0, 1], [True, True], 1.1, 2, "at most at 1"),
        ([0, 2], [True, True], 0.5, 2, "none of the 2 classes"),
        ([0.0, np.nan], [True, True], 0.5, 0, "no value"),
        ([0, 1], [True], 0.5, 2, "shapes"),
    ],
)
def test_what_makes_no_sense_is_refused(truth, inside, fraction, classes, said):
    """Fractions outside their range, clips inside without a label, and shapes that differ are errors."""
    with pytest.raises(ValueError, match=said):
        kept(np.array(truth), np.array(inside), fraction, 0, classes)
