"""Why does WavLM's card name no attention? What is wrapped around its projections is never called."""

import pytest
import torch

from emobench.backbones.waveform_family import ATTENTION


@pytest.fixture(params=["wavlm", "wavlm-stable"])
def name(request):
    """WavLM, base and large."""
    return request.param


def lora_on(card, attention, lookup, module):
    method = lookup("lora")
    wrong = card.model_copy(update={"adapt": card.adapt.model_copy(update={"attention": attention})})
    torch.manual_seed(1)
    method.apply(module, wrong, method.options(rank=4))


def test_lora_around_its_attention_is_dead(name, fresh, lookup, trained):
    """No LoRA weight around a projection of WavLM's attention ever has a gradient: hence the empty list."""
    card, module = fresh(name)
    assert card.adapt.attention == ()
    lora_on(card, ATTENTION, lookup, module)
    learning = {path: w for path, w in module.named_parameters() if w.requires_grad}
    assert len(learning) == 2 * 4 * 3  # A and B at four projections of three blocks
    with pytest.raises(RuntimeError, match="does not require grad"):
        trained(module, card)
    assert all(weight.grad is None for weight in learning.values())


def test_the_same_around_huberts_is_alive(fresh, lookup, trained):
    """The same LoRA at the same names of HuBERT learns: it is the family, not the method."""
    card, module = fresh("hubert")
    lora_on(card, ATTENTION, lookup, module)
    assert min(trained(module, card).values()) > 1e-6


def test_lora_on_its_feed_forward_learns(name, fresh, lookup, trained, layers_of):
    """By its card LoRA wraps the feed-forward, and training it changes every layer above the first."""
    card, module = fresh(name)
    method = lookup("lora")
    torch.manual_seed(1)
    method.apply(module, card, method.options(rank=4))
    before = layers_of(module, card)
    shares = trained(module, card)
    assert len(shares) == 2 * 2 * 3
    assert all(".feed_forward." in path for path in shares)
    assert min(shares.values()) > 1e-6
    after = layers_of(module, card)
    assert torch.equal(after[0], before[0])
    assert not any(torch.equal(a, b) for a, b in zip(after[1:], before[1:], strict=True))
