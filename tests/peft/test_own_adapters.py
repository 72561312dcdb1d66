"""Do emobench's own adapters compute what they say?"""

import pytest
import torch
from torch import nn

from emobench.domain.cards import BackboneCard, Layers
from emobench.peft.combination import combined

CARD = BackboneCard(
    name="toy", pretrained_on="nothing", licence="MIT", paper="none", sample_rate=16_000,
    layers=Layers.uniform(1, 3, hz=2000),
)  # fmt: skip


@pytest.mark.parametrize("activation", ["relu", "gelu", "silu"])
def test_a_bottleneck_computes_its_formula(activation):
    """A state h becomes h + up(f(down(h))), written out by hand for one state."""
    from emobench.peft.bottleneck_adapter import Bottleneck

    adapter = Bottleneck(3, 2, activation, torch.zeros(1))
    nn.init.normal_(adapter.up.weight)
    h = torch.tensor([0.5, -1.0, 2.0])
    f = getattr(nn.functional, activation)
    inner = [f(sum(w * x for w, x in zip(row, h, strict=True))) for row in adapter.down.weight]
    moves = [sum(w * i for w, i in zip(row, inner, strict=True)) for row in adapter.up.weight]
    expected = [x + move for x, move in zip(h, moves, strict=True)]
    torch.testing.assert_close(adapter(h), torch.stack(expected))


def test_a_gate_computes_its_formula(lookup):
    """Row i of a weight is multiplied by 2 sigmoid(a_i), at the start by 1; its bias is not."""
    bare = nn.Linear(5, 3)
    module = nn.Sequential(nn.Linear(5, 3))
    module[0].load_state_dict(bare.state_dict())
    lookup("weight_gating").apply(module, CARD, lookup("weight_gating").options())
    assert torch.equal(module[0].weight, bare.weight)
    openness = torch.tensor([0.0, -2.0, 3.0])
    module[0].parametrizations.weight[0].openness.data = openness
    for row, a in enumerate(openness):
        torch.testing.assert_close(module[0].weight[row], bare.weight[row] * 2 / (1 + torch.exp(-a)))
    x = torch.randn(4, 5)
    torch.testing.assert_close(module(x), x @ module[0].weight.T + bare.bias)


@pytest.mark.parametrize("name", ["lora+bottleneck", "bottleneck+lora"])
def test_a_bottleneck_hears_what_lora_changed(name, lookup):
    """Whichever is named first, the adapter stands behind the Linear and its LoRA, not between them."""
    module = nn.Sequential(nn.Linear(5, 3)).requires_grad_(requires_grad=False)
    options = {"lora": lookup("lora").options(rank=2, alpha=6), "bottleneck": lookup("bottleneck").options(width=2)}
    combined(name, lookup).apply(module, CARD, options)
    for weight in module.parameters():
        nn.init.normal_(weight)
    place, x = module[0], torch.randn(4, 5)
    a, b = place.lora_A["lora"].weight, place.lora_B["lora"].weight
    states = x @ place.base_layer.weight.T + place.base_layer.bias + 6 / 2 * (x @ a.T @ b.T)
    adapter = place.bottleneck
    inner = nn.functional.gelu(states @ adapter.down.weight.T + adapter.down.bias)
    expected = states + inner @ adapter.up.weight.T + adapter.up.bias
    torch.testing.assert_close(module(x), expected, rtol=1e-5, atol=1e-5)


def test_a_nonlinearity_that_several_linears_share_is_left_alone(lookup):
    """Where one ReLU object stands behind two Linears, each Linear has an adapter of its own width."""
    relu = nn.ReLU()
    module = nn.Sequential(nn.Linear(3, 5), relu, nn.Linear(5, 4), relu, nn.Linear(4, 2), nn.ReLU())
    lookup("bottleneck").apply(module, CARD, lookup("bottleneck").options())
    adapters = {name: part for name, part in module.named_modules() if name.endswith("bottleneck")}
    assert {name: part.up.out_features for name, part in adapters.items()} == {
        "0.bottleneck": 5, "2.bottleneck": 4, "5.bottleneck": 2,
    }  # fmt: skip
    assert module(torch.zeros(1, 3)).shape == (1, 2)
