"""What does a plugin give, and what does it get? The contracts between the core and every plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from emobench.domain.cards import BackboneCard, DatasetCard, PeftCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class AudioBatch:
    """Clips that go through a model together.

    Attributes:
        waveform: (batch, samples) float32, mono, at the card's sample rate, zero beyond ``lengths``.
        lengths: (batch,) int64, samples.
    """

    waveform: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class FrameFeatures:
    """What a model says about every frame.

    Attributes:
        layers: per layer (batch, frames_l, width_l).
        lengths: per layer (batch,) int64, valid frames; what lies beyond them is ignored.
    """

    layers: tuple[Tensor, ...]
    lengths: tuple[Tensor, ...]


@dataclass(frozen=True)
class ClipFeatures:
    """One vector a clip and layer: per layer (batch, width_l), float32."""

    layers: tuple[Tensor, ...]


@dataclass(frozen=True)
class Entered:
    """What enters the part of a model that may learn: all below it is the same for every epoch, and computed once.

    Clips that entered apart may go on together: their ``state`` is cut to its own frames and padded with zeros again.

    Attributes:
        state: (batch, frames, width) float32, what enters the first block.
        samples: (batch,) int64, how long the clips are.
        frames: (batch,) int64, how many frames of ``state`` belong to each clip; None where all do.
        below: per layer that lies below ``state`` (batch, width_l) float32, its mean over time; none where
            ``state`` is layer 0.
    """

    state: Tensor
    samples: Tensor
    frames: Tensor | None = None
    below: tuple[Tensor, ...] = ()


@runtime_checkable
class Resumes(Protocol):
    """A module that can stop where its front end ends, and go on: ``resume(enter(audio))`` is its forward.

    Where a weight below the first block may learn, what enters is not the same for every epoch: with gradients on, its
    ``state`` then requires one.
    """

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block; no block is computed."""

    def resume(self, entered: Entered) -> FrameFeatures:
        """All layers, from what entered the first block; nothing below it is computed.

        Layers in ``entered.below`` have one frame, their mean over time; pooled they are those of forward.
        """


@runtime_checkable
class StopsEarly(Protocol):
    """A module that can be told to give its first layers only, and not to compute the others."""

    def keep_layers(self, count: int) -> None:
        """From now on give layers ``0`` to ``count - 1``."""


@dataclass(frozen=True)
class WeightFiles:
    """The weights that the core found for a backbone: file name -> path. Empty for backbones without weights."""

    files: Mapping[str, Path] = field(default_factory=dict)

    def only(self) -> Path:
        """The path of the single weight file.

        Raises:
            DataError: when there is not exactly one.
        """
        if len(self.files) != 1:
            raise DataError(
                "this backbone takes exactly one weight file.", found=f"found: {sorted(self.files) or 'none'}"
            )
        return next(iter(self.files.values()))


@dataclass(frozen=True)
class Dataset:
    """A corpus reader: ``clips(root)`` lists the clips below a folder, in any order.

    ``generate(root)`` fills an empty folder, for datasets whose card says ``generated``. ``official()`` gives the names
    of the audio files of the official release, with ``/`` between folders, where a rule says them: with it, what is
    missing or too much is told by name. ``doubles`` are the ones among them, without ending, that hold the same audio.
    """

    card: DatasetCard
    clips: Callable[[Path], Iterable[Clip]]
    generate: Callable[[Path], None] | None = None
    official: Callable[[], Iterable[str]] | None = None
    doubles: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Backbone:
    """A model loader: ``load(card, files)`` gives a module that maps an AudioBatch to FrameFeatures.

    ``load_random(card)`` builds the same architecture from random weights (the core seeds torch before): with it,
    ``NAME@random`` exists as a control. ``describe(card, files)`` completes the card from the files when a run is
    planned. A module that `StopsEarly` is told when only its first layers are wanted.
    """

    card: BackboneCard
    load: Callable[[BackboneCard, WeightFiles], nn.Module]
    load_random: Callable[[BackboneCard], nn.Module] | None = None
    describe: Callable[[BackboneCard, WeightFiles], BackboneCard] | None = None


@dataclass(frozen=True)
class PeftMethod:
    """A way to let a backbone learn: ``apply(backbone, card, options)`` changes the module in place.

    Before, nothing of the backbone learns; afterwards what has ``requires_grad`` does. ``options`` is the type of the
    method's options, a frozen model whose fields are set by ``--set NAME.field=value``.
    """

    card: PeftCard
    apply: Callable[[nn.Module, BackboneCard, Any], None]
    options: type[Frozen] = Frozen


Plugin = Dataset | Backbone | PeftMethod
