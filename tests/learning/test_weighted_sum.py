"""Does the learned weighted sum stop where nothing pulls any more, and is it an ordinary probe otherwise?"""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from emobench.domain.errors import DataError
from emobench.learning.logistic import fit_logistic
from emobench.learning.ridge import fit_ridge
from emobench.learning.weighted_sum import fit_weighted_sum, fit_weighted_sum_ridge

STRENGTHS = (1e-3, 1e-2, 1e-1)
CLASSES = 3


def a_corpus(layers: int = 3, signal: float = 0.6) -> tuple[Tensor, Tensor, Tensor]:
    """Layers that drift from one to the next as residual streams do, their classes, and two problems."""
    draw = torch.Generator().manual_seed(1)
    truth = torch.arange(90) % CLASSES
    stream, centres = torch.randn(90, 12, generator=draw), torch.randn(CLASSES, 12, generator=draw)
    stack = []
    for layer in range(layers):
        stream = stream + 0.5 * torch.randn(90, 12, generator=draw)
        stack.append(stream + (signal if layer == 1 else 0.2) * centres[truth])
    fold = torch.arange(90) // CLASSES % 3
    return torch.stack(stack), truth, torch.stack([fold != 0, fold == 2])


def standardised(features: Tensor, used: Tensor) -> Tensor:
    """The training part of every layer in float64, by its own statistics."""
    part = features[:, used].double()
    return (part - part.mean(1, keepdim=True)) / part.std(1, keepdim=True, correction=0)


def test_it_stops_where_nothing_pulls() -> None:
    """By autograd in float64: what weights, intercepts and layer logits could still gain is 2e-6 of the objective."""
    features, truth, training = a_corpus()
    probes = fit_weighted_sum(features, truth, training, STRENGTHS, CLASSES)
    assert bool(probes.converged.all())
    for problem, used in enumerate(training):
        clips = standardised(features, used)
        for index, strength in enumerate(STRENGTHS):
            found = (probes.weight, probes.bias, probes.layer_weights.clamp_min(1e-30).log())
            weight, bias, logits = (part[problem, index].double().requires_grad_() for part in found)
            scores = (clips * logits.softmax(0)[:, None, None]).sum(0) @ weight + bias
            value = F.cross_entropy(scores, truth[used], reduction="sum") + weight.square().sum() / (2 * strength)
            value.backward()
            assert weight.grad is not None
            assert bias.grad is not None
            assert logits.grad is not None
            small = 2e-6 * float(value.detach())
            assert float(weight.grad.square().sum()) * strength / 2 < small
            assert float(bias.grad.square().sum()) / float(used.sum()) < small
            assert float(logits.grad.abs().sum()) < small


def test_one_layer_is_the_logistic_probe() -> None:
    """With a single layer there is nothing to weigh."""
    features, truth, training = a_corpus()
    summed = fit_weighted_sum(features[:1], truth, training, STRENGTHS, CLASSES)
    plain = fit_logistic(features[0], truth, training, STRENGTHS, CLASSES)
    assert bool((summed.layer_weights == 1).all())
    torch.testing.assert_close(summed.scores(features[:1]), plain.scores(features[0]))


def test_equal_layers_share_equally() -> None:
    """Copies of one layer stay at equal weights and give the probe of that layer."""
    features, truth, training = a_corpus()
    copies = features[1:2].expand(4, -1, -1)
    summed = fit_weighted_sum(copies, truth, training, STRENGTHS, CLASSES)
    plain = fit_logistic(features[1], truth, training, STRENGTHS, CLASSES)
    torch.testing.assert_close(summed.layer_weights, torch.full((2, 3, 4), 0.25))
    torch.testing.assert_close(summed.scores(copies), plain.scores(features[1]), rtol=1e-2, atol=1e-2)


def test_the_layer_that_knows_wins() -> None:
    """Among layers of noise, the only one with the classes gets most of the weight."""
    draw = torch.Generator().manual_seed(0)
    truth = torch.arange(90) % CLASSES
    features = torch.randn(4, 90, 8, generator=draw)
    features[2] += 2 * torch.randn(CLASSES, 8, generator=draw)[truth]
    probes = fit_weighted_sum(features, truth, torch.ones(1, 90, dtype=torch.bool), STRENGTHS, CLASSES)
    torch.testing.assert_close(probes.layer_weights.sum(2), torch.ones(1, 3))
    assert bool((probes.layer_weights[..., 2] > 0.9).all())


def test_scores_are_those_of_the_sum() -> None:
    """Scores equal one head on the weighted sum of standardised layers; a choice of strengths keeps their order."""
    features, truth, training = a_corpus()
    probes = fit_weighted_sum(features, truth, training, STRENGTHS, CLASSES)
    layers = (features - probes.mean[1][:, None]) * probes.scale[1][:, None]
    summed = (layers * probes.layer_weights[1, 2][:, None, None]).sum(0)
    expected = summed @ probes.weight[1, 2] + probes.bias[1, 2]
    torch.testing.assert_close(probes.scores_of(1, features, [2, 0])[0], expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(probes.scores(features)[1, 2], expected, rtol=1e-4, atol=1e-4)


def test_a_dimension_gets_the_ridge_probe() -> None:
    """For a dimension and a single layer, the descent ends at the closed form; with several, no higher than any."""
    features, truth, training = a_corpus()
    values = features[1, :, 0] + 0.1 * truth + 4
    summed = fit_weighted_sum_ridge(features[1:2], values, training, STRENGTHS)
    plain = fit_ridge(features[1], values, training, STRENGTHS)
    torch.testing.assert_close(summed.scores(features[1:2]), plain.scores(features[1]), rtol=1e-2, atol=1e-2)
    several = fit_weighted_sum_ridge(features, values, training, STRENGTHS)
    assert bool(several.converged.all())
    assert several.scores(features).shape == (2, 3, 90, 1)


@pytest.mark.parametrize("fault", ["class", "number"])
def test_bad_input_is_refused(fault: str) -> None:
    """A missing class and a NaN in any layer are errors."""
    features, truth, training = a_corpus()
    if fault == "class":
        training[0] &= truth != 1
    else:
        features[2, 3, 4] = torch.nan
    with pytest.raises(DataError, match="class 1" if fault == "class" else "clip 3"):
        fit_weighted_sum(features, truth, training, STRENGTHS, CLASSES)
