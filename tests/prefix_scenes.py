"""What do the tests of prefixes share? Tiny backbones on the toy corpus, and a progress that remembers."""

from dataclasses import dataclass, field, replace

import torch
from tiny_families import catalog_with_toys
from torch import nn

from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.features.loading import load_backbone
from emobench.features.prefix_store import shards_of
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.runs.extraction_stage import Workplace
from emobench.runs.prefix_stage import ensure_prefixes, source_of
from emobench.runs.running import prepare
from emobench.testing.tiny_models import write_tiny

PLENTY = 10**9
CPU = torch.device("cpu")
SHARDS = 2  # of 64 clips at most, for 108


@dataclass
class Heard(Silent):
    """Progress that remembers what it was told; ``clips`` counts those that entered."""

    said: list = field(default_factory=list)
    clips: list = field(default_factory=list)

    def say(self, message):
        self.said.append(message)

    def start(self, title, total, unit):
        return self.clips.append


@dataclass
class Scene:
    """A tiny backbone on the toy corpus, and where its prefixes lie."""

    plan: object
    pair: tuple
    module: nn.Module
    work: Workplace

    @property
    def card(self):
        return self.plan.backbones[self.pair[0]].card

    @property
    def clips(self):
        return self.plan.datasets[self.pair[1]].clips

    @property
    def shards(self):
        return shards_of(self.plan.features[self.pair])

    def ensure(self, most=PLENTY):
        return ensure_prefixes(self.plan, self.pair, self.module, self.work, most)

    def source(self, store):
        return source_of(self.plan, self.pair, store)

    def in_pieces(self, seconds):
        """The same, for a model that hears no more than so much at once."""
        backbone = self.plan.backbones[self.pair[0]]
        changed = replace(backbone, card=backbone.card.model_copy(update={"longest_seconds": seconds}))
        return replace(self, plan=replace(self.plan, backbones={self.pair[0]: changed}))

    def learner(self):
        """A head with three outputs on the last layer."""
        return Learner(self.module, make_head("mean", [layer.width for layer in self.card.layers], 3, seed=0))

    def files(self):
        """All files of prefixes in its home."""
        return sorted((self.work.home / "prefixes").glob("*/*.safetensors"))


def scene_of(tiny, corpus, folder):
    """A tiny model of a family on the toy corpus; scenes in one folder share a home."""
    name = f"hf:tiny/{tiny}"
    settings = {"layerwise.statements": False, "layerwise.weighted_sum": False, "probe.c": 0.01}
    weights = {name: write_tiny(folder / tiny, tiny)}
    where = Whereabouts(data={"toy-corpus": corpus}, out=folder / "out", device="cpu", threads=1, weights=weights)
    spec = make_spec(backbones=(name,), datasets=("toy-corpus",), options=settings)
    plan, _ = prepare(spec, where, catalog_with_toys(), Silent(), {"EMOBENCH_HOME": str(folder / "home")})
    module = load_backbone(catalog_with_toys().backbone(name).what, plan.backbones[name], CPU)
    return Scene(plan, (name, "toy-corpus"), module, Workplace(catalog_with_toys(), folder / "home", CPU, Heard()))
