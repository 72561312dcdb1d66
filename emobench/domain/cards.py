"""Who is a plugin? Cards are the data by which datasets, backbones and PEFT methods introduce themselves."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from emobench.domain.clip import Domain
from emobench.domain.frozen import Frozen

NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
HUB_NAME = r"hf:[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._/-]*)?"
BACKBONE_NAME = rf"^([a-z0-9]+([._-][a-z0-9]+)*|{HUB_NAME})(@random)?$"
TABLE_NAME = r"csv:[a-z0-9]+([_-][a-z0-9]+)*"  # no dots: csv:NAME.csv is a path
OWN_NAME = rf"^({TABLE_NAME}|{HUB_NAME})$"
DATASET_NAME = rf"^([a-z0-9]+([._-][a-z0-9]+)*|{TABLE_NAME}|{HUB_NAME})$"
SHA256 = r"^[0-9a-f]{64}$"


class Attribute(Frozen):
    """One label space of a dataset: categories when it has ``classes``, else a dimension from ``low`` to ``high``."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    classes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_label_space(self) -> "Attribute":
        if bool(self.classes) == (self.low is not None and self.high is not None):
            raise ValueError("an attribute has either classes or both a low and a high end")
        if len(set(self.classes)) != len(self.classes) or len(self.classes) == 1:
            raise ValueError("classes must be at least two, all different")
        return self


class Archive(Frozen):
    """A file that a corpus is published in: ``url``, its ``size`` in bytes, its digests.

    ``name`` is the file's. ``folder``: where in the dataset's folder it is unpacked; empty for the folder itself.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(zip|tar|tar\.gz|tgz)$")
    url: str = Field(pattern=r"^https?://")
    size: int = Field(gt=0)
    sha256: str = Field(pattern=SHA256)
    folder: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$")


# What a group stands for where a corpus knows nothing larger, and one clip a group is honest.
RECORDINGS = frozenset({"song", "track", "piece", "recording", "work", "excerpt"})


class DatasetCard(Frozen):
    """A corpus: who made it, under which licence, what its labels are, and how it is split.

    ``name``: ``csv:NAME`` and ``hf:ORG/NAME`` are somebody's own data, read without a plugin; no plugin's has a prefix.
    ``group_is`` says what a group stands for (actor, song). ``people`` is the namespace of its groups: two datasets
    with the same one share people. ``folds`` is a fixed partition of groups, or the number of balanced group folds.
    ``expected_clips`` and ``sample_rate`` are those of the official release. ``generated`` datasets are made by their
    plugin, once, and need no folder from the user. ``archives`` are the files that it is published in, for corpora that
    may be downloaded by anybody who accepts the licence. ``corpus`` is the published corpus that it is part of, by the
    name that papers give it. ``version`` is raised when clips, labels or groups change.
    """

    name: str = Field(pattern=DATASET_NAME)
    title: str
    domain: Domain
    licence: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    url: str
    attributes: tuple[Attribute, ...] = Field(min_length=1)
    group_is: str
    people: str
    folds: tuple[tuple[str, ...], ...] | int
    expected_clips: int = Field(gt=0)
    sample_rate: int = Field(gt=0)
    generated: bool = False
    archives: tuple[Archive, ...] = ()
    corpus: str | None = None
    version: int = 1

    def attribute(self, name: str) -> Attribute | None:
        """The attribute called ``name``, if the dataset has it."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


class LayerCard(Frozen):
    """One layer: its name, its width, and its frames per second (0 for one frame a clip)."""

    name: str
    width: int = Field(gt=0)
    hz: float = Field(ge=0)


class Layers:
    """Short ways to write the ``layers`` of a card."""

    @staticmethod
    def uniform(count: int, width: int, hz: float) -> tuple[LayerCard, ...]:
        """Layers ``0`` to ``count - 1`` of one width and rate, as transformers have them."""
        return tuple(LayerCard(name=str(index), width=width, hz=hz) for index in range(count))

    @staticmethod
    def named(**layers: tuple[int, float]) -> tuple[LayerCard, ...]:
        """Layers by name, each with its width and its frames per second."""
        return tuple(LayerCard(name=name, width=width, hz=hz) for name, (width, hz) in layers.items())


