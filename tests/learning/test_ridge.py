"""Does the ridge probe solve its equation exactly?"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from torch import Tensor

from emobench.domain.errors import DataError
from emobench.learning.ridge import fit_ridge

STRENGTHS = (1e-4, 1e-2, 1.0)


def a_corpus(clips: int = 60, width: int = 10, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Features, a dimension that depends on them, and two problems of unequal size."""
    draw = torch.Generator().manual_seed(seed)
    features = torch.randn(clips, width, generator=draw) @ torch.randn(width, width, generator=draw) + 5
    truth = 3 + 0.1 * features @ torch.randn(width, generator=draw) + torch.randn(clips, generator=draw)
    fold = torch.arange(clips) % 4
    return features, truth, torch.stack([fold != 0, fold > 1])


@pytest.mark.parametrize("width", [3, 40, 90])
def test_it_is_scikit_learns_ridge(width: int) -> None:
    """With more and with fewer clips than features, predictions equal those of ``Ridge(alpha=1 / C)``."""
    features, truth, training = a_corpus(width=width)
    probes = fit_ridge(features, truth, training, STRENGTHS)
    scores = probes.scores(features)
    assert scores.shape == (2, 3, 60, 1)
    for problem, used in enumerate(training.numpy()):
        part = features.double().numpy()[used]
        clips = (features.double().numpy() - part.mean(0)) / part.std(0)
        for index, strength in enumerate(STRENGTHS):
            reference = Ridge(alpha=1 / strength, tol=1e-10, solver="cholesky").fit(
                clips[used], truth[used].double().numpy()
            )
            np.testing.assert_allclose(scores[problem, index, :, 0], reference.predict(clips), rtol=1e-4, atol=1e-4)


def test_a_strong_penalty_leaves_the_mean() -> None:
    """As C goes to 0, every prediction goes to the training mean: the intercept is free."""
    features, truth, training = a_corpus()
    scores = fit_ridge(features, truth, training, [1e-12]).scores(features)
    expected = torch.stack([truth[used].mean() for used in training])
    torch.testing.assert_close(scores[:, 0, :, 0], expected[:, None].expand(-1, 60))


def test_a_constant_feature_changes_nothing() -> None:
    """A feature that never varies gets no weight, even where its value is large."""
    features, truth, training = a_corpus()
    more = torch.cat((features, torch.full((60, 1), 1e4)), 1)
    torch.testing.assert_close(
        fit_ridge(more, truth, training, STRENGTHS).scores(more),
        fit_ridge(features, truth, training, STRENGTHS).scores(features),
    )


@settings(max_examples=20)
@given(shift=st.floats(-20, 20), scale=st.floats(0.1, 10), seed=st.integers(0, 100))
def test_predictions_follow_the_units_of_truth(shift: float, scale: float, seed: int) -> None:
    """Truth in other units gives the same predictions in those units."""
    features, truth, training = a_corpus(seed=seed)
    one = fit_ridge(features, truth, training, STRENGTHS).scores(features)
    other = fit_ridge(features, truth * scale + shift, training, STRENGTHS).scores(features)
    torch.testing.assert_close(one * scale + shift, other, rtol=1e-3, atol=1e-3)


def test_a_problem_alone_is_the_same_problem() -> None:
    """Shorter problems are padded beside longer ones, and that changes nothing."""
    features, truth, training = a_corpus()
    together = fit_ridge(features, truth, training, STRENGTHS)
    for problem in range(2):
        alone = fit_ridge(features, truth, training[problem : problem + 1], STRENGTHS)
        torch.testing.assert_close(alone.weight[0], together.weight[problem])
        torch.testing.assert_close(alone.bias[0], together.bias[problem])


def test_truth_must_be_finite() -> None:
    """A clip without a value is an error that names it."""
    features, truth, training = a_corpus()
    truth[5] = torch.inf
    with pytest.raises(DataError, match=r"finite truth[^$]*first in clip 5"):
        fit_ridge(features, truth, training, STRENGTHS)
