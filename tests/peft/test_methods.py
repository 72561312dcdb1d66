"""Does every method let exactly what it should learn, and nothing else, on every family?"""

import copy

import pytest
import torch
from torch import nn

from emobench.domain.errors import UsageError
from emobench.testing.tiny_models import TINY

METHODS = ("bitfit", "bottleneck", "dora", "full", "ia3", "lora", "weight_gating")
MODELS = (*TINY, "byol-s")
RANK, WIDTH = 4, 6  # as conftest's options have them
IDLE = ("k_proj.bias", ".key.bias", "linear_k.bias", "masked_spec_embed", "embed_positions.weight")
LAST_OF_FEED_FORWARD = ("output_dense", "fc2", "output.dense")


@pytest.fixture(params=METHODS)
def method(request):
    """A method that trains the backbone."""
    return request.param


@pytest.fixture(params=MODELS)
def name(request):
    """A tiny model of each family, and BYOL-S."""
    return request.param


def linears(module, patterns):
    """The Linears that dotted patterns name, part by part."""
    found = {}
    for pattern in patterns:
        for path, part in module.named_modules():
            pairs = list(zip(path.split("."), pattern.split("."), strict=False))
            same = len(path.split(".")) == len(pattern.split("."))
            if same and all(a == b or (b == "*" and a.isdigit()) for a, b in pairs):
                found[path] = part
    return found


def learning_by_hand(method, module, card):
    """How many numbers should learn, from the shapes of the untouched model."""
    adapt = card.adapt
    low_rank = linears(module, adapt.attention or adapt.feed_forward).values()
    if method in ("lora", "dora"):
        rows = sum(part.out_features for part in low_rank) if method == "dora" else 0
        return rows + sum(RANK * (part.in_features + part.out_features) for part in low_rank)
    if method == "ia3":
        return sum(part.out_features for part in low_rank)
    if method == "weight_gating":
        return sum(part.out_features for part in linears(module, (*adapt.attention, *adapt.feed_forward)).values())
    if method == "bottleneck":
        feed_forward = linears(module, adapt.feed_forward)
        last = [p.out_features for path, p in feed_forward.items() if path.endswith(LAST_OF_FEED_FORWARD)]
        last = last if adapt.blocks else [part.out_features for part in feed_forward.values()]
        return sum(2 * WIDTH * width + width + WIDTH for width in last)
    front = tuple(f"{pattern}." for pattern in adapt.front_end)
    own = {path: w for path, w in module.named_parameters() if not path.startswith(front) and not path.endswith(IDLE)}
    return sum(w.numel() for path, w in own.items() if method == "full" or path.endswith(".bias"))


def test_identity_at_the_start(method, name, fresh, tuned, layers_of, lookup):
    """Before training, no layer differs by a bit; of DoRA, which divides by what it multiplies with, by 1e-6."""
    card, untouched = fresh(name)
    _, module = tuned(method, name)
    assert lookup(method).card.identity_at_start
    for layer, truth in zip(layers_of(module, card), layers_of(untouched, card), strict=True):
        if method == "dora":
            torch.testing.assert_close(layer, truth, rtol=1e-5, atol=1e-6)
        else:
            assert torch.equal(layer, truth)


def test_exactly_what_should_learn_does(method, name, fresh, tuned):
    """As many numbers learn as a formula over the shapes says, and none of them is in the front end."""
    card, untouched = fresh(name)
    _, module = tuned(method, name)
    learning = {path: weight for path, weight in module.named_parameters() if weight.requires_grad}
    assert sum(weight.numel() for weight in learning.values()) == learning_by_hand(method, untouched, card) > 0
    for front in card.adapt.front_end:
        assert not any(weight.requires_grad for weight in module.get_submodule(front).parameters())
    assert not any(path.endswith(IDLE) for path in learning)


def test_a_second_time(method, fresh, lookup, options_of):
    """A method that adds weights is refused the second time; one that adds none changes nothing more."""
    card, module = fresh("hubert")
    lookup(method).apply(module, card, options_of(method))
    learning = [path for path, weight in module.named_parameters() if weight.requires_grad]
    if method in ("bitfit", "full"):
        lookup(method).apply(module, card, options_of(method))
    else:
        with pytest.raises(UsageError, match=f"'{method}' is on this backbone already") as caught:
            lookup(method).apply(module, card, options_of(method))
        assert caught.value.found
        assert caught.value.remedy
    assert [path for path, weight in module.named_parameters() if weight.requires_grad] == learning


@pytest.mark.parametrize("head_only", ["frozen", "weighted_sum"])
def test_methods_of_the_head_touch_nothing(head_only, name, fresh, lookup):
    """With frozen and weighted_sum nothing of the backbone learns, is added or changes, differentiable or not."""
    card, module = fresh(name)
    before = copy.deepcopy(module.state_dict())
    method = lookup(head_only)
    method.apply(module, card.model_copy(update={"differentiable": False}), method.options())
    assert method.card.trains == "head"
    assert not any(weight.requires_grad for weight in module.parameters())
    assert before.keys() == module.state_dict().keys()
    assert all(torch.equal(weight, before[path]) for path, weight in module.state_dict().items())


def test_heads():
    """Only the weighted sum reads more than the last layer."""
    from emobench.peft.head_only import emobench_peft_methods

    assert {method.card.name: method.card.head for method in emobench_peft_methods()} == {
        "frozen": "mean", "weighted_sum": "weighted_sum",
    }  # fmt: skip


def test_the_front_end_learns_on_request(fresh, lookup):
    """With full.front_end every weight learns but key biases and what pretraining alone reads."""
    card, module = fresh("wav2vec2")
    method = lookup("full")
    method.apply(module, card, method.options(front_end=True))
    assert {path for path, weight in module.named_parameters() if not weight.requires_grad} == {
        path for path, _ in module.named_parameters() if path.endswith(IDLE)
    }


@pytest.mark.parametrize("front_end", [False, True])
def test_batch_norms_keep_their_statistics_in_train_mode(front_end, fresh, lookup, trained, layers_of):
    """In train mode a batch norm neither moves its statistics nor normalises by the batch, even where it learns."""
    card, module = fresh("byol-s")
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    expected = layers_of(module, card)
    buffers = {path: buffer.clone() for path, buffer in module.named_buffers()}
    lookup("full").apply(module, card, lookup("full").options(front_end=front_end))
    module.train()
    for layer, truth in zip(layers_of(module, card), expected, strict=True):
        assert torch.equal(layer, truth)
    module.train()
    trained(module, card)
    assert all(torch.equal(buffer, buffers[path]) for path, buffer in module.named_buffers())


def test_copies_learn_apart(method, tuned, trained, layers_of):
    """A deep copy of a tuned backbone has adapters of its own: training it moves nothing of the original."""
    card, module = tuned(method, "hubert")
    before = layers_of(module, card)
    twin = copy.deepcopy(module)
    trained(twin, card)
    assert all(torch.equal(a, b) for a, b in zip(layers_of(module, card), before, strict=True))
    assert not torch.equal(layers_of(twin, card)[-1], before[-1])
