"""What will a run do? Plans are data: everything is decided in them and nothing is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench.domain.bias import BiasPlan
from emobench.domain.cards import Attribute, BackboneCard, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.options import ExtractionOptions, LayerwiseOptions, ProbeOptions, ReadingOptions
from emobench.domain.pair import PairPlan, Training
from emobench.domain.spec import RunSpec
from emobench.domain.table import TableOptions


@dataclass(frozen=True)
class AudioFacts:
    """What a scan found in one file.

    Attributes:
        digest: of the decoded samples (of the file, where the format is lossy).
        samples: per channel.
        rate: in Hz.
        channels: 1 for mono.
        size: bytes of the file, when it was scanned; 0 where nobody looked.
        mtime_ns: of the file, when it was scanned; 0 where nobody looked.
        peak: the largest absolute sample, full scale at 1.
        rms: over all samples and channels, full scale at 1.
        clipped: samples that stand in runs of at least three equal ones at full scale.
        constant: whether all samples of a channel are equal, in every channel.
        format: of the container, such as WAV or FLAC; empty where nobody looked.
        silences: stretches whose mono mix is silent, as first and last (excluded) sample; short ones are left out.
    """

    digest: str
    samples: int
    rate: int
    channels: int
    size: int = 0
    mtime_ns: int = 0
    peak: float = 1.0
    rms: float = 1.0
    clipped: int = 0
    constant: bool = False
    format: str = ""
    silences: tuple[tuple[int, int], ...] = ()

    @property
    def seconds(self) -> float:
        """Duration of the whole file."""
        return self.samples / self.rate


@dataclass(frozen=True)
class PlannedClip:
    """A clip with what its audio is; ``first`` and ``last`` are its bounds in samples of the file."""

    clip: Clip
    audio: AudioFacts
    first: int
    last: int

    @property
    def seconds(self) -> float:
        """Duration of the clip."""
        return (self.last - self.first) / self.audio.rate


@dataclass(frozen=True)
class DatasetPlan:
    """A dataset as it will be used: clips sorted by id, excluded clips with their reasons, where it lies."""

    card: DatasetCard
    root: Path
    clips: tuple[PlannedClip, ...]
    excluded: Mapping[str, str]
    distribution: str

    @property
    def seconds(self) -> float:
        """Duration of all clips."""
        return sum(planned.seconds for planned in self.clips)


@dataclass(frozen=True)
class Split:
    """Group-disjoint test folds of one dataset: fold index of every group, and the digest of the split."""

    fold_of: Mapping[str, int]
    digest: str

    @property
    def count(self) -> int:
        """Number of folds."""
        return max(self.fold_of.values()) + 1


@dataclass(frozen=True)
class ShardPlan:
    """One file of the feature store: batches of clip rows, in the order in which they are computed and stored.

    ``clips`` are positions in the dataset plan; ``batches`` cut them into runs that go through the model together.
    """

    key: str
    clips: tuple[int, ...]
    batches: tuple[int, ...]


@dataclass(frozen=True)
class FeaturePlan:
    """All features of one backbone on one dataset: the key of every clip and the shards that hold them.

    ``most_samples`` is what goes through the model at once, at its rate. ``frames``: how many evenly spaced frames of
    every clip are kept, at most; 0 for their mean over time.
    """

    key: str
    backbone: str
    dataset: str
    clip_keys: tuple[str, ...]
    shards: tuple[ShardPlan, ...]
    most_samples: int
    frames: int = 0


@dataclass(frozen=True)
class BackbonePlan:
    """A backbone as it will be used: its card and the identity of its weights (digest, or recipe of a random one).

    ``card`` has the layers that are wanted, ``entire`` all that the model has (None: the same).
    """

    card: BackboneCard
    identity: Mapping[str, Any]
    distribution: str
    files: Mapping[str, Path] = field(default_factory=dict)
    entire: BackboneCard | None = None

    @property
    def whole(self) -> BackboneCard:
        """The card of the model with all its layers."""
        return self.card if self.entire is None else self.entire

    @property
    def cut(self) -> bool:
        """Whether only the first layers are wanted."""
        return len(self.whole.layers) > len(self.card.layers)


@dataclass(frozen=True)
class Unit:
    """The smallest piece of work with a key; its result is one file.

    Attributes:
        key: of everything that can change the result.
        task: what it belongs to.
        backbone: which it asks.
        datasets: which it hears; two for a pair.
        attribute: what is predicted.
        part: names the piece, such as ``layer:3`` or ``weighted_sum``.
        layers: indices of the layers whose stored features it reads; none for trainings.
        fraction: of the target's training clips, in pairs.
        seed: of what is drawn; None where nothing is.
        training: what a training is asked; None for probes.
        needs: key of the unit whose weights a training goes on from.
    """

    key: str
    task: str
    backbone: str
    datasets: tuple[str, ...]
    attribute: Attribute
    part: str
    layers: tuple[int, ...] = ()
    fraction: float = 1.0
    seed: int | None = None
    training: Training | None = None
    needs: str | None = None

    @property
    def dataset(self) -> str:
        """The only dataset, of a unit that is about one."""
        (only,) = self.datasets
        return only


@dataclass(frozen=True)
class Plan:
    """A spec with everything decided. Mappings go by name; features and frames by (backbone, dataset)."""

    spec: RunSpec
    reading: ReadingOptions
    extraction: ExtractionOptions
    probe: ProbeOptions
    backbones: Mapping[str, BackbonePlan]
    datasets: Mapping[str, DatasetPlan]
    splits: Mapping[str, Split]
    features: Mapping[tuple[str, str], FeaturePlan]
    units: tuple[Unit, ...]
    controls: tuple[str, ...] = ()
    layerwise: LayerwiseOptions = field(default_factory=LayerwiseOptions)
    table: TableOptions = field(default_factory=TableOptions)
    pair: PairPlan | None = None
    bias: BiasPlan | None = None
    frames: Mapping[tuple[str, str], FeaturePlan] = field(default_factory=dict)

    @property
    def the_pair(self) -> PairPlan:
        """The pair of a plan that has one."""
        assert self.pair is not None
        return self.pair

    @property
    def the_bias(self) -> BiasPlan:
        """The pair of a plan that holds emotions apart."""
        assert self.bias is not None
        return self.bias
