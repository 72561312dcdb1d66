"""Do heads read what they say, in standardised layers and in the unit of the truth?"""

import pytest
import torch
from pydantic import ValidationError

from emobench.catalog.contracts import ClipFeatures
from emobench.domain.training import TrainOptions
from emobench.learning.heads import make_head

WIDTHS = (7, 4, 4, 4)


def features(clips=20):
    draw = torch.Generator().manual_seed(2)
    return ClipFeatures(tuple(3 + 2 * torch.randn(clips, width, generator=draw) for width in WIDTHS))


def standard(layer):
    return (layer - layer.mean(0)) / layer.std(0, correction=0)


def test_the_mean_head_reads_the_last_layer():
    """Its scores are a linear function of the last layer, standardised by the clips that it was settled on."""
    head, pooled = make_head("mean", WIDTHS, 3, seed=0), features()
    head.settle(pooled, torch.zeros(20, dtype=torch.int64))
    expected = standard(pooled.layers[-1]) @ head.linear.weight.T + head.linear.bias
    torch.testing.assert_close(head(pooled), expected)


def test_the_weighted_sum_reads_layers_as_wide_as_the_last():
    """Its scores are those of the softmax-weighted sum of the three standardised layers of width 4, by a loop."""
    head, pooled = make_head("weighted_sum", WIDTHS, 3, seed=0), features()
    head.settle(pooled, torch.zeros(20, dtype=torch.int64))
    with torch.no_grad():
        head.layer_logits.copy_(torch.tensor([0.1, -0.5, 0.9]))
    shares, total = head.layer_logits.exp() / head.layer_logits.exp().sum(), 0
    for share, layer in zip(shares, pooled.layers[1:], strict=True):
        total = total + share * standard(layer)
    torch.testing.assert_close(head(pooled), total @ head.linear.weight.T + head.linear.bias)


def test_flat_features_say_nothing():
    """A feature that is the same for all training clips becomes 0, not infinity."""
    head, pooled = make_head("mean", (4,), 2, seed=0), ClipFeatures((torch.ones(5, 4),))
    head.settle(pooled, torch.zeros(5, dtype=torch.int64))
    torch.testing.assert_close(head(ClipFeatures((torch.full((1, 4), 9.0),)))[0], head.linear.bias)


def test_dimensions_are_told_in_their_unit():
    """A head that is settled on values of mean 50 and sd 4 predicts around 50 before it has learned anything."""
    head, pooled = make_head("mean", WIDTHS, 1, seed=0), features()
    truth = 50 + 4 * standard(torch.arange(20.0))
    head.settle(pooled, truth)
    expected = 50 + 4 * (standard(pooled.layers[-1]) @ head.linear.weight.T + head.linear.bias)
    torch.testing.assert_close(head(pooled), expected)


def test_heads_are_seeded():
    """The same seed gives the same head, another seed another one, and the caller's generator stays."""
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    one, again, other = (make_head("mean", WIDTHS, 3, seed=seed).linear.weight for seed in (4, 4, 5))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"epochs": 0}, "epochs"), ({"batch": 1}, "batch"), ({"fraction": 0}, "above 0"), ({"fraction": [0.5, 2]}, "most"),
     ({"warm_up": 1.0}, "warm_up"), ({"learning_rate": 0}, "learning_rate"), ({"rate": 1}, "rate")],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(wrong, said):
    """Each option has its range, and unknown ones are named."""
    with pytest.raises(ValidationError, match=said):
        TrainOptions(**wrong)


def test_options_are_described_and_have_the_rulers_defaults():
    """Every option has a description; fractions are sorted, each stands once, and 1 is always among them."""
    assert all(field.description for field in TrainOptions.model_fields.values())
    options = TrainOptions()
    assert (options.epochs, options.batch, options.patience, options.learning_rate) == (20, 16, 4, None)
    assert (options.weight_decay, options.warm_up, options.clip, options.fraction) == (0.01, 0.05, 1.0, (1.0,))
    assert TrainOptions(fraction=0.5).fraction == (0.5, 1.0)
    assert TrainOptions(fraction=(1, 0.25, 0.25)).fraction == (0.25, 1.0)
