"""How does a repository of the Hub become a backbone? By the family that its ``config.json`` names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, LayerCard, Weights
from emobench.domain.errors import DataError, UsageError
from emobench.domain.frozen import explain

if TYPE_CHECKING:
    from torch import nn

HUB = "hf:"
RANDOM = "@random"
# What reading odd settings raises, in a family's traits and in the model that is built from them.
MISUNDERSTOOD = (KeyError, IndexError, TypeError, ValueError, ArithmeticError)
PROVISIONAL = (LayerCard(name="0", width=1, hz=0),)


@dataclass(frozen=True)
class Settings:
    """What a repository says about its model: ``config.json``, and its preprocessor's file."""

    config: Mapping[str, Any]
    preprocessor: Mapping[str, Any]


@dataclass(frozen=True)
class Traits:
    """The fields of a `BackboneCard` that follow from a model's settings."""

    sample_rate: int
    layers: tuple[LayerCard, ...]
    min_seconds: float
    sees_level: bool
    adapt: Adapt
    constants: Mapping[str, float]
    window_seconds: float | None = None
    longest_seconds: float | None = None
    batches: Literal["padded", "equal_length"] = "padded"


@dataclass(frozen=True)
class Family:
    """Models that are published alike. All of it is pure but ``load`` and ``load_random``, which import torch.

    ``traits(settings)`` raises DataError for a member that the family cannot load. ``load`` builds the model that the
    files hold, ``load_random`` the same architecture with weights from torch's generator.
    """

    card: FamilyCard
    traits: Callable[[Settings], Traits]
    load: Callable[[BackboneCard, WeightFiles], nn.Module]
    load_random: Callable[[BackboneCard, Settings], nn.Module]


def settings_of(files: WeightFiles) -> Settings:
    """Read ``config.json`` and ``preprocessor_config.json`` (transformers 5 writes ``processor_config.json``).

    Raises:
        DataError: a file is missing, or is no JSON object.
    """
    config = _object(files, "config.json")
    if "preprocessor_config.json" not in files.files and "processor_config.json" in files.files:
        processor = _object(files, "processor_config.json")
        return Settings(config, processor.get("feature_extractor", processor))
    return Settings(config, _object(files, "preprocessor_config.json"))


def published(
    family: Family, name: str, repo: str, *, pretrained_on: Literal["speech", "music", "audio"], licence: str,
    paper: str, parameters: int, config: Mapping[str, Any], preprocessor: Mapping[str, Any], version: int = 1,
    corpora: tuple[str, ...] | None = None,
) -> Backbone:  # fmt: skip
    """A known member of a family: its card without a download, its layers and rate to be held by its files.

    ``config`` and ``preprocessor`` are what the repository's files say where the family's defaults say something else;
    ``NAME@random`` is built from them.
    """
    settings = Settings(config, preprocessor)
    card = BackboneCard(
        name=name, pretrained_on=pretrained_on, corpora=corpora, licence=licence, paper=paper,
        weights=Weights(repo=repo), parameters=parameters, version=version, family=family.card.name, reentrant=True,
        **_fields(family.traits(settings)),
    )  # fmt: skip
    return Backbone(
        card,
        load=lambda its_card, files: loaded_by(family, lambda: family.load(its_card, files)),
        load_random=lambda its_card: family.load_random(its_card, settings),
        describe=lambda its_card, files: described(family, its_card, files),
    )


def described(family: Family, card: BackboneCard, files: WeightFiles) -> BackboneCard:
    """The card as the files make it true: whether clips are normalised is theirs to say, layers and rate must agree.

    Raises:
        DataError: the files are of another family, or have other layers or another rate.
    """
    settings = settings_of(files)
    traits = traits_of(family, settings)
    claims = {
        "family": (family.card.name, settings.config.get("model_type")),
        "sample rate": (card.sample_rate, traits.sample_rate),
        "layers": (len(card.layers), len(traits.layers)),
        "widths": (_widths(card.layers), _widths(traits.layers)),
    }
    wrong = [
        f"{field}: {said} on the card, {found} in the files" for field, (said, found) in claims.items() if said != found
    ]
    if wrong:
        raise DataError(
            f"these are not the weights of '{card.name}'.",
            found="\n".join(wrong),
            remedy="Give the files the card means, or measure these under their own name: "
            "--backbone hf:ORG/REPO --weights hf:ORG/REPO=DIR.",
        )
    return card.model_copy(update=_fields(traits))


