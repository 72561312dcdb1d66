"""What does a plugin's backbone look like that breaks exactly one law? One for each law, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from broken_modules import (
    Blind,
    Detached,
    Elsewhere,
    ForgetsToStop,
    OtherLengths,
    OtherResume,
    Remembers,
    Shared,
    Squeezed,
    Stateful,
    Stuck,
    crowded,
    cut_short,
    hears_padding,
    in_place,
    normalised,
    one_short,
    overflowing,
    sorted_only,
)
from good_backbone import (
    CARD,
    HOP,
    RATE,
    WIDTH,
    Good,
    asks_a_host,
    changed,
    filled,
    good,
    loading,
    raising,
    random_good,
    scaled,
    without_gradients,
)
from safetensors.torch import load_file, save_file
from torch import nn

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.domain.cards import BackboneCard, Layers, Weights

HELD: list[nn.Module] = []
ELSEWHERE = TemporaryDirectory()  # removed with this module
torch.save(Good().state_dict(), Path(ELSEWHERE.name) / "mine.pt")
save_file(Good().state_dict(), Path(ELSEWHERE.name) / "mine.safetensors")


def from_my_disk(card, files):
    """Weights from a path that no card names."""
    torch.load(Path(ELSEWHERE.name) / "mine.pt", weights_only=True)
    return filled(Good())


def safely_from_my_disk(card, files):
    """The same, in the format that no Python code opens."""
    load_file(Path(ELSEWHERE.name) / "mine.safetensors")
    return filled(Good())


def held(card, files):
    """The plugin keeps every module that it loaded."""
    HELD.append(filled(Good()))
    return HELD[-1]


def train_mode(card, files):
    return filled(Good()).train()


def changing(features, audio, module):
    """Every second batch is a little louder, whatever the mode."""
    module.calls = getattr(module, "calls", 0) + 1
    return scaled(features, 1 + 1e-6 * (module.calls % 2))


@dataclass(frozen=True)
class Broken:
    """A backbone that breaks one law, and what the verdict has to say of it."""

    law: str
    backbone: Backbone
    says: str = ""


def from_load(load: Callable[[BackboneCard, WeightFiles], object], **changes: object) -> Backbone:
    return Backbone(CARD.model_copy(update=changes), load=load, load_random=random_good)


def readme_beside(folder: Path) -> WeightFiles:
    """Weights beside a model card that names another licence than the backbone's card."""
    folder.joinpath("README.md").write_text("---\nlicense: cc-by-nc-4.0  # no commerce\n---\n# A model\n")
    weights = folder / "model.safetensors"
    weights.write_bytes(b"")
    return WeightFiles({"model.safetensors": weights})


PUBLISHED = Weights(url="https://example.org/weights.pt", sha256="0" * 64)
BROKEN = (
    Broken("licence_named", loading(Good, licence="TODO"), "placeholder"),
    Broken("paper_named", loading(Good, paper="Me et al. (2026)"), "no https address"),
    Broken("training_named", loading(Good, weights=PUBLISHED), "'unknown'"),
    Broken("training_named", loading(Good, weights=PUBLISHED, pretrained_on="music", corpora=()), "leave it out"),
    Broken("loads", from_load(raising), "weights.bin is damaged"),
    Broken("loads_without_network", from_load(asks_a_host), "models.example.org"),
    Broken("weights_are_told", from_load(from_my_disk), "mine.pt"),
    Broken("weights_are_told", from_load(safely_from_my_disk), "mine.safetensors"),
    Broken("leaves_global_state", from_load(without_gradients), "gradients"),
    Broken("eval_mode", from_load(train_mode), "train mode"),
    Broken("eval_mode", loading(Stuck), "noise"),
    Broken("parameters_counted", loading(Good, parameters=7), "7 on the card"),
    Broken("hears", loading(changed(lambda features, audio, module: features.layers)), "tuple"),
    Broken("layers_of_card", loading(Good, layers=Layers.uniform(3, WIDTH + 1, hz=RATE / HOP)), "widths"),
    Broken("layers_of_card", loading(Good, layers=Layers.uniform(2, WIDTH, hz=RATE / HOP)), "widths"),
    Broken("train_mode_shapes", loading(Squeezed), "in train mode"),
    Broken("frame_lengths", loading(Good, layers=Layers.uniform(3, WIDTH, hz=50.0), longest_seconds=None), "50"),
    Broken("same_shapes_each_call", loading(Stateful), "later"),
    Broken("dtype_and_device", loading(Elsewhere), "filters[0]"),
    Broken("batch_mates", loading(changed(crowded)), "of its size"),
    Broken("batch_order", loading(changed(sorted_only)), "off by"),
    Broken("padding_not_heard", loading(changed(hears_padding)), "off by"),
    Broken("audio_untouched", loading(changed(in_place)), "waveform"),
    Broken("silence", loading(changed(normalised)), "NaN"),
    Broken("finite", loading(changed(overflowing)), "full-scale"),
    Broken("shortest_clip", loading(changed(one_short)), "0 valid frames"),
    Broken("longest_clip", loading(changed(cut_short)), "300 valid frames"),
    Broken("sees_level", loading(Good, sees_level=False), "sees_level=True"),
    Broken("determinism", loading(changed(changing)), "differs"),
    Broken("no_random_weights", Backbone(CARD, load=lambda card, files: random_good(card)), "drawn anew"),
    Broken("no_random_weights", from_load(good().load, random=True), "random=True"),
    Broken("random_control", Backbone(CARD, good().load, load_random=lambda card: filled(Good())), "features of the"),
    Broken(
        "random_control",
        Backbone(CARD, good().load, load_random=lambda card: filled(Good(), seed=1)),
        "whatever torch's",
    ),
    Broken("reentrant", loading(Shared), "threads"),
    Broken("resumes", loading(OtherResume), "off by"),
    Broken("stops_early", loading(ForgetsToStop), "keep_layers"),
    Broken("stops_early", loading(OtherLengths), "other lengths"),
    Broken("gradient", loading(Detached), "no gradient"),
    Broken("gradient", loading(Good, differentiable=False), "differentiable=True"),
    Broken("peft_weights_learn", loading(Blind), "blocks.1"),
    Broken("memory_freed", from_load(held), "still alive"),
    Broken("inputs_forgotten", loading(Remembers), "more tensors"),
)
