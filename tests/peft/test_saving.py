"""Do saved adapters come back onto a fresh backbone, bit by bit, and only where they belong?"""

import copy
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from emobench.domain.errors import DataError, UsageError
from emobench.peft.combination import combined
from emobench.peft.saving import load_adapters, save_adapters

SMALL = {"lora": {"rank": 4, "alpha": 8}, "dora": {"rank": 4}, "bottleneck": {"width": 6, "activation": "silu"}}
EVERY = ("bitfit", "bottleneck", "dora", "frozen", "full", "ia3", "lora", "weight_gating", "weighted_sum")
JOINED = ("lora+bottleneck+weight_gating+weighted_sum", "ia3+lora", "bitfit+dora")


@pytest.fixture
def saved(tmp_path, fresh, lookup, trained):
    """Trains a combination and saves it: folder, card and trained module."""

    def one(name, model="hubert"):
        card, module = fresh(model)
        combination = combined(name, lookup)
        options = {part: lookup(part).options(**SMALL.get(part, {})) for part in name.split("+")}
        torch.manual_seed(1)
        combination.apply(module, card, options)
        if combination.trains_backbone:
            trained(module, card)
        save_adapters(tmp_path / "adapters", module, card, combination, options)
        return tmp_path / "adapters", card, module

    return one


@pytest.mark.parametrize("model", ["hubert", "wavlm", "byol-s"])
@pytest.mark.parametrize("name", [*EVERY, *JOINED])
def test_adapters_come_back_bit_by_bit(name, model, saved, fresh, lookup, layers_of):
    """A fresh backbone with the saved adapters gives the trained one's layers, and lets the same weights learn."""
    folder, card, module = saved(name, model)
    _, other = fresh(model)
    other.requires_grad_(True)  # as whoever builds a module has it
    torch.manual_seed(99)
    found = load_adapters(folder, other, card, lookup)
    assert found.name == combined(name, lookup).name
    assert all(torch.equal(a, b) for a, b in zip(layers_of(other, card), layers_of(module, card), strict=True))
    learning = [{path for path, w in part.named_parameters() if w.requires_grad} for part in (module, other)]
    assert learning[0] == learning[1]


@pytest.mark.parametrize("name", ["bitfit", "bottleneck", "full", "lora", "dora", "ia3", "lora+bottleneck"])
def test_nothing_is_saved_but_what_learned(name, saved):
    """The files hold as many numbers as could learn, and no others."""
    folder, _, module = saved(name)
    numbers = sum(w.numel() for path in folder.rglob("*.safetensors") for w in load_file(path).values())
    assert numbers == sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def test_methods_of_the_head_save_a_card_only(saved):
    """What leaves the backbone alone leaves no weights, and a card that says which method it was."""
    folder, _, _ = saved("weighted_sum")
    assert [path.name for path in folder.rglob("*")] == ["emobench_adapters.json"]
    said = json.loads((folder / "emobench_adapters.json").read_text())
    assert said["backbone"] == "hf:tiny/hubert"
    assert said["methods"] == [{"name": "weighted_sum", "version": 1, "options": {}}]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # PeftModel asks for it
@pytest.mark.parametrize("method", ["lora", "dora", "ia3"])
@pytest.mark.parametrize("name", ["hubert", "wavlm", "byol-s", "whisper"])
def test_peft_reads_its_own_format(method, name, saved, fresh, layers_of):
    """The library's PeftModel loads the folder onto the bare model of transformers, with the trained one's layers."""
    from peft import PeftModel

    folder, card, module = saved(method, name)
    _, other = fresh(name)
    bare = getattr(other, "model", other)
    before = copy.deepcopy(layers_of(other, card))
    PeftModel.from_pretrained(bare, folder / method)  # wraps the Linears of the bare model in place
    after = layers_of(other, card)
    assert all(torch.equal(a, b) for a, b in zip(after, layers_of(module, card), strict=True))
    assert not torch.equal(after[-1], before[-1])


def test_the_same_adapters_are_the_same_bytes(tmp_path, saved, fresh, lookup):
    """Saved, loaded and saved again, every file is the same, peft's configuration included."""
    folder, card, _ = saved("lora+bottleneck")
    _, other = fresh("hubert")
    combination = load_adapters(folder, other, card, lookup)
    options = {part: lookup(part).options(**SMALL[part]) for part in ("lora", "bottleneck")}
    save_adapters(tmp_path / "again", other, card, combination, options)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert len(files) == 4
    assert all((folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in files)


def test_adapters_of_another_backbone_are_refused(saved, fresh, lookup):
    """The card names the backbone; another one, or one of other widths, is an error of the data."""
    folder, card, _ = saved("lora")
    _, other = fresh("hubert")
    with pytest.raises(DataError, match="were trained on another backbone") as caught:
        load_adapters(folder, other, card.model_copy(update={"name": "hubert-base"}), lookup)
    assert "found: hf:tiny/hubert; here: hubert-base" in caught.value.found
    renamed, conformer = fresh("byol-s")
    with pytest.raises(DataError, match="does not fit this backbone"):
        load_adapters(folder, conformer, renamed.model_copy(update={"name": card.name}), lookup)


@pytest.mark.parametrize("file", ["lora/adapter_model.safetensors", "learned.safetensors", "emobench_adapters.json"])
@pytest.mark.parametrize("damage", ["missing", "torn", "short"])
def test_damaged_adapters_are_refused(file, damage, saved, fresh, lookup):
    """A file that is missing, torn or lacks a weight is an error that names it; half an adapter is never used."""
    folder, card, _ = saved("lora+bottleneck")
    path = folder / file
    if damage == "missing":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:40])
    elif path.suffix == ".json":
        path.write_text(json.dumps({**json.loads(path.read_text()), "methods": "none"}))
    else:
        save_file(dict(list(load_file(path).items())[1:]), path)
    _, other = fresh("hubert")
    with pytest.raises(DataError) as caught:
        load_adapters(folder, other, card, lookup)
    assert path.name in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"version": 2}, "another version of 'lora'"),
        ({"options": {"rank": 0}}, "holds options that 'lora' does not have"),
        ({"options": {"rank": 3}}, "does not fit this backbone"),
    ],
)
def test_a_method_that_changed_is_refused(change, problem, saved, fresh, lookup):
    """Adapters of another version of a method, or with options that it does not have, are not loaded."""
    folder, card, _ = saved("lora")
    path = folder / "emobench_adapters.json"
    said = json.loads(path.read_text())
    said["methods"][0] |= change
    path.write_text(json.dumps(said))
    _, other = fresh("hubert")
    with pytest.raises(DataError, match=problem):
        load_adapters(folder, other, card, lookup)


def test_adapters_are_loaded_once(saved, lookup):
    """A backbone that has the method already is refused, and keeps what it has."""
    folder, card, module = saved("lora")
    with pytest.raises(UsageError, match="'lora' is on this backbone already"):
        load_adapters(folder, module, card, lookup)
