"""What do the tests of PEFT methods share? A tiny model of every family, toy clips, and a few steps of training."""

import copy
import json
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import nn

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import AudioBatch, WeightFiles
from emobench.catalog.discovery import PluginModule
from emobench.testing.tiny_models import write_tiny

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
# Windows of 3 and 1.28 seconds, not of 30 and 10: fields of config.json, and of preprocessor_config.json.
SHORT = {
    "whisper": ({"max_source_positions": 150}, {"chunk_length": 3, "n_samples": 48_000, "nb_max_frames": 300}),
    "ast": ({"max_length": 128}, {"max_length": 128}),
}
SMALL = {"lora": {"rank": 4}, "dora": {"rank": 4}, "bottleneck": {"width": 6}}


@cache
def _catalog():
    points = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["entry-points"]["emobench"]
    return build_catalog([PluginModule(name, import_module(home), "emobench") for name, home in points.items()])


@pytest.fixture
def catalog():
    """Everything that the core's own entry points offer."""
    return _catalog()


@pytest.fixture
def lookup():
    """Finds a PEFT method by its name."""
    return lambda name: _catalog().peft_method(name).what


@pytest.fixture
def options_of(lookup):
    """Options of a method that fit tiny models."""
    return lambda method: lookup(method).options(**SMALL.get(method, {}))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Models, loaded once each: card and module."""
    loaded = {}

    def one(name):
        if name not in loaded:
            build = _byol_s if name == "byol-s" else _tiny
            card, module = build(name, tmp_path_factory)
            loaded[name] = card, module.eval().requires_grad_(requires_grad=False)
        return loaded[name]

    return one


def _tiny(name, tmp_path_factory):
    changes, heard = SHORT.get(name, ({}, {}))
    folder = write_tiny(tmp_path_factory.mktemp("models") / name, name, changes=changes)
    preprocessor = folder / "preprocessor_config.json"
    preprocessor.write_text(json.dumps({**json.loads(preprocessor.read_text("utf-8")), **heard}), "utf-8")
    files = WeightFiles({path.name: path for path in folder.iterdir()})
    backbone = _catalog().backbone(f"hf:tiny/{name}").what
    card = backbone.describe(backbone.card, files)
    return card, backbone.load(card, files)


def _byol_s(_name, _tmp_path_factory):
    plugin = pytest.importorskip("emobench_byols.plugin", reason="the plugin of BYOL-S is not installed")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = plugin.load_random(plugin.CARD)
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 2)
    return plugin.CARD, module


@pytest.fixture
def fresh(shelf):
    """A card and a module of its own, in eval mode, of which nothing learns."""

    def copied(name):
        card, module = shelf(name)
        return card, copy.deepcopy(module)

    return copied


@pytest.fixture
def tuned(fresh, lookup, options_of):
    """A card, and a module to which a method was applied."""

    def applied(method, name):
        card, module = fresh(name)
        torch.manual_seed(1)
        lookup(method).apply(module, card, options_of(method))
        return card, module

    return applied


@pytest.fixture
def heard():
    """Noise for a model: two clips, of different lengths where it takes those."""

    def batch(card):
        generator = torch.Generator().manual_seed(2)
        lengths = [round(0.4 * card.sample_rate), round(0.3 * card.sample_rate)]
        lengths = lengths if card.batches == "padded" else lengths[:1] * 2
        clips = [torch.randn(n, generator=generator) / (5 + 20 * row) for row, n in enumerate(lengths)]
        return AudioBatch(nn.utils.rnn.pad_sequence(clips, batch_first=True), torch.tensor(lengths))

    return batch


@pytest.fixture
def layers_of(heard):
    """All layers of the toy clips."""

    def layers(module, card):
        with torch.no_grad():
            return module(heard(card)).layers

    return layers


@pytest.fixture
def trained(heard):
    """Three steps of AdamW on a toy loss; gives, for every learning weight, its largest share of the gradient."""

    def steps(module, card, count=3):
        audio = heard(card)
        learning = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
        optimiser = torch.optim.AdamW(learning.values(), lr=1e-3, weight_decay=0.0)
        generator = torch.Generator().manual_seed(3)
        head = torch.randn(module(audio).layers[-1].shape[2], 3, generator=generator)
        shares = dict.fromkeys(learning, 0.0)
        for _ in range(count):
            features = module(audio)
            pooled = torch.stack(
                [clip[:n].mean(0) for clip, n in zip(features.layers[-1], features.lengths[-1], strict=True)]
            )
            optimiser.zero_grad()
            nn.functional.cross_entropy(pooled @ head, torch.tensor([0, 2])).backward()
            norms = {name: 0.0 if w.grad is None else float(w.grad.norm()) for name, w in learning.items()}
            shares = {name: max(share, norms[name] / max(norms.values())) for name, share in shares.items()}
            optimiser.step()
        return shares

    return steps
