"""Are relative distances free of units, there only where emotions are apart, and averaged before they are divided?"""

import naive_bias as naive
import numpy as np
import pytest
from bias_toys import distances
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from emobench.tasks.bias_intervals import Jackknife, jackknife_of
from emobench.tasks.bias_relative import (
    between_emotions,
    compared,
    deviation,
    in_the_mean,
    mean_of_finite,
    mean_over_layers,
    nearer,
    own,
    relative,
    surely_relative,
    without_bias,
)

ALONE = Jackknife(np.zeros(12, int), (12, 0, 0))
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


def stack_of(people):
    """(1+B, E, E) mean of people's matrices, of all of them and without each."""
    return np.stack([people.mean(axis=0), *(np.delete(people, one, axis=0).mean(axis=0) for one in range(len(people)))])


def layers_of(toy, geometry="aligned"):
    """Every layer of the toy, and what people left out tell."""
    jackknife = jackknife_of(toy)
    return [compared(layer, geometry, toy.arrays[layer], jackknife) for layer in toy.layers], jackknife


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3))
def test_nothing_is_relative_to_what_may_be_0(seed, scatter):
    """There are relative distances just where Student's 95 % interval of that between emotions lies above 0."""
    people = 1 + scatter * np.random.default_rng(seed).normal(size=(12, 3, 3)) * 12**0.5
    apart = stats.ttest_1samp([naive.unit(one) for one in people], 0).confidence_interval()
    stack = stack_of(people)
    expected = relative(stack) if apart.low > 0 else np.full_like(stack, np.nan)
    np.testing.assert_array_equal(surely_relative(stack, ALONE), expected)


def test_without_an_interval_any_distance_above_0_will_do():
    """Where a left-out value is undefined, or there is one block, nothing is sure and what is above 0 divides."""
    stack = stack_of(1 + 20 * np.random.default_rng(0).normal(size=(12, 3, 3)))
    stack[0] = 1
    assert np.isnan(surely_relative(stack, ALONE)).all()
    stack[5, 0, 1] = np.nan
    np.testing.assert_array_equal(surely_relative(stack, ALONE)[0], np.ones((3, 3)))
    one = Jackknife(np.zeros(1, int), (1, 0, 0))
    np.testing.assert_array_equal(surely_relative(stack[:2], one)[0], np.ones((3, 3)))


@pytest.mark.parametrize("geometry", ["raw", "aligned"])
def test_a_layer_in_which_emotions_may_be_equal_has_no_relative_distances(geometry):
    """Whether emotions of a layer are surely apart is seen in its distances less their bias, as loops have it."""
    there = []
    for seed in range(12):
        toy = distances(layers=1, scatter=0.4, seed=seed)
        (one,), _ = layers_of(toy, geometry)
        expected = naive.matrices(toy, geometry, "0", 0)
        there.append(expected is not None)
        np.testing.assert_allclose(one.relative[0], expected if there[-1] else np.full((4, 4), np.nan), rtol=1e-9)
    assert 0 < sum(there) < len(there)


def test_layers_with_undefined_distances_are_no_part_of_the_mean():
    """The mean is over layers without any nan, of permuted labels and retrievals too; of nan alone it is nan."""
    toy = distances(layers=3, constant=(1,))
    layers, jackknife = layers_of(toy)
    assert in_the_mean(layers) == [layers[0], layers[2]]
    mean = mean_over_layers(layers, jackknife)
    assert mean.layer is None
    for name in ("mmd", "found", "null", "fad", "fad_equal"):
        expected = (getattr(layers[0], name) + getattr(layers[2], name)) / 2
        np.testing.assert_allclose(getattr(mean, name), expected)
    assert len(mean.retrieved) == 2
    assert np.isnan(mean_over_layers(layers[1:2], jackknife).relative).all()


def test_the_mean_over_layers_is_a_quotient_of_means():
    """Distances of layers are averaged and then divided: with everybody and without each block, as loops have it."""
    toy = distances(layers=3, moved=("sad",))
    layers, jackknife = layers_of(toy)
    found = mean_over_layers(layers, jackknife).relative
    for left_out in range(1 + len(toy.blocks)):
        np.testing.assert_allclose(found[left_out], naive.matrices(toy, "aligned", None, left_out), rtol=1e-6)
    np.testing.assert_allclose(own(found), own(relative(sum(one.mmd for one in layers))))


def test_a_layer_whose_emotions_are_hardly_apart_does_not_rule_the_mean():
    """However large its own quotients are, a layer counts by its distances, and of nearly none is nearly nothing."""
    toy = distances(layers=2)
    weak = np.array(toy.arrays["1"]["aligned.mmd"])
    weak *= 1e-5
    weak[:, 0, 0] = 1e-4  # a hundred times what is between emotions
    arrays = {**toy.arrays, "1": {**toy.arrays["1"], "aligned.mmd": weak}}
    (strong, other), jackknife = layers_of(type(toy)(**{**vars(toy), "arrays": arrays}))
    assert own(other.relative[0])[0] > 50
    mean = mean_over_layers([strong, other], jackknife)
    np.testing.assert_allclose(mean.relative, strong.relative, atol=0.005)


def test_found_and_permuted_distances_are_those_measured():
    """Permuted labels are held against what was measured with the true ones, no bias taken away from either."""
    toy = distances(layers=1)
    (one,), jackknife = layers_of(toy)
    mmd = toy.arrays["0"]["aligned.mmd"]
    np.testing.assert_array_equal(one.null, toy.arrays["0"]["aligned.null"])
    np.testing.assert_array_equal(one.found, np.diag(mmd[0]))
    people = len(toy.blocks)
    np.testing.assert_allclose(one.mmd[0], people * mmd[0] - (people - 1) * mmd[1:].mean(axis=0))
    np.testing.assert_array_equal(mean_over_layers([one], jackknife).found, one.found)


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
