"""What form has that which a record used? Cards, people, splits, methods and the protocol."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from emobench.domain.cards import Attribute, BackboneCard, DatasetCard
from emobench.domain.frozen import Frozen
from emobench.leaderboard.checks.asked_form import Dataset
from emobench.leaderboard.checks.form_parts import Amount, Count, Digest, Name, Options, Prose, Text

Sex = Literal["female", "male"]
MOST_PEOPLE = 100_000
MOST_CLIPS = 1_000_000
Labels = Annotated[Mapping[Text, Text | None], Field(max_length=1000)]
Dropped = Annotated[Mapping[Text, Count], Field(max_length=1000)]
Fold = Annotated[int, Field(ge=0, le=1000)]


class RecordedDatasetCard(DatasetCard):
    """A dataset's card as records hold it: the split stands beside it, and archives are left out."""

    folds: tuple[()] = ()
    archives: tuple[()] = ()


class RandomWeights(Frozen):
    """The recipe of random weights."""

    seed: Count
    torch: Text
    transformers: Text


class WeightsIdentity(Frozen):
    """Digests of weights; names of files only where a repository gave them."""

    digest: Digest | None = None
    matches_card: bool | None = None
    repo: Text | None = None
    revision: Text | None = None
    files: Annotated[Mapping[Text, Digest], Field(max_length=1000)] | None = None


class BackboneIdentity(Frozen):
    """What tells two backbones of one name apart."""

    weights: WeightsIdentity
    random: RandomWeights | None = None
    plugin: Text | None = None


class Measured(Frozen):
    """How many of its layers."""

    measured: Count
    of: Count


class BackboneUsed(Frozen):
    """A backbone: its card, how many of its layers, its weights."""

    card: BackboneCard
    layers: Measured | None = None
    identity: BackboneIdentity


class FoldedPerson(Frozen):
    """A person with the fold in which it is tested."""

    fold: Fold
    sex: Sex | None


class Person(Frozen):
    """A person."""

    sex: Sex | None


class Audio(Frozen):
    """What the audio was."""

    kind: Literal["generated", "official rate", "derived copy", "own data"]
    rates_hz: tuple[Count, ...] = Field(max_length=100)
    channels: tuple[Count, ...] = Field(max_length=100)
    digest: Digest


class _DatasetUsed(Frozen):
    card: RecordedDatasetCard
    identity: Digest
    clips: int = Field(ge=1, le=MOST_CLIPS)
    seconds: Amount = Field(gt=0)
    audio: Audio
    excluded: tuple[Text, ...] = Field(max_length=MOST_CLIPS)


class FoldedDataset(_DatasetUsed):
    """A dataset whose people are in folds."""

    groups: Mapping[Text, FoldedPerson] = Field(min_length=1, max_length=MOST_PEOPLE)


class PlainDataset(_DatasetUsed):
    """A dataset without folds."""

    groups: Mapping[Text, Person] = Field(min_length=1, max_length=MOST_PEOPLE)


class SplitUsed(Frozen):
    """The split."""

    digest: Digest
    folds: int = Field(ge=3, le=1001)
    group_disjoint: Literal[True]


class Protocol(Frozen):
    """The protocol, and the versions of the stages that made its numbers."""

    name: Name
    version: Count
    stages: Annotated[Mapping[Name, Count], Field(max_length=50)]


class PairUsedForm(Frozen):
    """How two datasets came under shared labels; ``too_few`` says why an emotion is left out."""

    labels: Annotated[Mapping[Dataset, Labels], Field(max_length=2)]
    dropped: Annotated[Mapping[Dataset, Dropped], Field(max_length=2)]
    common_people: Count
    people: Literal["shared", "all"]
    too_few: Annotated[Mapping[Text, Prose], Field(max_length=1000)] | None = None


class MethodUsed(Frozen):
    """A PEFT method."""

    title: Text
    trainable: Count
    options: Annotated[Mapping[Name, Options], Field(max_length=20)]
    versions: Annotated[Mapping[Name, Count], Field(max_length=20)]
    plugins: Annotated[Mapping[Name, Text], Field(max_length=20)] | None = None
    learning_rate: float | None = Field(default=None, gt=0, le=1)


class _Used(Frozen):
    backbone: BackboneUsed
    attribute: Attribute
    protocol: Protocol
    assumed: Annotated[Mapping[Text, Prose], Field(max_length=100)]


class LayerwiseUsed(_Used):
    """Used of one dataset."""

    dataset: FoldedDataset
    split: SplitUsed


class BiasUsed(_Used):
    """Used of a pair without folds."""

    datasets: Annotated[Mapping[Dataset, PlainDataset], Field(min_length=2, max_length=2)]
    pair: PairUsedForm


class PairUsed(_Used):
    """Used of a pair in folds, with its methods."""

    datasets: Annotated[Mapping[Dataset, FoldedDataset], Field(min_length=2, max_length=2)]
    pair: PairUsedForm
    methods: Annotated[Mapping[Name, MethodUsed], Field(min_length=1, max_length=50)]
    left_out: Annotated[Mapping[Name, Prose], Field(max_length=50)]
    split: SplitUsed
