"""Does a backbone say the same twice? The laws of repetition, of random weights, and of threads."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn

from emobench.catalog.contracts import AudioBatch, FrameFeatures
from emobench.catalog.plugin_faults import said
from emobench.domain.attempt import Failed, attempted
from emobench.domain.stages import RANDOM_SEED
from emobench.features.turns import exact_arithmetic
from emobench.testing.backbone.shape_laws import misshapen
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, some, unasked
from emobench.testing.peft.trials import tensors
from emobench.testing.sounds import batch_of, clips, copied, farthest, frames, frames_in, heard, means

OTHER_SEED = RANDOM_SEED + 1
SAME = 1e-5  # of the size of pooled features
OTHER = 1e-3  # and what other weights change at least
ROUNDS = 2  # batches that two threads send at once


def determinism(trial: BackboneTrial) -> Answer:
    """In eval mode the same batch gives the same bits twice."""
    one, two = (frames_in(heard(trial.module, trial.audio)) for _ in range(2))
    for first, second in zip(one, two, strict=True):
        for card, a, b in zip(trial.card.layers, first, second, strict=True):
            if a.shape != b.shape:
                return unasked("the shapes differ between calls")
            if not torch.equal(a.nan_to_num(), b.nan_to_num()):
                return broken(f"layer '{card.name}' differs by up to {float((a - b).abs().max()):.1g}")
    return kept("the same bits")


def no_random_weights(trial: BackboneTrial) -> Answer:
    """Loaded under two seeds of torch, weights and features are the same; those of a random control differ, and each
    seed gives its own again.
    """
    again = trial.fresh(OTHER_SEED)
    names = _differing(again, trial.module)
    gap, where = farthest(_heard(trial, again), _heard(trial, trial.module))
    if not trial.card.random:
        if names:
            return broken(f"drawn anew in each loading: {some(names)}")
        return kept("same weights") if gap <= SAME else broken(f"another seed, other features: {where}, by {gap:.2g}")
    if gap <= OTHER:
        return broken("the card says random=True, and another seed gives the same features")
    names = _differing(trial.fresh(), trial.module)
    return broken(f"the same seed gives other weights: {some(names)}") if names else kept("each seed its own")


def random_control(trial: BackboneTrial) -> Answer:
    """NAME@random has the layers and the number of parameters of the loaded model, other features, and weights that
    torch's seed decides.
    """
    if trial.subject.backbone.load_random is None or trial.card.random:
        return unasked("it offers no load_random" if not trial.card.random else "it is random itself")
    control = trial.random(RANDOM_SEED)
    problem = misshapen(trial.card, heard(control, trial.audio), trial.audio)
    if problem:
        return broken(f"load_random: {problem}")
    counts = [sum(weight.numel() for weight in module.parameters()) for module in (control, trial.module)]
    if counts[0] != counts[1]:
        return broken(f"load_random has {counts[0]:,} parameters, the model {counts[1]:,}")
    gap, _ = farthest(_heard(trial, control), _heard(trial, trial.module))
    if gap <= OTHER:
        return broken("load_random gives the features of the loaded model")
    again, other = (bool(_differing(trial.random(seed), control)) for seed in (RANDOM_SEED, OTHER_SEED))
    if again or not other:
        words = "other weights when torch's seed is the same" if again else "the same weights whatever torch's seed is"
        return broken(f"load_random gives {words}")
    return kept(f"{counts[0]:,} parameters, features of their own")


def reentrant(trial: BackboneTrial) -> Answer:
    """Two threads that send batches through the module at once get what each gets alone, where the card says so."""
    if not trial.card.reentrant:
        return unasked("the card does not say that several threads may use it at once")
    batches = [trial.audio, batch_of(clips(trial.card, 9)[-1:])] * ROUNDS
    alone = [means(frames_in(heard(trial.module, audio))) for audio in batches]
    with exact_arithmetic(), ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(lambda audio: means(frames_in(_in_thread(trial.module, audio))), one) for one in batches]
        found = attempted(lambda: [call.result() for call in calls])
    if isinstance(found, Failed):
        return broken(f"in two threads at once it raises {said(found.problem)}")
    gap, where = max(farthest(one, two) for one, two in zip(found, alone, strict=True))
    return kept(f"to {gap:.1g}") if gap <= SAME else broken(f"in two threads {where} is off by {gap:.2g} of its size")


def _in_thread(module: nn.Module, audio: AudioBatch) -> FrameFeatures:
    """What a module says in a thread of its own; exact arithmetic is set for the whole process, by whoever waits."""
    with torch.no_grad():
        features: FrameFeatures = module(copied(audio))
    return features


def _heard(trial: BackboneTrial, module: nn.Module) -> list[tuple[torch.Tensor, ...]]:
    return means(frames(module, trial.card, trial.waves[-1:]))


def _differing(one: nn.Module, two: nn.Module) -> list[str]:
    """The names of weights and buffers that two modules do not share bit by bit."""
    first, second = tensors(one), tensors(two)
    differ = [n for n in first.keys() & second.keys() if not torch.equal(first[n], second[n])]
    return sorted([*differ, *(first.keys() ^ second.keys())])


REPEAT_LAWS: tuple[Law[BackboneTrial], ...] = (determinism, no_random_weights, random_control, reentrant)
