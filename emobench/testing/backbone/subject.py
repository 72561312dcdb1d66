"""What is tried when a backbone is held against its laws? Its loader, card and files; it is loaded under watch."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch, Backbone, FrameFeatures, WeightFiles
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError
from emobench.domain.stages import RANDOM_SEED
from emobench.testing.backbone.watching import Watched, watched
from emobench.testing.sounds import batches, clips, heard


@dataclass(frozen=True)
class BackboneSubject:
    """A backbone that is held against the laws.

    Attributes:
        backbone: what a plugin offers.
        card: its card, completed from the files where the plugin can (`subject_of`).
        files: its weights, on this machine.
    """

    backbone: Backbone
    card: BackboneCard
    files: WeightFiles = field(default_factory=WeightFiles)


def subject_of(backbone: Backbone, files: WeightFiles | None = None) -> BackboneSubject:
    """The subject of these files, its card completed from them. Raises whatever the plugin's ``describe`` raises."""
    found = files or WeightFiles()
    card = backbone.card if backbone.describe is None else backbone.describe(backbone.card, found)
    return BackboneSubject(backbone, card, found)


@dataclass(frozen=True)
class Loaded:
    """What a plugin loaded, and which of its modules it left in train mode; then set as the core sets it."""

    module: nn.Module
    training: tuple[str, ...]


@dataclass(frozen=True)
class BackboneTrial:
    """A subject on trial: what of it is costly happens when it is first asked for, and once."""

    subject: BackboneSubject

    @property
    def card(self) -> BackboneCard:
        """The card."""
        return self.subject.card

    @cached_property
    def loading(self) -> Watched[Loaded]:
        """The first loading, from the core's own seed, without a network; a changed card is among what it changed."""
        cards = self.subject.backbone.card, self.card
        before = [card.model_dump_json() for card in cards]
        found = watched(lambda: self._loaded(RANDOM_SEED))
        same = [card.model_dump_json() for card in cards] == before
        return found if same else replace(found, changed=(*found.changed, "its card"))

    @property
    def module(self) -> nn.Module:
        """The module in eval mode, of which nothing learns. Raises what loading it raised."""
        if self.loading.result is None:
            raise self.loading.problem or EmobenchError("it loads nothing.")
        return self.loading.result.module

    @cached_property
    def waves(self) -> list[Tensor]:
        """The clips of the trial: (samples,) each."""
        return clips(self.card)

    @cached_property
    def audio(self) -> AudioBatch:
        """The batch of the trial that holds the longest clip."""
        return batches(self.card, self.waves)[-1]

    @cached_property
    def hearing(self) -> Watched[FrameFeatures]:
        """The first batch through the module, without a network."""
        return watched(lambda: heard(self.module, self.audio))

    @property
    def features(self) -> FrameFeatures:
        """What the module said of its first batch. Raises what it raised."""
        if self.hearing.result is None:
            raise self.hearing.problem or EmobenchError("it gives nothing.")
        return self.hearing.result

    def loaded_again(self, seed: int = RANDOM_SEED) -> nn.Module:
        """What the plugin loads another time, after torch was seeded. Raises what it raises."""
        found = watched(lambda: self._loaded(seed))
        if found.result is None:
            raise found.problem or EmobenchError("it loads nothing the second time.")
        return found.result.module

    def fresh(self, seed: int = RANDOM_SEED) -> nn.Module:
        """A module of its own, in eval mode, that a law may change; as `loaded_again`."""
        module = self.loaded_again(seed)
        return copy.deepcopy(module) if module is self.module else module

    def random(self, seed: int) -> nn.Module:
        """The random control from a seed, in eval mode. Raises what the plugin raises."""
        build = self.subject.backbone.load_random
        assert build is not None
        found = watched(lambda: _built(seed, lambda: build(self.card)))
        if found.result is None:
            raise found.problem or EmobenchError("it loads nothing.")
        return found.result.module

    def _loaded(self, seed: int) -> Loaded:
        return _built(seed, lambda: self.subject.backbone.load(self.card, self.subject.files))


def _built(seed: int, load: Callable[[], object]) -> Loaded:
    """What ``load`` gives, torch seeded before and its generator put back. Raises TypeError for what is no module."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = load()
    if not isinstance(module, nn.Module):
        raise TypeError(f"it loads {type(module).__name__} where a torch.nn.Module is wanted")
    training = tuple(name or type(module).__name__ for name, part in module.named_modules() if part.training)
    return Loaded(module.eval().requires_grad_(requires_grad=False), training)