def traits_of(family: Family, settings: Settings) -> Traits:
    """What settings say about a model. Raises DataError for settings that cannot be understood."""
    try:
        traits = family.traits(settings)
    except ValidationError as problem:
        raise _not_understood(family, explain(problem)) from problem
    except MISUNDERSTOOD as problem:
        raise _not_understood(family, f"{type(problem).__name__}: {problem}") from problem
    if len(traits.layers) < 2 or traits.sample_rate < 1:
        raise _not_understood(family, f"{len(traits.layers)} layers at {traits.sample_rate} Hz")
    return traits


def loaded_by(family: Family, load: Callable[[], nn.Module]) -> nn.Module:
    """What ``load`` builds. Raises DataError for settings that a family understood and its model does not."""
    try:
        return load()
    except MISUNDERSTOOD as problem:
        raise _not_understood(family, f"{type(problem).__name__}: {problem}") from problem


def check_agreement(settings: Settings, same: Mapping[str, str]) -> None:
    """Refuse a preprocessor that says something else than ``config.json``; ``same`` maps its names to the other's.

    Raises:
        DataError: naming the fields and both values.
    """
    wrong = [
        f"config.json: {ours} = {settings.config[ours]}; preprocessor: {theirs} = {settings.preprocessor[theirs]}"
        for ours, theirs in same.items()
        if ours in settings.config
        and theirs in settings.preprocessor
        and settings.config[ours] != settings.preprocessor[theirs]
    ]
    if wrong:
        raise DataError(
            "the files of this model contradict each other.",
            found="\n".join(wrong),
            remedy="Fetch the model again, or correct the file that is wrong.",
        )


def _not_understood(family: Family, found: str) -> DataError:
    return DataError(
        f"the settings of this model are not those of a member of {family.card.title}.",
        found=f"{found} (config.json, preprocessor_config.json)",
        remedy="Fetch the model again, or correct the file that is wrong.",
    )


def hub_backbone(name: str, families: Mapping[str, Family]) -> Backbone:
    """The backbone called ``hf:ORG/REPO[@REVISION][@random]``; its card is provisional until its files are described.

    Raises:
        UsageError: the name is not of that form.
    """
    address = name.removesuffix(RANDOM).removeprefix(HUB)
    repo, _, revision = address.partition("@")
    random = name.endswith(RANDOM)
    try:
        card = BackboneCard(
            name=name, pretrained_on="nothing" if random else "unknown", licence=f"see https://huggingface.co/{repo}",
            paper=f"https://huggingface.co/{repo}", weights=Weights(repo=repo, revision=revision or None),
            sample_rate=16_000, layers=PROVISIONAL, random=random, reentrant=True, corpora=() if random else None,
        )  # fmt: skip
    except ValueError as problem:
        raise UsageError(
            f"'{name}' is no repository of the Hub.", remedy="Write hf:ORG/REPO or hf:ORG/REPO@REVISION."
        ) from problem

    def family_of(files: WeightFiles) -> tuple[Family, Settings]:
        settings = settings_of(files)
        return _known(name, str(settings.config.get("model_type")), families), settings

    def describe(card: BackboneCard, files: WeightFiles) -> BackboneCard:
        family, settings = family_of(files)
        return card.model_copy(update={"family": family.card.name, **_fields(traits_of(family, settings))})

    def load(card: BackboneCard, files: WeightFiles) -> nn.Module:
        family, settings = family_of(files)
        return loaded_by(family, lambda: family.load_random(card, settings) if random else family.load(card, files))

    return Backbone(card, load=load, describe=describe)


def _known(name: str, model_type: str, families: Mapping[str, Family]) -> Family:
    if model_type in families:
        return families[model_type]
    raise DataError(
        f"no family of models is known for '{name}'.",
        found=f"found: model_type '{model_type}' in its config.json; known: {', '.join(sorted(families))}",
        remedy="A plugin can bring the family (hook emobench_families) or the backbone (hook emobench_backbones).",
    )


def _fields(traits: Traits) -> dict[str, Any]:
    """Traits as fields of a card; nested cards stay what they are."""
    return {field.name: getattr(traits, field.name) for field in fields(traits)}


def _widths(layers: tuple[LayerCard, ...]) -> str:
    widths = [layer.width for layer in layers]
    return str(widths[0]) if len(set(widths)) == 1 else str(widths)


def _object(files: WeightFiles, name: str) -> dict[str, Any]:
    """The JSON object in the file called ``name``."""
    if name not in files.files:
        raise DataError(
            f"{name} is missing from the model's files.",
            found=f"found: {', '.join(sorted(files.files)) or 'none'}",
            remedy="Fetch the model again, or give --weights the folder in which all its files lie.",
        )
    try:
        settings = json.loads(files.files[name].read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DataError(f"{name} cannot be read.", found=str(problem), remedy="Fetch the model again.") from problem
    if not isinstance(settings, dict):
        raise DataError(f"{name} holds no JSON object.", remedy="Fetch the model again.")
    return settings
