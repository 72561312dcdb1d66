"""Do methods go together when they should, in one order, and are nonsense combinations refused?"""

import pytest
import torch
from torch import nn

from emobench.domain.errors import EmobenchError, UsageError
from emobench.peft.combination import combined

RANK = {"rank": 4}


def options(lookup, *methods):
    sizes = {"lora": RANK, "dora": RANK, "bottleneck": {"width": 6}}
    return {name: lookup(name).options(**sizes.get(name, {})) for name in methods}


@pytest.mark.parametrize(
    ("name", "canonical", "head", "trains"),
    [
        ("frozen", "frozen", "mean", False),
        ("weighted_sum", "weighted_sum", "weighted_sum", False),
        ("lora", "lora", "mean", True),
        ("weighted_sum+lora", "lora+weighted_sum", "weighted_sum", True),
        ("weight_gating+lora+weighted_sum", "lora+weight_gating+weighted_sum", "weighted_sum", True),
        ("bottleneck+ia3+lora", "ia3+lora+bottleneck", "mean", True),
        ("full + weighted_sum", "full+weighted_sum", "weighted_sum", True),
    ],
)  # fmt: skip
def test_a_combination_has_one_name_and_one_head(name, canonical, head, trains, lookup):
    """The order in which names are joined does not matter; the head is the weighted sum where it is one of them."""
    found = combined(name, lookup)
    assert (found.name, found.head, found.trains_backbone) == (canonical, head, trains)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lora+lora", "'lora' stands in it twice"),
        ("weighted_sum+lora+weighted_sum", "'weighted_sum' stands in it twice"),
        ("frozen+lora", "'frozen' says that nothing but the head learns"),
        ("frozen+weighted_sum", "'frozen' says that nothing but the head learns"),
        ("dora+lora", "'dora' is 'lora' and more"),
        ("full+lora", "'full' trains every weight already"),
        ("lora+", "no peft method named ''"),
        ("lora+wieghted_sum", "Did you mean 'weighted_sum'?"),
    ],
)
def test_nonsense_is_refused(name, reason, catalog):
    """The same method twice, two heads, a head that wants the backbone frozen, and unknown names: with the reason."""
    with pytest.raises(UsageError) as caught:
        combined(name, lambda method: catalog.peft_method(method).what)
    assert reason in caught.value.what
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["hubert", "wavlm", "byol-s", "whisper"])
@pytest.mark.parametrize("joined", ["lora+bottleneck", "dora+weight_gating", "ia3+lora", "lora+bitfit+bottleneck"])
def test_joined_methods_all_learn(joined, name, fresh, lookup, trained, layers_of):
    """What learns together is as much as what learns alone, all of it alive, and nothing changes before training."""
    parts, alone = joined.split("+"), 0
    for part in parts:
        card, module = fresh(name)
        combined(part, lookup).apply(module, card, options(lookup, part))
        alone += sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    card, module = fresh(name)
    before = layers_of(module, card)
    torch.manual_seed(1)
    combined(joined, lookup).apply(module, card, options(lookup, *parts))
    for layer, truth in zip(layers_of(module, card), before, strict=True):
        torch.testing.assert_close(layer, truth, rtol=1e-5, atol=1e-6)
    assert sum(weight.numel() for weight in module.parameters() if weight.requires_grad) == alone
    shares = trained(module, card)
    assert [path for path, share in shares.items() if share <= 1e-6] == []


@pytest.mark.parametrize("joined", ["lora+bottleneck", "lora+ia3", "weight_gating+bottleneck+lora"])
def test_the_order_of_names_changes_no_bit(joined, fresh, lookup, trained, layers_of):
    """a+b and b+a are one model: the same layers after the same training from the same seed."""
    found = []
    for name in (joined, "+".join(reversed(joined.split("+")))):
        card, module = fresh("hubert")
        torch.manual_seed(1)
        combined(name, lookup).apply(module, card, options(lookup, *joined.split("+")))
        trained(module, card)
        found.append(layers_of(module, card))
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_joined_methods_leave_no_warning_to_silence(fresh, lookup, recwarn):
    """Two methods of peft on one backbone warn nobody, and no warning filter is touched on the way."""
    import warnings

    card, module = fresh("hubert")
    filters = list(warnings.filters)
    combined("ia3+lora", lookup).apply(module, card, options(lookup, "ia3", "lora"))
    assert warnings.filters == filters
    assert len(recwarn) == 0
    assert set(module.peft_config) == {"ia3", "lora"}


