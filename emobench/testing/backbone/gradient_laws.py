"""Can a backbone learn? The laws of gradients, to the waveform and to the weights that PEFT methods let learn."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor

from emobench.catalog.contracts import AudioBatch, PeftMethod
from emobench.domain.errors import UsageError
from emobench.features.turns import exact_arithmetic
from emobench.peft import bitfit, bottleneck, ia3, low_rank
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, some, unasked
from emobench.testing.peft.trials import Pairing, applied, tried, wake

LEFT_OUT = ("dora",)  # at the same places as lora


def gradient(trial: BackboneTrial) -> Answer:
    """Of a differentiable backbone the gradient of every layer reaches the waveform; of another at least one does
    not.
    """
    cards = trial.card.layers
    arrives = _arrivals(trial)
    missing = [card.name for card, found in zip(cards, arrives, strict=True) if not found]
    if trial.card.differentiable and missing:
        return broken(f"no gradient, or none that is finite, from {some(missing)}")
    if not trial.card.differentiable and not missing:
        return broken("every layer's gradient reaches the waveform: the card has to say differentiable=True")
    return kept(f"from {len(cards) - len(missing)} of {len(cards)} layers")


def peft_weights_learn(trial: BackboneTrial) -> Answer:
    """The built-in PEFT methods that fit the places its card names go on, and every weight that may learn gets a
    gradient within three steps.
    """
    card = trial.card
    if not card.differentiable:
        return unasked("it is not differentiable")
    if card.adapt is None:
        return unasked("its card names no places (adapt)")
    module = copy.deepcopy(trial.module).cpu()
    if card.random:
        wake(module)  # small random weights leave attention even, and its queries without a gradient
    fitting, dead = [], []
    for method in _methods():
        try:
            start = applied(Pairing(method, method.options(), module, card))
        except UsageError:  # no place for this one, or one too narrow
            continue
        trained = tried(start).trained
        fitting.append(method.card.name)
        dead += [f"{name} ({method.card.name})" for name in trained.dead]
    if dead:
        return broken(f"no gradient reaches {some(dead)}")
    return kept(", ".join(fitting)) if fitting else unasked("there is nothing that a method could let learn")


def _arrivals(trial: BackboneTrial) -> list[bool]:
    """Per layer: whether its gradient, valid frames weighed at random, is finite at the samples and not zero."""
    waveform = trial.audio.waveform.clone().requires_grad_()
    with exact_arithmetic(), torch.enable_grad():
        features = trial.module(AudioBatch(waveform * 1.0, trial.audio.lengths.clone()))
        return [_arrives(*pair, waveform) for pair in zip(features.layers, features.lengths, strict=True)]


def _arrives(layer: Tensor, valid: Tensor, waveform: Tensor) -> bool:
    if not layer.requires_grad:
        return False
    weights = torch.randn(layer.shape, generator=torch.Generator().manual_seed(0))
    inside = torch.arange(layer.shape[1])[None, :] < valid[:, None]
    total = (layer * weights * inside[..., None]).sum()
    (found,) = torch.autograd.grad(total, waveform, allow_unused=True, retain_graph=True)
    return found is not None and bool(found.isfinite().all()) and float(found.abs().max()) > 0


def _methods() -> Iterator[PeftMethod]:
    for module in (bitfit, low_rank, ia3, bottleneck):
        yield from (method for method in module.emobench_peft_methods() if method.card.name not in LEFT_OUT)


GRADIENT_LAWS: tuple[Law[BackboneTrial], ...] = (gradient, peft_weights_learn)
