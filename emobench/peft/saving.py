"""How are the learned weights of a backbone kept, and put onto a fresh one? Nothing but what learned."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from emobench.catalog.contracts import PeftMethod
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import DataError
from emobench.domain.frozen import Frozen, explain
from emobench.files.atomic import write_bytes
from emobench.peft.combination import Combination, combined
from emobench.peft.injection import CONFIGS
from emobench.peft.places import expression

CARD_FILE = "emobench_adapters.json"
WEIGHTS_FILE = "learned.safetensors"  # what learned and is not peft's
PEFT_CONFIG, PEFT_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"  # names of the library
HINT = "Save the adapters again, or give the backbone they were trained on."


class MethodOnDisk(Frozen):
    """A method whose weights were saved: its version and the options it was applied with."""

    name: str
    version: int
    options: Mapping[str, Any]


class AdapterCard(Frozen):
    """What lies in a folder of adapters, and which backbone it was trained on."""

    format: Literal["emobench.adapters/1"] = "emobench.adapters/1"
    backbone: str
    methods: tuple[MethodOnDisk, ...]


def learned(backbone: nn.Module) -> dict[str, dict[str, Tensor]]:
    """The weights that may learn, shared with the backbone: by method for those of peft, under ``""`` all others.

    Names are those of peft's format (without the name of the adapter) for its methods, else those of the backbone.
    """
    configs: Mapping[str, Any] = backbone.__dict__.get(CONFIGS, {})
    found: dict[str, dict[str, Tensor]] = {method: _state_of(backbone, method) for method in configs}
    taken = {weight.data_ptr() for weights in found.values() for weight in weights.values()}
    found[""] = {
        name: weight.detach()
        for name, weight in backbone.named_parameters()
        if weight.requires_grad and weight.data_ptr() not in taken
    }
    return found


def _state_of(backbone: nn.Module, method: str) -> dict[str, Tensor]:
    from peft import get_peft_model_state_dict  # seconds: whoever adapts nothing does without

    state: dict[str, Tensor] = get_peft_model_state_dict(backbone, adapter_name=method, save_embedding_layers=False)
    return state


def save_adapters(
    folder: Path, backbone: nn.Module, card: BackboneCard, combination: Combination,
    options: Mapping[str, Frozen] | None = None,
) -> None:  # fmt: skip
    """Write what learned on a backbone to which ``combination`` was applied with ``options``.

    A method of peft gets a folder of its own name in peft's format (``adapter_config.json`` and
    ``adapter_model.safetensors``, for ``PeftModel.from_pretrained`` on the bare model); everything else lies in
    ``learned.safetensors``. The card, ``emobench_adapters.json``, is written last: a folder without it is not whole.

    Raises:
        EmobenchError: the folder cannot be written.
    """
    for method, weights in learned(backbone).items():
        if method:
            renamed = {_published(backbone, name): weight for name, weight in weights.items()}
            _write_tensors(folder / method / PEFT_WEIGHTS, renamed)
            write_bytes(folder / method / PEFT_CONFIG, _config(backbone, method))
        elif weights:
            _write_tensors(folder / WEIGHTS_FILE, weights)
    methods = tuple(
        MethodOnDisk(
            name=method.card.name,
            version=method.card.version,
            options=(options or {}).get(method.card.name, method.options()).model_dump(mode="json"),
        )
        for method in combination.methods
    )
    found = AdapterCard(backbone=card.name, methods=methods)
    write_bytes(folder / CARD_FILE, f"{found.model_dump_json(indent=2)}\n".encode())


def load_adapters(
    folder: Path, backbone: nn.Module, card: BackboneCard, lookup: Callable[[str], PeftMethod]
) -> Combination:
    """Apply the methods of a saved folder to a fresh backbone, with the weights that they had learned.

    Args:
        folder: as `save_adapters` wrote it.
        backbone: the same model with the same weights as before training; changed in place, and all but the learned
            weights of the methods are frozen.
        card: its card.
        lookup: finds a PEFT method by its name.

    Raises:
        DataError: a file is missing or damaged, or is of another backbone, method version or shape.
        UsageError: a method is unknown, or is on the backbone already.
    """
    said = _read_card(folder, card)
    methods = [lookup(saved.name) for saved in said.methods]
    options: dict[str, Frozen] = {}
    for saved, method in zip(said.methods, methods, strict=True):
        if method.card.version != saved.version:
            raise DataError(
                f"the adapters in {folder.name} are of another version of '{saved.name}'.",
                found=f"found: version {saved.version}; here: {method.card.version}",
                remedy="Train again, or use the release of the plugin that saved them.",
            )
        options[saved.name] = _options(saved, method, folder)
    combination = combined("+".join(saved.name for saved in said.methods), lookup)
    combination.apply(backbone.requires_grad_(requires_grad=False), card, options)
    for name, weights in learned(backbone).items():
        if name:
            renamed = {_published(backbone, key): weight for key, weight in weights.items()}
            _fill(renamed, folder / name / PEFT_WEIGHTS)
        elif weights:
            _fill(weights, folder / WEIGHTS_FILE)
    return combination


def _bare_model(backbone: nn.Module) -> str:
    """``"model."`` for a backbone that wraps a model of transformers under that name, else nothing."""
    return "model." if hasattr(getattr(backbone, "model", None), "config") else ""


def _published(backbone: nn.Module, name: str) -> str:
    """The name by which peft knows a weight when it wraps the bare model itself."""
    return "base_model.model." + name.removeprefix(_bare_model(backbone))


def _config(backbone: nn.Module, method: str) -> bytes:
    """The library's own description of an adapter, for the bare model; the same bytes for the same adapter."""
    said = backbone.__dict__[CONFIGS][method].to_dict()
    said = {name: sorted(value) if isinstance(value, set) else value for name, value in said.items()}
    start = expression(_bare_model(backbone))
    said["target_modules"] = "|".join(place.removeprefix(start) for place in said["target_modules"].split("|"))
    return json.dumps(said, indent=2, sort_keys=True).encode()