STRANGER = """
import torch
from emobench import PeftCard, PeftMethod, hookimpl
from emobench.domain.frozen import Frozen

class Options(Frozen):
    start: float = 0.0

class Shift(torch.nn.Module):
    def __init__(self, linear, start):
        super().__init__()
        self.linear, self.shift = linear, torch.nn.Parameter(torch.full((linear.out_features,), start))

    def forward(self, states):
        return self.linear(states) + self.shift

def shift(backbone, card, options):
    for weight in backbone.parameters():
        weight.requires_grad = False
    for name, part in list(backbone.named_modules()):
        if name.endswith("output_dense"):
            parent = backbone.get_submodule(name.rpartition(".")[0])
            parent.output_dense = Shift(part, options.start)

def nothing(backbone, card, options):
    pass

def broken(backbone, card, options):
    raise KeyError("boom")

@hookimpl
def emobench_peft_methods():
    yield PeftMethod(PeftCard(name="shift", title="A shift", paper="none"), shift, Options)
    yield PeftMethod(PeftCard(name="nothing", title="Nothing", paper="none"), nothing)
    yield PeftMethod(PeftCard(name="broken", title="Broken", paper="none"), broken)
"""


@pytest.fixture
def strangers(tmp_path, catalog):
    """A lookup that knows the built-in methods and those of a plugin file."""
    from emobench.catalog.catalog import build_catalog
    from emobench.catalog.discovery import from_file

    (tmp_path / "stranger.py").write_text(STRANGER)
    both = build_catalog([*catalog.plugins, from_file(tmp_path / "stranger.py")])
    return lambda name: both.peft_method(name).what


def test_a_strangers_method_works_the_same_way(strangers, fresh, trained, layers_of):
    """A method from a plugin file is applied with its options, learns, and moves nothing that is frozen."""
    card, module = fresh("hubert")
    before = {id(w): w.clone() for w in module.parameters()}
    start = layers_of(module, card)
    method = strangers("shift")
    combined("shift+weighted_sum", strangers).apply(module, card, {"shift": method.options(start=0.25)})
    assert not torch.equal(layers_of(module, card)[-1], start[-1])
    learning = [weight for weight in module.parameters() if weight.requires_grad]
    assert [weight.shape for weight in learning] == [(32,)] * 3
    assert min(trained(module, card).values()) > 1e-6
    assert all(torch.equal(w, before[id(w)]) for w in module.parameters() if not w.requires_grad)
    assert not any(torch.equal(weight, torch.full((32,), 0.25)) for weight in learning)


def test_a_strangers_method_does_not_stop_the_others(strangers, fresh, trained):
    """A method that freezes everything it did not bring leaves LoRA learning all the same."""
    card, module = fresh("hubert")
    combined("shift+lora", strangers).apply(module, card, options(strangers, "lora"))
    kinds = {"lora" if ".lora_" in path else path.rpartition(".")[2] for path in trained(module, card)}
    assert kinds == {"lora", "shift"}


def test_a_strangers_method_that_fails_is_named(strangers, fresh):
    """One that raises, and one that lets nothing learn, end in an error with their name."""
    card, module = fresh("hubert")
    with pytest.raises(EmobenchError, match="'broken' fails on 'hf:tiny/hubert'") as caught:
        combined("broken", strangers).apply(module, card)
    assert caught.value.found == "KeyError: 'boom' (stranger.py, line 29)"
    with pytest.raises(EmobenchError, match="'nothing' lets nothing of 'hf:tiny/hubert' learn"):
        combined("nothing", strangers).apply(module, card)


def test_the_batch_norms_of_a_strangers_method_stay(strangers, fresh, lookup):
    """Whoever brings the method, batch norms keep their statistics in train mode."""
    card, module = fresh("byol-s")
    module.fc[3].requires_grad_(requires_grad=True)
    combined("nothing", strangers).apply(module, card)
    module.train()
    norm = next(part for part in module.modules() if isinstance(part, nn.BatchNorm2d))
    before = norm.running_mean.clone()
    norm(torch.randn(2, 64, 4, 4))
    assert torch.equal(norm.running_mean, before)
