"""Are relative distances free of units, and averaged over the layers that have them?"""

import naive_bias as naive
import numpy as np
import pytest
from bias_toys import distances
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emobench.tasks.bias_relative import (
    between_emotions,
    compared,
    deviation,
    mean_of_finite,
    mean_over_layers,
    nearer,
    own,
    relative,
    without_bias,
)

MATRICES = st.integers(2, 5).flatmap(lambda size: arrays(float, (size, size), elements=st.floats(-0.5, 2, width=32)))


@given(MATRICES)
def test_relative_distances_are_those_of_loops(matrix):
    """Every cell is divided by the mean of those between different emotions, and is nan where that is not above 0."""
    expected = naive.relative(matrix.tolist())
    if expected is None:
        assert np.isnan(relative(matrix)).all()
    else:
        np.testing.assert_allclose(relative(matrix), expected, rtol=1e-9)


@given(MATRICES)
def test_nearer_and_deviation_are_those_of_loops(matrix):
    """An emotion is nearer by the mean of both ways to others, and deviates from the mean of all own distances."""
    np.testing.assert_allclose(nearer(matrix), naive.nearer(matrix.tolist()), atol=1e-9)
    np.testing.assert_allclose(deviation(matrix), naive.deviation(matrix.tolist()), atol=1e-9)
    assert own(matrix).tolist() == naive.diagonal(matrix.tolist())


@given(MATRICES, st.floats(0.01, 100))
def test_the_unit_of_distances_does_not_matter(matrix, unit):
    """All distances times a number give the same relative ones, and emotions as far from themselves are at 1."""
    if between_emotions(matrix) > 1e-3:
        np.testing.assert_allclose(relative(unit * matrix), relative(matrix), rtol=1e-6, atol=1e-9)
        equal = np.full_like(matrix, unit)
        assert own(relative(equal)) == pytest.approx(1)
        assert nearer(relative(equal)) == pytest.approx(0, abs=1e-12)


@given(MATRICES)
def test_leading_axes_are_kept(matrix):
    """A stack of matrices gives the stack of what each gives."""
    stack = np.stack([matrix, matrix + 1])
    for function in (relative, nearer, deviation, own, between_emotions):
        for one, alone in zip(function(stack), (matrix, matrix + 1), strict=True):
            np.testing.assert_allclose(one, function(alone), atol=1e-12)


def test_layers_without_relative_distances_are_no_part_of_the_mean():
    """The mean is over layers where emotions differ, of permuted labels and retrievals too; of nan alone it is nan."""
    toy = distances(layers=3, constant=(1,))
    layers = [compared(layer, "aligned", toy.arrays[layer], toy.stratum) for layer in toy.layers]
    mean = mean_over_layers(layers)
    assert mean.layer is None
    for name in ("relative", "null", "fad", "fad_equal"):
        expected = (getattr(layers[0], name) + getattr(layers[2], name)) / 2
        np.testing.assert_allclose(getattr(mean, name), expected)
    assert len(mean.retrieved) == 2
    assert np.isnan(mean_over_layers(layers[1:2]).relative).all()


def test_permuted_labels_are_in_the_unit_of_what_was_seen():
    """Permuted distances, and those they are held against, are divided by what is between emotions, less its bias."""
    toy = distances(layers=1)
    one = compared("0", "aligned", toy.arrays["0"], toy.stratum)
    mmd = toy.arrays["0"]["aligned.mmd"]
    unit = between_emotions(len(toy.blocks) * mmd[0] - (len(toy.blocks) - 1) * mmd[1:].mean(axis=0))
    np.testing.assert_allclose(one.null * unit, toy.arrays["0"]["aligned.null"])
    np.testing.assert_allclose(one.found * unit, np.diag(mmd[0]))


def test_bias_is_taken_away_where_it_is_known():
    """A variance over people, too small by 1 / people, becomes true; raw and undefined ones stay."""
    people = np.random.default_rng(0).normal(size=(9, 2))
    stack = np.stack([people.var(axis=0), *(np.delete(people, one, axis=0).var(axis=0) for one in range(9))])
    stack[3, 1] = np.nan
    found = without_bias(stack, "aligned", np.zeros(9, int))
    np.testing.assert_allclose(found[0, 0], people[:, 0].var(ddof=1))
    np.testing.assert_allclose(found[:, 0] - stack[:, 0], found[0, 0] - stack[0, 0])
    np.testing.assert_array_equal(found[:, 1], stack[:, 1])
    np.testing.assert_array_equal(without_bias(stack, "raw", np.zeros(9, int)), stack)


def test_the_mean_of_matrices_goes_without_undefined_ones():
    """A matrix with a nan is left out as a whole."""
    good, bad = np.ones((2, 2)), np.array([[5.0, 5.0], [5.0, np.nan]])
    assert mean_of_finite([good, bad, 3 * good]).tolist() == (2 * good).tolist()
    assert np.isnan(mean_of_finite([bad])).any()
