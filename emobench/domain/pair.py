"""Which two datasets teach each other, on which labels, by which methods?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, field_validator

from emobench.domain.cards import Attribute, PeftCard
from emobench.domain.frozen import Frozen
from emobench.domain.training import TrainOptions

OnRequest = Literal["joint", "shuffled"]
Stage = Literal["alone", "again", "two_stage", "joint", "shuffled", "after_shuffled"]


class PairOptions(Frozen):
    """What two datasets are held against each other in: labels and people."""

    attribute: str = Field(default="emotion", description="the attribute that both datasets have")
    labels: Mapping[str, Mapping[str, str | None]] = Field(
        default={},
        description='what labels are called in the pair, {"DATASET": {"own label": "shared label"}}; null drops one',
    )
    people: Literal["shared", "all"] = Field(
        default="shared",
        description="'shared' keeps only people whom both have, where datasets share people; 'all' keeps everybody",
    )


class CrossDomainOptions(PairOptions):
    """What the task `cross_domain` looks at."""

    also: tuple[OnRequest, ...] = Field(
        default=(),
        description="more conditions: 'joint' learns both at once, 'shuffled' has a stage 1 on shuffled labels",
    )

    @field_validator("also", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("also")
    @classmethod
    def _each_once(cls, value: tuple[OnRequest, ...]) -> tuple[OnRequest, ...]:
        return tuple(sorted(set(value)))


@dataclass(frozen=True)
class MethodPlan:
    """A PEFT method, or several joined by ``+``, as it will be used.

    Attributes:
        name: of the combination.
        cards: of its parts.
        options: of its parts, by name.
        head: what reads the backbone.
        trains_backbone: whether anything below the head learns.
        train: how it is trained, with its rate.
        plugins: digest of the code of each part that emobench does not bring itself (``catalog.plugin_code``).
        distributions: who brought each part: a distribution with its version, or a file's digest.
    """

    name: str
    cards: tuple[PeftCard, ...]
    options: Mapping[str, Frozen]
    head: Literal["mean", "weighted_sum"]
    trains_backbone: bool
    train: TrainOptions
    plugins: Mapping[str, str] = field(default_factory=dict)
    distributions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rehearsal:
    """How a method fits a backbone, found out before anything is trained.

    Attributes:
        trainable: how many numbers learn, the head's too.
        resumes: whether what enters the first block can be kept, so that only the blocks are computed again.
        train_seconds: to learn from one second of audio, forward and backward; on a CPU those of one thread.
        hear_seconds: to predict one second of audio.
        enter_seconds: to compute what enters the first block, for one second of audio.
    """

    trainable: int
    resumes: bool = True
    train_seconds: float = 0.0
    hear_seconds: float = 0.0
    enter_seconds: float = 0.0


@dataclass(frozen=True)
class Training:
    """One training: a unit of the task `cross_domain`.

    Attributes:
        method: the PEFT method.
        stage: ``alone`` learns ``first`` (stage 1 of one direction), ``again`` goes on in it as long as a second stage
            may (``target_only``), ``two_stage`` goes on from ``alone`` in ``target``; ``joint`` learns both for
            ``target``; ``shuffled`` is ``alone`` on shuffled labels, ``after_shuffled`` goes on from there.
        first: the dataset learned first.
        target: the dataset learned last, and tested on.
        fold: the test fold.
        seed: of everything that is drawn.
        fraction: of the clips of ``target`` that are learned from.
    """

    method: str
    stage: Stage
    first: str
    target: str
    fold: int
    seed: int
    fraction: float


@dataclass(frozen=True)
class MatchedPair:
    """Two datasets under shared labels.

    Attributes:
        datasets: first and second; speech, or else the first name, stands first.
        attribute: the shared label space.
        labels: dataset -> own label -> shared label, None where its clips are dropped.
        dropped: dataset -> own label, or ``people`` -> how many clips were dropped.
        common_people: how many people both have, of those whose clips are used; 0 where they share none.
    """

    datasets: tuple[str, str]
    attribute: Attribute
    labels: Mapping[str, Mapping[str, str | None]]
    dropped: Mapping[str, Mapping[str, int]]
    common_people: int


@dataclass(frozen=True)
class PairPlan(MatchedPair):
    """Two datasets as they teach each other; the first direction leads from the first to the second.

    Attributes:
        options: what was asked.
        train: how training was asked for.
        preset: the name under which exactly these methods, seeds, folds and options are known; None for any others.
        seeds: of trained methods, and of the parts of the target's clips.
        methods: by name, in the order asked.
        rehearsals: (backbone, method) -> how the method fits; a pair that is not in it is not run.
        left_out: backbone -> method -> why a method of the preset does not fit it.
    """

    options: CrossDomainOptions
    train: TrainOptions
    preset: str | None
    seeds: tuple[int, ...]
    methods: Mapping[str, MethodPlan]
    rehearsals: Mapping[tuple[str, str], Rehearsal] = field(default_factory=dict)
    left_out: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