def _write_tensors(path: Path, weights: Mapping[str, Tensor]) -> None:
    whole = {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}
    write_bytes(path, save(whole, metadata={"format": "pt"}))


def _read_card(folder: Path, card: BackboneCard) -> AdapterCard:
    path = folder / CARD_FILE
    if not path.is_file():
        raise DataError(f"no adapters in '{folder}'.", found=f"found: no {CARD_FILE}", remedy=HINT)
    try:
        said = AdapterCard.model_validate_json(path.read_bytes())
    except ValidationError as problem:
        raise DataError(f"{CARD_FILE} in '{folder}' is damaged.", found=explain(problem), remedy=HINT) from problem
    if said.backbone != card.name:
        what = f"the adapters in '{folder}' were trained on another backbone."
        raise DataError(what, found=f"found: {said.backbone}; here: {card.name}", remedy=HINT)
    return said


def _options(saved: MethodOnDisk, method: PeftMethod, folder: Path) -> Frozen:
    try:
        return method.options.model_validate(dict(saved.options))
    except ValidationError as problem:
        what = f"{CARD_FILE} in '{folder}' holds options that '{saved.name}' does not have."
        raise DataError(what, found=explain(problem), remedy=HINT) from problem


def _fill(weights: Mapping[str, Tensor], path: Path) -> None:
    """Give weights the values of a file that holds exactly them."""
    try:
        found = load_file(path)
    except (OSError, SafetensorError) as problem:
        raise DataError(f"'{path}' is missing or damaged.", found=str(problem), remedy=HINT) from problem
    unlike = [name for name in weights.keys() & found.keys() if weights[name].shape != found[name].shape]
    misfits = sorted([*(weights.keys() ^ found.keys()), *unlike])
    if misfits:
        what = f"'{path}' does not fit this backbone."
        raise DataError(what, found=f"missing, unexpected or of another shape: {', '.join(misfits[:4])}", remedy=HINT)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(found[name])
