"""What does one import? To measure: run, plan, compare, records. To write a plugin: cards and contracts. All lazily."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing is not needed to say so, and an interrupt during its import could not be answered
if TYPE_CHECKING:
    from typing import Any

    from emobench.api.comparing import Comparison as Comparison
    from emobench.api.comparing import compare as compare
    from emobench.api.planning import Plan as Plan
    from emobench.api.planning import plan as plan
    from emobench.api.records import Record as Record
    from emobench.api.records import read_record as read_record
    from emobench.api.records import read_records as read_records
    from emobench.api.running import run as run
    from emobench.api.running import run_all as run_all
    from emobench.backbones.checkpoint import load_checkpoint as load_checkpoint
    from emobench.backbones.checkpoint import weightless as weightless
    from emobench.backbones.hidden_states import HiddenStates as HiddenStates
    from emobench.catalog.contracts import AudioBatch as AudioBatch
    from emobench.catalog.contracts import Backbone as Backbone
    from emobench.catalog.contracts import ClipFeatures as ClipFeatures
    from emobench.catalog.contracts import Dataset as Dataset
    from emobench.catalog.contracts import Entered as Entered
    from emobench.catalog.contracts import FrameFeatures as FrameFeatures
    from emobench.catalog.contracts import PeftMethod as PeftMethod
    from emobench.catalog.contracts import WeightFiles as WeightFiles
    from emobench.catalog.families import Family as Family
    from emobench.catalog.families import Settings as Settings
    from emobench.catalog.families import Traits as Traits
    from emobench.catalog.hookspecs import hookimpl as hookimpl
    from emobench.domain.cards import Adapt as Adapt
    from emobench.domain.cards import Archive as Archive
    from emobench.domain.cards import Attribute as Attribute
    from emobench.domain.cards import BackboneCard as BackboneCard
    from emobench.domain.cards import DatasetCard as DatasetCard
    from emobench.domain.cards import FamilyCard as FamilyCard
    from emobench.domain.cards import LayerCard as LayerCard
    from emobench.domain.cards import Layers as Layers
    from emobench.domain.cards import PeftCard as PeftCard
    from emobench.domain.cards import Weights as Weights
    from emobench.domain.clip import Clip as Clip
    from emobench.domain.errors import BrokenEnvironment as BrokenEnvironment
    from emobench.domain.errors import CheckError as CheckError
    from emobench.domain.errors import DataError as DataError
    from emobench.domain.errors import EmobenchError as EmobenchError
    from emobench.domain.errors import UsageError as UsageError
    from emobench.domain.frozen import Frozen as Frozen
    from emobench.domain.spec import RunSpec as RunSpec
    from emobench.peft.learnable import refuse_twice as refuse_twice
    from emobench.peft.places import Place as Place
    from emobench.peft.places import linear_places as linear_places
    from emobench.peft.saving import load_adapters as load_adapters

__version__ = "0.1.0"

_HOMES = {
    "emobench.api.comparing": ("Comparison", "compare"),
    "emobench.api.planning": ("Plan", "plan"),
    "emobench.api.records": ("Record", "read_record", "read_records"),
    "emobench.api.running": ("run", "run_all"),
    "emobench.backbones.checkpoint": ("load_checkpoint", "weightless"),
    "emobench.backbones.hidden_states": ("HiddenStates",),
    "emobench.catalog.contracts": (
        "AudioBatch", "Backbone", "ClipFeatures", "Dataset", "Entered", "FrameFeatures", "PeftMethod", "WeightFiles",
    ),
    "emobench.catalog.families": ("Family", "Settings", "Traits"),
    "emobench.catalog.hookspecs": ("hookimpl",),
    "emobench.domain.cards": (
        "Adapt", "Archive", "Attribute", "BackboneCard", "DatasetCard", "FamilyCard", "LayerCard", "Layers", "PeftCard",
        "Weights",
    ),
    "emobench.domain.clip": ("Clip",),
    "emobench.domain.errors": ("BrokenEnvironment", "CheckError", "DataError", "EmobenchError", "UsageError"),
    "emobench.domain.frozen": ("Frozen",),
    "emobench.domain.spec": ("RunSpec",),
    "emobench.peft.learnable": ("refuse_twice",),
    "emobench.peft.places": ("Place", "linear_places"),
    "emobench.peft.saving": ("load_adapters",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - the list is made from the table above


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'emobench' has no attribute '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
