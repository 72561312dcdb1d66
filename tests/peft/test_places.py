"""Does a method find its places by the card, and say what it looked for when it does not?"""

import pytest
from torch import nn

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.cards import Adapt, BackboneCard, Layers
from emobench.domain.errors import DataError, UsageError
from emobench.peft.places import linear_places

TRAINING = ("bitfit", "bottleneck", "dora", "full", "ia3", "lora", "weight_gating")
WITH_PLACES = ("bottleneck", "dora", "ia3", "lora", "weight_gating")


class Toy(nn.Module):
    """A convolution in front, two named Linears with a ReLU between them, and a Linear that no list names."""

    def __init__(self, *, linears=True):
        super().__init__()
        self.front = nn.Conv1d(1, 4, 8, stride=8)
        self.norm = nn.BatchNorm1d(4)
        if linears:
            self.stack = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 5))
            self.lonely = nn.Linear(5, 3)

    def forward(self, audio):
        states = self.norm(self.front(audio.waveform[:, None])).transpose(1, 2)
        states = self.stack[0](states)
        states = self.stack[2](self.stack[1](states.transpose(1, 2)).transpose(1, 2))
        last = self.lonely(self.stack[3](states))
        return FrameFeatures((last,), (audio.lengths // 8,))


def card(adapt=None, **fields):
    return BackboneCard(
        name="toy", pretrained_on="nothing", licence="MIT", paper="none", sample_rate=16_000, adapt=adapt,
        layers=Layers.uniform(1, 3, hz=2000), **fields,
    )  # fmt: skip


def frozen(**parts):
    return Toy(**parts).eval().requires_grad_(requires_grad=False)


@pytest.fixture
def applied(lookup):
    """A toy to which a method was applied, with default options where none are given."""

    def apply(method, adapt=None, module=None, **options):
        module = module or frozen()
        found = lookup(method)
        small = {"rank": 2} if method in ("lora", "dora") else {}
        found.apply(module, card(adapt), found.options(**{**small, **options}))
        return module

    return apply


def learning(module):
    return {name for name, weight in module.named_parameters() if weight.requires_grad}


def where(module):
    """The Linears at which something was added, by dotted name."""
    marks = (".lora_A", ".ia3_l", ".parametrizations", ".bottleneck")
    return {name.split(mark)[0] for name in learning(module) for mark in marks if mark in name}


@pytest.mark.parametrize("method", ["lora", "dora", "ia3"])
@pytest.mark.parametrize(
    ("adapt", "expected"),
    [
        (Adapt(attention=("stack.0",), feed_forward=("stack.3",)), {"stack.0"}),
        (Adapt(feed_forward=("stack.3",)), {"stack.3"}),
        (Adapt(front_end=("lonely",)), {"stack.0", "stack.3"}),
        (None, {"stack.0", "stack.3", "lonely"}),
    ],
    ids=["attention", "feed-forward", "every linear", "no adapt"],
)
def test_low_rank_methods_choose_their_places(method, adapt, expected, applied):
    """Attention where the card names it, else the feed-forward, else every Linear beyond the front end."""
    assert where(applied(method, adapt)) == expected


def test_weight_gates_stand_everywhere(applied):
    """Gates take attention and feed-forward, and every Linear where neither is named."""
    both = Adapt(attention=("stack.0",), feed_forward=("lonely",))
    assert where(applied("weight_gating", both)) == {"stack.0", "lonely"}
    assert where(applied("weight_gating")) == {"stack.0", "stack.3", "lonely"}


@pytest.mark.parametrize(
    ("adapt", "expected"),
    [
        (Adapt(feed_forward=("stack.0", "stack.3")), {"stack.0": 6, "stack.3": 5}),
        (Adapt(blocks="stack", feed_forward=("stack.0", "stack.3")), {"stack.3": 5}),
        (None, {"stack.0": 6, "stack.3": 5, "lonely": 3}),
    ],
    ids=["each", "at the end of a block", "no adapt"],
)
def test_bottlenecks_stand_behind_feed_forwards(adapt, expected, applied):
    """One behind every feed-forward Linear, of its width; in a block, behind the last of those that never come back."""
    module = applied("bottleneck", adapt, width=7)
    found = {name: part for name, part in module.named_modules() if name.endswith("bottleneck")}
    assert {name.removesuffix(".bottleneck"): part.up.out_features for name, part in found.items()} == expected
    assert {part.down.out_features for part in found.values()} == {7}


def test_a_bottleneck_follows_the_nonlinearity(fresh, lookup):
    """In BYOL-S adapters hang on the ReLUs behind fc.0 and fc.3, so that they hear what leaves them."""
    said, module = fresh("byol-s")
    lookup("bottleneck").apply(module, said, lookup("bottleneck").options())
    assert [name for name, _ in module.named_modules() if name.endswith("bottleneck")] == [
        "fc.1.bottleneck", "fc.4.bottleneck",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["w2v-bert", "clap", "wavlm", "whisper", "ast", "hubert-stable"])
def test_a_bottleneck_for_every_feed_forward_of_a_block(name, fresh, lookup):
    """A block has one adapter for its feed-forward, the conformer's two have two, each behind its last Linear."""
    said, module = fresh(name)
    blocks = {"clap": 5}.get(name, len(said.layers) - 1)
    lookup("bottleneck").apply(module, said, lookup("bottleneck").options())
    found = [path.removesuffix(".bottleneck") for path, _ in module.named_modules() if path.endswith(".bottleneck")]
    assert len(found) == blocks * (2 if name == "w2v-bert" else 1)
    assert all(path.endswith(("output_dense", "fc2", "output.dense")) for path in found)


@pytest.mark.parametrize("method", WITH_PLACES)
def test_a_pattern_that_matches_nothing_is_the_cards_fault(method, applied):
    """A card whose names lead nowhere is an error that tells the name, not a silent other place."""
    with pytest.raises(DataError, match="the card of 'toy' names places") as caught:
        applied(method, Adapt(attention=("blocks.*.q",), feed_forward=("blocks.*.ff",)))
    assert "looked for: blocks.*." in caught.value.found
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("method", WITH_PLACES)
def test_a_place_that_is_no_linear_is_the_cards_fault(method, applied):
    """A star that covers other modules as well is an error that names one and what it is."""
    with pytest.raises(DataError, match="names places that its module does not have") as caught:
        applied(method, Adapt(feed_forward=("stack.*",)))
    assert caught.value.found == "looked for: stack.*\nfound: stack.1 is a BatchNorm1d, no Linear"


@pytest.mark.parametrize("method", TRAINING)
def test_a_front_end_that_is_not_there_is_the_cards_fault(method, applied):
    """What the card calls a front end must be there: else it would learn unnoticed."""
    with pytest.raises(DataError, match="names places") as caught:
        applied(method, Adapt(front_end=("convolutions",)))
    assert "looked for: convolutions" in caught.value.found


@pytest.mark.parametrize("method", WITH_PLACES)
def test_a_backbone_without_linears_has_no_places(method, applied):
    """A model of convolutions alone is refused with what was looked for and what to do instead."""
    with pytest.raises(UsageError, match=f"'{method}' finds no place in 'toy'") as caught:
        applied(method, Adapt(front_end=("front",)), frozen(linears=False))
    assert "every Linear" in caught.value.found
    assert "--peft" in caught.value.remedy


@pytest.mark.parametrize("method", ["bitfit", "full"])
def test_a_backbone_without_weights_has_nothing_to_learn(method, applied):
    """Where the front end is all there is, methods that add nothing are refused."""
    with pytest.raises(UsageError, match=f"'{method}' finds nothing that could learn in 'toy'"):
        applied(method, Adapt(front_end=("front", "norm")), frozen(linears=False))


@pytest.mark.parametrize("method", TRAINING)
def test_a_backbone_that_is_not_differentiable_is_refused(method, lookup):
    """A method that trains the backbone says so when it cannot be trained, and leaves it as it was."""
    module, found = frozen(), lookup(method)
    with pytest.raises(UsageError, match=f"'{method}' trains the backbone, and 'toy' is not differentiable"):
        found.apply(module, card(differentiable=False), found.options())
    assert learning(module) == set()


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_a_rank_larger_than_a_place_is_refused(method, applied):
    """The smaller width of every place bounds the rank: the error names the narrowest place and the option."""
    assert where(applied(method, Adapt(feed_forward=("stack.0", "stack.3")), rank=4)) == {"stack.0", "stack.3"}
    with pytest.raises(UsageError, match=rf"{method}\.rank = 4 is larger than a place of 'toy'") as caught:
        applied(method, rank=4)
    assert "lonely, 5 -> 3" in caught.value.found
    assert f"--set {method}.rank=3" in caught.value.remedy


def test_shared_linears_are_one_place():
    """A Linear that stands under two names is one place."""
    module = frozen()
    module.again = module.lonely
    assert [place.name for place in linear_places(module, card(), "lora", ())] == ["stack.0", "stack.3", "lonely"]


@pytest.mark.parametrize("wrapping", [("lora", "ia3"), ()])
def test_no_place_is_inside_what_methods_added(wrapping, lookup):
    """Methods that take every Linear find the backbone's own, never those of adapters that are there already."""
    module, said, sizes = frozen(), card(), {"lora": {"rank": 2}, "bottleneck": {"width": 7}}
    for method in (*wrapping, "bottleneck", "weight_gating"):
        lookup(method).apply(module, said, lookup(method).options(**sizes.get(method, {})))
    paths = [name for name, _ in module.named_modules()]
    assert len([path for path in paths if path.endswith("bottleneck")]) == 3
    assert len([path for path in paths if path.endswith("parametrizations")]) == 3
    assert [place.name for place in linear_places(module, said, "lora", ())] == ["stack.0", "stack.3", "lonely"]


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("lora", {"rank": 0}), ("dora", {"rank": -1}), ("lora", {"alpha": 0}), ("lora", {"dropout": 1.0}),
        ("lora", {"ranks": 4}), ("bottleneck", {"width": 0}), ("bottleneck", {"activation": "sine"}),
        ("full", {"front_end": "perhaps"}), ("bitfit", {"rank": 4}),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(method, options, lookup):
    """Unknown options and values out of range never become options."""
    with pytest.raises(ValueError, match="validation error"):
        lookup(method).options(**options)


def test_options_describe_themselves(catalog):
    """Every option of a built-in method has a description and a default."""
    for offer in catalog.peft_methods.values():
        for field in offer.what.options.model_fields.values():
            assert field.description
            assert not field.is_required()
