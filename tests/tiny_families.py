"""What do tests of families share? Tiny models by the real path, and clips of several lengths."""

from functools import cache

import torch
from torch import nn

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import AudioBatch, Dataset, WeightFiles
from emobench.catalog.discovery import PluginModule, installed
from emobench.catalog.hookspecs import hookimpl
from emobench.files.weights import resolve_weights
from emobench.testing.toys import CORPUS, toy_clips

SECONDS = (0.2, 0.611, 1.3, 2.05)


@cache
def catalog():
    """The built-in families and models."""
    return build_catalog(*installed())


@cache
def catalog_with_toys():
    """All that is built in, and the toy corpus."""

    class Toys:
        @hookimpl
        def emobench_datasets(self):
            yield Dataset(CORPUS, clips=toy_clips)

    modules, broken = installed()
    return build_catalog([*modules, PluginModule("toys", Toys(), "toys 1.0")], broken)


def loaded(folder, name, home):
    """Card and module by the real path: files resolved, card described, weights read."""
    backbone = catalog().backbone(f"hf:tiny/{name}").what
    found = resolve_weights(backbone.card.name, backbone.card.weights, folder, offline=True, home=home, env={})
    files = WeightFiles(dict(found.files))
    card = backbone.describe(backbone.card, files)
    return card, backbone.load(card, files).eval()


def waves(card, seconds=SECONDS):
    """Noise of several lengths, each clip with its own level; equal lengths where the model wants them."""
    generator = torch.Generator().manual_seed(3)
    lengths = [round(s * card.sample_rate) + 7 for s in seconds]
    lengths = lengths if card.batches == "padded" else [lengths[-1]] * len(lengths)
    return [torch.randn(n, generator=generator) / (5 + 20 * index) for index, n in enumerate(lengths)]


def batch_of(*clips):
    waveform = nn.utils.rnn.pad_sequence(clips, batch_first=True)
    return AudioBatch(waveform=waveform, lengths=torch.tensor([len(clip) for clip in clips]))
