"""Are the tensors of a backbone what and where the core expects them? The law of dtype and device."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, some
from emobench.testing.sounds import heard

DEEPEST = 4  # lists in lists


def dtype_and_device(trial: BackboneTrial) -> Answer:
    """Layers are float32 and lengths int64, where the audio is; no tensor hides in an attribute that `.to` leaves."""
    wrong = wrong_tensors(trial.module, trial.audio)
    if wrong:
        return broken(wrong)
    hidden = list(dict.fromkeys(hidden_tensors(trial.module)))
    if hidden:
        return broken(f"tensors that are neither parameter nor buffer: {some(hidden)}; use register_buffer")
    if not torch.cuda.is_available():
        return kept("float32 and int64 on the CPU; there is no GPU here to try")
    return _on_cuda(trial)


def _on_cuda(trial: BackboneTrial) -> Answer:
    """Move a module of its own there and run it."""
    module = trial.fresh().to("cuda")
    audio = AudioBatch(trial.audio.waveform.cuda(), trial.audio.lengths.cuda())
    wrong = wrong_tensors(module, audio)
    return broken(f"on a GPU: {wrong}") if wrong else kept("float32 and int64, on the CPU and on a GPU")


def wrong_tensors(module: nn.Module, audio: AudioBatch) -> str:
    """Which layers or lengths have another type or another device than the audio; empty where none has."""
    features = heard(module, audio)
    for number, (layer, valid) in enumerate(zip(features.layers, features.lengths, strict=True)):
        if layer.dtype != torch.float32 or valid.dtype != torch.int64:
            return f"layer {number} is {layer.dtype}, its lengths {valid.dtype}"
        if layer.device != audio.waveform.device or valid.device != audio.waveform.device:
            return f"layer {number} is on {layer.device}, its lengths on {valid.device}, the audio not"
    return ""


def hidden_tensors(module: nn.Module) -> Iterator[str]:
    """The names of tensors in plain attributes, and in lists and dicts there, that moving the module leaves behind."""
    moved = {id(tensor) for tensor in (*module.parameters(), *module.buffers())}
    known = {id(part) for part in module.modules()}
    for name, part in module.named_modules():
        plain = {key: value for key, value in vars(part).items() if key not in ("_parameters", "_buffers", "_modules")}
        for key, value in plain.items():
            for path, tensor in _inside(value, ".".join(filter(None, (name, key))), known, DEEPEST):
                if id(tensor) not in moved:
                    yield path


def _inside(value: Any, path: str, known: set[int], depth: int) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, nn.Module):
        if id(value) not in known:
            yield from ((f"{path}.{name}", weight) for name, weight in value.named_parameters())
            yield from ((f"{path}.{name}", buffer) for name, buffer in value.named_buffers())
    elif isinstance(value, dict) and depth:
        for key, item in value.items():
            yield from _inside(item, f"{path}[{str(key)[:40]!r}]", known, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth:
        for number, item in enumerate(value):
            yield from _inside(item, f"{path}[{number}]", known, depth - 1)


TENSOR_LAWS: tuple[Law[BackboneTrial], ...] = (dtype_and_device,)
