"""Are the tiny backbones fit to try PEFT methods on: of several families, awake, the same every time?"""

import pytest
import torch
from law_verdicts import broken_by, one_each
from tiny_families import catalog
from torch import nn

from emobench.testing.peft.laws import PEFT_LAWS, check_peft
from emobench.testing.peft.subject import PeftSubject
from emobench.testing.peft.tiny_backbones import tiny_backbones
from emobench.testing.peft.trials import heard, wake


def test_they_are_what_their_cards_say():
    """Each gives the layers of its card, in eval mode, and nothing of it learns."""
    for card, module in tiny_backbones():
        layers = heard(module, card)
        assert [layer.shape[1] for layer in layers] == [layer.width for layer in card.layers]
        assert not any(part.training for part in module.modules())
        assert not any(weight.requires_grad for weight in module.parameters())


def test_they_are_the_same_every_time_and_draw_nothing_of_the_callers():
    """Made twice they have the same bits, and torch's generator stays where it was."""
    generator = torch.random.get_rng_state()
    for (one, first), (two, second) in zip(tiny_backbones(), tiny_backbones(), strict=True):
        assert one == two
        assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert torch.equal(torch.random.get_rng_state(), generator)


def test_they_are_of_different_families():
    """Four families, one of them without places in its attention, one with a fixed window."""
    cards = {card.family: card for card, _ in tiny_backbones()}
    assert set(cards) == {"hubert", "wavlm", "whisper", "wav2vec2-bert"}
    assert cards["wavlm"].adapt.attention == ()
    assert cards["whisper"].window_seconds == pytest.approx(3)


@pytest.mark.parametrize("name", sorted(catalog().peft_methods))
def test_built_in_methods_keep_all_laws_on_tiny_backbones(name):
    """Every method of the core keeps all laws with its own options on tiny members of four families."""
    said = list(check_peft(PeftSubject(catalog().peft_method(name).what)))
    assert broken_by(said) == {}
    assert one_each(said, PEFT_LAWS)
    assert said[-1].found == "tiny-hubert, tiny-wavlm, tiny-whisper, tiny-w2v-bert"


def test_an_awake_matrix_keeps_the_size_of_what_it_multiplies():
    """After `wake`, a matrix times a vector of size 1 has size 1 on average; vectors keep their bits."""
    linear = nn.Linear(400, 300).requires_grad_(requires_grad=False)
    linear.weight *= 1e-3
    bias = linear.bias.clone()
    wake(linear)
    x = torch.randn(50, 400, generator=torch.Generator().manual_seed(5))
    assert float((x @ linear.weight.T).std()) == pytest.approx(1, abs=0.05)
    assert torch.equal(linear.bias, bias)