class Weights(Frozen):
    """Where the weights are published: a Hub repository, or a file by URL with its SHA-256.

    A file whose publisher states no SHA-256 is never fetched: its ``url`` tells users where to get it for --weights.
    """

    repo: str | None = None
    revision: str | None = None
    url: str | None = None
    sha256: str | None = Field(default=None, pattern=SHA256)

    @model_validator(mode="after")
    def _one_place(self) -> "Weights":
        if (self.repo is None) == (self.url is None):
            raise ValueError("weights come either from a Hub repository or from a URL")
        return self


class Adapt(Frozen):
    """Dotted names (``*`` for an index) by which PEFT methods find their places in a model they have never seen."""

    front_end: tuple[str, ...] = ()
    blocks: str = ""
    attention: tuple[str, ...] = ()
    feed_forward: tuple[str, ...] = ()


class BackboneCard(Frozen):
    """A model: what it is, what it was trained on, and the shapes it gives.

    ``corpora``: the corpora of its pretraining and fine-tuning, by name; empty where nothing was trained, None where
    they were not named. Prose: in no feature key. ``family``: the ``model_type`` of its config, for models of a family.
    ``sees_level``: loudness reaches the model (false where each clip is normalised). ``random``: a control with
    seeded random weights. ``min_seconds``: the shortest input that gives a frame; shorter clips are padded with zeros
    up to it, and refused below half of it. ``window_seconds``: the fixed window of models that have one, to which they
    pad. ``longest_seconds``: what goes through in one piece. A clip longer than either is cut into the fewest equal
    pieces, and its features are averaged over valid frames. ``batches``: ``equal_length`` for models whose padding
    cannot be kept out of a clip. ``reentrant``: several batches may go through the module at once, in threads of their
    own. ``constants``: numbers of the model's preprocessing; they enter the feature key. ``version`` is raised when the
    plugin's numbers change.
    """

    name: str = Field(pattern=BACKBONE_NAME)
    pretrained_on: Literal["speech", "music", "audio", "speech and music", "nothing", "unknown"]
    corpora: tuple[str, ...] | None = None
    licence: str = Field(min_length=1)
    paper: str
    weights: Weights | None = None
    family: str | None = None
    sample_rate: int = Field(gt=0)
    layers: tuple[LayerCard, ...] = Field(min_length=1)
    version: int = 1
    parameters: int | None = None
    sees_level: bool = True
    differentiable: bool = True
    random: bool = False
    min_seconds: float = Field(default=0.025, gt=0)
    window_seconds: float | None = Field(default=None, gt=0)
    longest_seconds: float | None = Field(default=None, gt=0)
    batches: Literal["padded", "equal_length"] = "padded"
    reentrant: bool = False
    constants: Mapping[str, float] = {}
    adapt: Adapt | None = None

    @model_validator(mode="after")
    def _layers_have_their_own_names(self) -> "BackboneCard":
        names = [layer.name for layer in self.layers]
        if len(set(names)) != len(names):
            raise ValueError("two layers have the same name")
        return self

    @property
    def piece_seconds(self) -> float | None:
        """The most that goes through the model in one piece; None where there is no limit."""
        return self.window_seconds or self.longest_seconds

    def numeric(self) -> dict[str, object]:
        """The fields that can change features: they stand in the feature key, prose does not."""
        return {
            "sample_rate": self.sample_rate,
            "layers": [[layer.width, layer.hz] for layer in self.layers],
            "min_seconds": self.min_seconds,
            "window_seconds": self.window_seconds,
            "longest_seconds": self.longest_seconds,
            "constants": dict(self.constants),
        }


class FamilyCard(Frozen):
    """Models that are published alike; ``name`` is the ``model_type`` of their ``config.json``."""

    name: str = Field(pattern=NAME)
    title: str
    paper: str


class PeftCard(Frozen):
    """A PEFT method: how much of a backbone may learn.

    ``identity_at_start``: it changes nothing before training. ``head``: what reads the backbone, the mean over time of
    its last layer or the learned weighted sum of its layers. ``trains``: ``head`` for methods that leave the backbone
    alone. ``learning_rate``: AdamW's rate that the method asks for.
    """

    name: str = Field(pattern=NAME)
    title: str
    paper: str
    licence: str = "Apache-2.0"
    identity_at_start: bool = True
    head: Literal["mean", "weighted_sum"] = "mean"
    trains: Literal["head", "backbone"] = "backbone"
    learning_rate: float = Field(default=5e-4, gt=0, le=1)
    version: int = 1


def folder_of(backbone: str) -> str:
    """The name of a backbone as the name of a folder: ``hf:ORG/REPO`` is ``hf--ORG--REPO``."""
    return backbone.replace(":", "--").replace("/", "--")
