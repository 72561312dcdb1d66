"""Does a head say what the probe said that it was made of, also when its layers are moved?"""

import pytest
import torch

from emobench.learning.logistic import fit_logistic
from emobench.learning.ridge import fit_ridge
from emobench.learning.summed_heads import fit_heads
from emobench.learning.weighted_sum import fit_weighted_sum, fit_weighted_sum_ridge

STRENGTHS = (0.001, 0.1, 1.0)


def problem(layers, classes):
    """Features (layers, 60, 5), a truth that they tell, and two thirds of the clips to learn from."""
    draw = torch.Generator().manual_seed(layers)
    features = torch.randn(layers, 60, 5, generator=draw) * 3 + 2
    features[:, :, 4] = 1.0  # flat: nothing may be divided by its spread
    value = features[0, :, 0] - features[0, :, 1]
    truth = (value > value.median()).long() if classes else value
    return features, truth, torch.arange(60) % 3 > 0


def probes(features, truth, training, classes):
    """The same by the functions that fit many problems at once."""
    if len(features) > 1 and classes:
        return fit_weighted_sum(features, truth, training[None], STRENGTHS, classes)
    if len(features) > 1:
        return fit_weighted_sum_ridge(features, truth, training[None], STRENGTHS)
    if classes:
        return fit_logistic(features[0], truth, training[None], STRENGTHS, classes)
    return fit_ridge(features[0], truth, training[None], STRENGTHS)


@pytest.mark.parametrize("classes", [2, 0])
@pytest.mark.parametrize("layers", [1, 3])
def test_a_head_says_what_its_probe_says(layers, classes):
    """At every strength the scores of a head are those of the probe it was made of."""
    features, truth, training = problem(layers, classes)
    heads, not_converged = fit_heads(features, truth, training, STRENGTHS, classes)
    fitted = probes(features, truth, training, classes)
    told = fitted.scores(features if layers > 1 else features[0])[0]
    assert not_converged == int((~fitted.converged).sum())
    assert len(heads) == len(STRENGTHS)
    for head, expected in zip(heads, told, strict=True):
        torch.testing.assert_close(head.scores(features), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layers", [1, 3])
def test_aligned_layers_do_not_notice_a_shift_or_a_scale(layers):
    """Layers that are shifted and scaled, each in its own way, are read as before once they are aligned."""
    features, truth, training = problem(layers, 2)
    head = fit_heads(features, truth, training, STRENGTHS, 2)[0][1]
    by = torch.arange(1.0, layers + 1)[:, None, None]
    moved = features * by + 7 * by
    before = head.layers.of(features)
    torch.testing.assert_close(head.layers.aligned(moved[:, training]).of(moved), before, rtol=1e-3, atol=1e-4)
