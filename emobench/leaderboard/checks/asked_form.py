"""What form does the question of a record have?"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from emobench.domain.bias import FadBiasOptions
from emobench.domain.cards import BACKBONE_NAME, DATASET_NAME
from emobench.domain.frozen import Frozen
from emobench.domain.options import ExtractionOptions, LayerwiseOptions, ProbeOptions, ReadingOptions
from emobench.domain.pair import CrossDomainOptions
from emobench.domain.table import TableOptions
from emobench.domain.training import TrainOptions
from emobench.leaderboard.checks.form_parts import Count, Name, Options

Backbone = Annotated[str, Field(pattern=BACKBONE_NAME, max_length=200)]
Dataset = Annotated[str, Field(pattern=DATASET_NAME, max_length=100)]
Folds = Annotated[tuple[Count, ...], Field(min_length=1, max_length=1000)]


# A flag may say one value where a list belongs, a record says the list: what makes it one is turned off, by its name.


class ProbeForm(ProbeOptions):
    """Strengths, as a list."""

    @field_validator("c")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return value


class LayerwiseForm(LayerwiseOptions):
    """What layers are asked, as a list."""

    @field_validator("attributes")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return value


class CrossDomainForm(CrossDomainOptions):
    """More conditions, as a list."""

    @field_validator("also")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return value


class TrainForm(TrainOptions):
    """How a method is trained, fractions as a list."""

    @field_validator("fraction")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return value


class TableForm(TableOptions):
    """How own data was read, attributes with their columns and splits as a list."""

    @field_validator("labels")
    @classmethod
    def _attribute_to_column(cls, value: Any) -> Any:
        return value

    @field_validator("split")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return value


class LayerwiseScopes(Frozen):
    """Options of `layerwise`."""

    reading: ReadingOptions
    extraction: ExtractionOptions | None = None
    table: TableForm | None = None
    probe: ProbeForm
    layerwise: LayerwiseForm


class BiasScopes(Frozen):
    """Options of `fad_bias`."""

    reading: ReadingOptions
    extraction: ExtractionOptions | None = None
    table: TableForm | None = None
    fad_bias: FadBiasOptions


class PairScopes(Frozen):
    """Options of `cross_domain`, and those of its PEFT methods under their names."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Options]

    reading: ReadingOptions
    extraction: ExtractionOptions | None = None
    table: TableForm | None = None
    probe: ProbeForm
    cross_domain: CrossDomainForm
    train: TrainForm


class _Asked(Frozen):
    backbone: Backbone
    attribute: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)
    folds: Folds | None
    limit: int | None = Field(ge=1, le=2**53)
    precision: Literal["fp32", "bf16"]


class LayerwiseAsked(_Asked):
    """Asked of one dataset."""

    task: Literal["layerwise"]
    dataset: Dataset
    options: LayerwiseScopes


class BiasAsked(_Asked):
    """Asked of a pair: how far apart it is."""

    task: Literal["fad_bias"]
    datasets: tuple[Dataset, Dataset]
    options: BiasScopes


class PairAsked(_Asked):
    """Asked of a pair: what each teaches the other."""

    task: Literal["cross_domain"]
    datasets: tuple[Dataset, Dataset]
    peft: tuple[Name, ...] = Field(min_length=1, max_length=50)
    seeds: int = Field(ge=1, le=1000)
    preset: Name | None
    options: PairScopes
