"""Does the batched probe find scikit-learn's minimum, and only that?"""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn import functional as F

from emobench.domain.errors import DataError
from emobench.learning.logistic import fit_logistic

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
CLASSES = 4


def a_corpus(clips: int = 120, width: int = 20, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Correlated features with a weak class signal, their classes, and three problems of unequal size."""
    draw = torch.Generator().manual_seed(seed)
    truth = torch.arange(clips) % CLASSES
    latent = torch.randn(clips, width, generator=draw) + 0.7 * torch.randn(CLASSES, width, generator=draw)[truth]
    mixing = torch.randn(width, width, generator=draw) * torch.arange(1, width + 1) ** -0.75
    fold = torch.arange(clips) // CLASSES % 5
    training = torch.stack([fold != 0, (fold != 1) & (fold != 2), fold == 3])
    return latent @ mixing.T + 3, truth, training


def standardised(features: Tensor, used: Tensor) -> Tensor:
    """All clips in float64, by the statistics of those that are used."""
    part = features[used].double()
    sd = part.std(0, correction=0)
    return (features.double() - part.mean(0)) * torch.where(sd < 1e-6, 0, 1 / sd)


def objective(clips: Tensor, truth: Tensor, weight: Tensor, bias: Tensor, strength: float) -> float:
    """The definition: sum of log-losses + |w|^2 / 2C."""
    loss = F.cross_entropy(clips @ weight.double() + bias.double(), truth, reduction="sum")
    return float(loss + weight.double().square().sum() / (2 * strength))


@pytest.mark.parametrize("width", [5, 60, 200])
def test_it_ends_at_scikit_learns_minimum(width: int) -> None:
    """With more and with fewer clips than features: objective equal to 1e-5, 99.5 % of held-out decisions equal."""
    features, truth, training = a_corpus(160, width)
    probes = fit_logistic(features, truth, training, STRENGTHS, CLASSES)
    assert bool(probes.converged.all())
    equal = []
    for problem, used in enumerate(training):
        clips = standardised(features, used)
        scores = probes.scores_of(problem, features)
        for index, strength in enumerate(STRENGTHS):
            tight = LogisticRegression(C=strength, tol=1e-10, max_iter=100_000)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # float64 may give up just before 1e-10
                tight.fit(clips[used].numpy(), truth[used].numpy())
            weight, bias = torch.from_numpy(tight.coef_.T), torch.from_numpy(tight.intercept_)
            best = objective(clips[used], truth[used], weight, bias, strength)
            found = (probes.weight[problem, index], probes.bias[problem, index])
            assert objective(clips[used], truth[used], *found, strength) <= best * (1 + 1e-5)
            equal.append(scores[index, ~used].argmax(1).numpy() == tight.predict(clips[~used].numpy()))
    assert np.concatenate(equal).mean() >= 0.995


def test_two_classes_are_a_case_like_others() -> None:
    """With two classes, scikit-learn's binomial regression with twice the C gives the same log-odds."""
    features, truth, training = a_corpus(120, 10)
    truth = truth // 2
    probes = fit_logistic(features, truth, training[:1], [0.1], 2)
    clips = standardised(features, training[0])
    binomial = LogisticRegression(C=0.2, tol=1e-10, max_iter=10_000)
    binomial.fit(clips[training[0]].numpy(), truth[training[0]].numpy())
    scores = probes.scores(features)[0, 0]
    odds = torch.from_numpy(binomial.decision_function(clips.numpy()))
    torch.testing.assert_close((scores[:, 1] - scores[:, 0]).double(), odds, rtol=1e-2, atol=1e-2)


@settings(max_examples=15)
@given(shift=st.floats(-50, 50), scale=st.floats(0.01, 100), column=st.integers(0, 11), seed=st.integers(0, 1000))
def test_units_of_a_feature_change_no_decision(shift: float, scale: float, column: int, seed: int) -> None:
    """A feature that is shifted or scaled is the same feature."""
    features, truth, training = a_corpus(80, 12, seed)
    other = features.clone()
    other[:, column] = other[:, column] * scale + shift
    scores = fit_logistic(features, truth, training, STRENGTHS, CLASSES).scores(features)
    others = fit_logistic(other, truth, training, STRENGTHS, CLASSES).scores(other)
    assert_same_decisions(scores, others)


@pytest.mark.parametrize("width", [12, 100])
def test_a_constant_feature_changes_nothing(width: int) -> None:
    """A feature that never varies gets scale 0 and no weight, and leaves the decisions alone."""
    features, truth, training = a_corpus(80, width)
    probes = fit_logistic(features, truth, training, STRENGTHS, CLASSES)
    more = torch.cat((torch.full((80, 1), 1234.5), features), 1)
    others = fit_logistic(more, truth, training, STRENGTHS, CLASSES)
    assert bool((others.scale[:, 0] == 0).all())
    assert float(others.weight[:, :, 0].abs().max()) < 1e-6
    assert_same_decisions(probes.scores(features), others.scores(more))


def test_features_that_say_nothing_give_the_frequencies() -> None:
    """Where all features are constant, the intercepts are the log-frequencies of the classes."""
    truth = torch.tensor([0, 1, 1, 2, 2, 2, 2, 2])
    probes = fit_logistic(torch.ones(8, 3), truth, torch.ones(1, 8, dtype=torch.bool), [1e-4, 100.0], 3)
    expected = torch.tensor([1 / 8, 2 / 8, 5 / 8]).expand(1, 2, 8, 3)
    torch.testing.assert_close(probes.scores(torch.ones(8, 3)).softmax(3), expected, rtol=1e-3, atol=1e-3)


def test_strengths_keep_their_places() -> None:
    """The order of strengths is the order of probes, and a stronger penalty leaves smaller weights."""
    features, truth, training = a_corpus()
    size = fit_logistic(features, truth, training, STRENGTHS, CLASSES).weight.norm(dim=(2, 3))
    back = fit_logistic(features, truth, training, STRENGTHS[::-1], CLASSES).weight.norm(dim=(2, 3))
    assert bool((size.diff(dim=1) > 0).all())
    torch.testing.assert_close(size, back.flip(1), rtol=1e-3, atol=0)


def test_company_does_not_matter() -> None:
    """A problem fitted alone ends at the same objective to 1e-5 and decides as it does among others."""
    features, truth, training = a_corpus()
    together = fit_logistic(features, truth, training, STRENGTHS, CLASSES)
    for problem, used in enumerate(training):
        alone = fit_logistic(features, truth, training[problem : problem + 1], STRENGTHS, CLASSES)
        clips = standardised(features, used)[used]
        for index, strength in enumerate(STRENGTHS):
            one, other = (
                objective(clips, truth[used], probes.weight[at, index], probes.bias[at, index], strength)
                for probes, at in ((alone, 0), (together, problem))
            )
            assert abs(one - other) <= 1e-5 * one
        assert_same_decisions(alone.scores_of(0, features), together.scores_of(problem, features))


def test_a_missing_class_is_named() -> None:
    """A class without training clips is an error that names the problem and the class."""
    features, truth, training = a_corpus()
    training[1] &= truth != 2
    with pytest.raises(DataError, match="problem 1 has no training clip of class 2"):
        fit_logistic(features, truth, training, STRENGTHS, CLASSES)


def test_features_must_be_finite() -> None:
    """NaN is an error that names the clip, never a probe."""
    features, truth, training = a_corpus()
    features[17, 3] = torch.nan
    with pytest.raises(DataError, match="in 1 of 120 clips, first in clip 17"):
        fit_logistic(features, truth, training, STRENGTHS, CLASSES)


def assert_same_decisions(scores: Tensor, others: Tensor) -> None:
    """Equal choices wherever the best class leads by more than rounding, which must be nearly everywhere."""
    best = scores.topk(2, dim=-1).values
    clear = best[..., 0] - best[..., 1] > 1e-2
    assert bool((scores.argmax(-1) == others.argmax(-1))[clear].all())
    assert float((scores.argmax(-1) == others.argmax(-1)).float().mean()) >= 0.995
