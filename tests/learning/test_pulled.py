"""Is a head in a second domain pulled towards the first by what the strength says, and by nothing else?"""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from emobench.learning.logistic import fit_logistic
from emobench.learning.pulled import Head, fit_from, head_of, statistics


def domain(seed, clips=90, width=7, classes=3, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(clips) % classes
    centres = torch.randn(classes, width, generator=torch.Generator().manual_seed(9))
    features = centres[truth] + 1.5 * torch.randn(clips, width, generator=generator)
    return 2 * features + shift, truth


def first_head(features, truth):
    everyone = torch.ones(1, len(truth), dtype=torch.bool)
    return head_of(fit_logistic(features, truth, everyone, [0.01], 3), 0)


@pytest.mark.parametrize("strength", [1e-3, 1e-2, 1.0])
def test_minimises_the_distance_from_where_it_started(strength):
    """Losses + |w - w0|^2 / 2C in aligned features, intercept free: nothing that scipy finds is lower."""
    features, truth = domain(0)
    second, labels = domain(1, shift=5.0)
    start = first_head(features, truth)
    training = torch.arange(len(labels)) % 5 > 0
    (head,), converged = fit_from(start, second, labels, training, [strength], 3)
    assert converged.all()
    mean, scale = statistics(second[training])
    x = ((second[training] - mean) * scale).double().numpy()
    y, w0 = labels[training].numpy(), start.weight.double().numpy()

    def objective(flat):
        w, b = flat[:-3].reshape(w0.shape), flat[-3:]
        scores = x @ w + b
        log_sums = np.log(np.exp(scores - scores.max(1, keepdims=True)).sum(1)) + scores.max(1)
        return (log_sums - scores[np.arange(len(y)), y]).sum() + ((w - w0) ** 2).sum() / (2 * strength)

    ours = objective(np.concatenate([head.weight.double().numpy().ravel(), head.bias.double().numpy()]))
    theirs = minimize(objective, np.concatenate([w0.ravel(), np.zeros(3)]), method="L-BFGS-B").fun
    assert ours <= theirs * (1 + 1e-5)


def test_a_strong_pull_changes_nothing_but_the_intercept():
    """With C near zero the weights are those of stage 1; with C large they are those of a fit that never saw it."""
    features, truth = domain(0)
    second, labels = domain(1, shift=-3.0)
    start = first_head(features, truth)
    everyone = torch.ones(len(labels), dtype=torch.bool)
    (held, free), _ = fit_from(start, second, labels, everyone, [1e-8, 1e4], 3)
    torch.testing.assert_close(held.weight, start.weight, rtol=0, atol=1e-4)
    fresh = head_of(fit_logistic(second, labels, everyone[None], [1e4], 3), 0)
    assert (free.scores(second).argmax(1) == fresh.scores(second).argmax(1)).float().mean() > 0.97


def test_aligning_takes_the_other_domains_statistics():
    """A shift and a scale of a whole domain change nothing in aligned scores, and much in the others."""
    features, truth = domain(0)
    head = first_head(features, truth)
    moved = 3 * features - 20
    torch.testing.assert_close(head.aligned(moved).scores(moved), head.scores(features), rtol=1e-4, atol=1e-4)
    assert (head.scores(moved) - head.scores(features)).abs().max() > 1


def test_dimensions_are_pulled_too():
    """For a dimension the head has the ridge solution around stage 1, in closed form."""
    generator = torch.Generator().manual_seed(2)
    features = torch.randn(60, 4, generator=generator)
    truth = features @ torch.tensor([1.0, -1.0, 0.5, 0.0]) + 0.3 * torch.randn(60, generator=generator)
    start = Head(torch.ones(4, 1), torch.zeros(1), torch.zeros(4), torch.ones(4))
    everyone = torch.ones(60, dtype=torch.bool)
    (head,), _ = fit_from(start, features, truth, everyone, [0.1], 0)
    mean, scale = statistics(features)
    x = ((features - mean) * scale).double()
    y = truth.double()
    gram = x.T @ x + 10 * torch.eye(4, dtype=torch.float64)
    expected = torch.linalg.solve(gram, x.T @ (y - y.mean()) + 10 * torch.ones(4, dtype=torch.float64))
    torch.testing.assert_close(head.weight[:, 0].double(), expected, rtol=1e-4, atol=1e-4)


def test_flat_features_say_nothing():
    """A feature that does not vary in the second domain has no part in its scores."""
    features, truth = domain(0)
    second, labels = domain(1)
    second[:, 2] = 7.0
    (head,), _ = fit_from(first_head(features, truth), second, labels, torch.ones(90, dtype=torch.bool), [0.1], 3)
    other = second.clone()
    other[:, 2] = -100.0
    torch.testing.assert_close(head.scores(second), head.scores(other))
