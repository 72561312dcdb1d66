"""Are training parts gathered, standardised and shared out as they should be?"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.domain.errors import DataError
from emobench.learning.linear import side_by_side
from emobench.learning.logistic import fit_logistic
from emobench.learning.problems import check_classes, check_finite, gathered
from emobench.learning.reduction import reduced
from emobench.learning.ridge import fit_ridge
from emobench.learning.workers import AT_ONCE


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), shift=st.floats(-100, 100))
def test_training_clips_are_standardised(seed: int, shift: float) -> None:
    """Every problem gets its own clips in order, with mean 0 and sd 1 by population statistics, then zeros."""
    draw = np.random.default_rng(seed)
    features, training = draw.normal(shift, 2, (2, 30, 4)).astype(np.float32), draw.random((3, 30)) < 0.6
    training[:, :2] = True
    problems = gathered(torch.from_numpy(features), torch.from_numpy(training))
    for index, used in enumerate(training):
        part = features[:, used].astype(np.float64)
        expected = (part - part.mean(1, keepdims=True)) / part.std(1, keepdims=True)
        np.testing.assert_allclose(problems.clips[index, :, : used.sum()], expected, atol=1e-3)
        assert not problems.clips[index, :, used.sum() :].any()
        assert problems.present[index].tolist() == [1.0] * used.sum() + [0.0] * (
            len(problems.present[index]) - used.sum()
        )
        assert problems.chosen[index, : used.sum()].tolist() == np.flatnonzero(used).tolist()


@pytest.mark.parametrize("value", [0.0, 0.1, 1234.5678, -3e6])
def test_constant_features_become_zero(value: float) -> None:
    """A feature with a training sd below 1e-6 becomes 0, whatever it is outside the training part."""
    features = torch.full((1, 10, 1), value)
    features[0, 9] = 77.0
    problems = gathered(features, (torch.arange(10) < 9)[None])
    assert float(problems.scale) == 0
    assert not problems.clips.any()


def test_checks_name_what_is_wrong() -> None:
    """The first missing class and the first bad clip are named, with how many there are."""
    truth, training = torch.tensor([0, 1, 2, 0]), torch.tensor([[1, 1, 1, 0], [1, 1, 0, 1], [0, 0, 1, 1]]).bool()
    with pytest.raises(DataError, match=r"problem 1 .* class 2\.\n2 missing classes in 2 of 3 problems"):
        check_classes(truth, training, 3)
    with pytest.raises(DataError, match=r"finite features\.\nNaN or infinity in 2 of 4 clips, first in clip 1"):
        check_finite(torch.tensor([[[0.0], [torch.nan], [0], [0]], [[0], [0], [0], [torch.inf]]]), "features")


@pytest.mark.parametrize("width", [5, 30])
def test_a_reduction_loses_nothing(width: int) -> None:
    """Inner products of clips, scores and sizes of weights are those of the original features."""
    draw = torch.Generator().manual_seed(0)
    clips = torch.randn(2, 12, width, generator=draw)
    clips[0, 9:] = 0  # padding
    reduction = reduced(clips)
    assert reduction.clips.shape == (2, 12, min(12, width))
    torch.testing.assert_close(reduction.clips @ reduction.clips.mT, clips @ clips.mT, rtol=1e-4, atol=1e-4)
    small = torch.randn(2, 3, min(12, width), generator=draw)
    weight = reduction.restore(small)
    assert weight.shape == (2, 3, width)
    torch.testing.assert_close(weight @ clips.mT, small @ reduction.clips.mT, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weight.norm(dim=2), small.norm(dim=2))


def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread or three, the probes are equal bit by bit, and torch's number of threads is left as it was."""
    monkeypatch.setitem(AT_ONCE, "cpu", 1)  # a part for every problem
    draw, before = torch.Generator().manual_seed(0), torch.get_num_threads()
    truth, features = torch.arange(200) % 4, torch.randn(200, 150, generator=draw)
    training = torch.rand(5, 200, generator=draw) < 0.7
    try:
        found = []
        for threads in (1, 3, 3):
            torch.set_num_threads(threads)
            found.append(fit_logistic(features, truth, training, [1e-2, 1.0], 4))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert torch.equal(found[0].weight, other.weight)
        assert torch.equal(found[0].bias, other.bias)


@pytest.mark.parametrize("size", [1, 2 * 4 * 20 * 3, 2**20])
def test_parts_keep_the_order_of_problems(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Problems come back in the order in which they went, one, two or all at a time."""
    monkeypatch.setitem(AT_ONCE, "cpu", size)
    draw = torch.Generator().manual_seed(0)
    features, truth = torch.randn(20, 3, generator=draw), torch.randn(20, generator=draw)
    training = torch.rand(7, 20, generator=draw) < 0.8
    probes = fit_ridge(features, truth, training, [1.0])
    for problem, used in enumerate(training):
        torch.testing.assert_close(probes.mean[problem], features[used].mean(0))


def test_some_strengths_are_those_of_all() -> None:
    """Scores of chosen strengths are rows of all scores, and probes side by side keep their problems."""
    draw = torch.Generator().manual_seed(0)
    features, truth = torch.randn(20, 3, generator=draw), torch.randn(20, generator=draw)
    training = torch.rand(2, 20, generator=draw) < 0.8
    probes = fit_ridge(features, truth, training, [0.1, 1.0, 10.0])
    scores = probes.scores(features)
    torch.testing.assert_close(probes.scores_of(1, features, [2, 0]), scores[1, [2, 0]])
    assert torch.equal(side_by_side([probes, probes]).scores(features)[2:], scores)
