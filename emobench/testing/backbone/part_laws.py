"""Does a part of a backbone say what the whole says? The laws of modules that resume, and of those that stop early."""

from typing import Any

import torch

from emobench.catalog.contracts import Entered, FrameFeatures, Resumes, StopsEarly
from emobench.features.entering import rows_of
from emobench.features.turns import exact_arithmetic
from emobench.testing.backbone.repeat_laws import SAME
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, unasked
from emobench.testing.sounds import Frames, copied, distance, farthest, frames_in, heard, means


def resumes(trial: BackboneTrial) -> Answer:
    """resume(enter(audio)) has the pooled features of forward, to 1e-5 of their size; so has what each clip entered
    with by itself.
    """
    module: Any = trial.module
    if not isinstance(module, Resumes):
        return unasked("it has no enter and resume")
    with exact_arithmetic(), torch.no_grad():
        entered = module.enter(copied(trial.audio))
        if not isinstance(entered, Entered):
            return broken(f"enter gives {type(entered).__name__} where Entered is wanted")
        together = _pooled(module.resume(entered))
        apart: Frames = []
        for row in rows_of(entered):
            apart += _pooled(module.resume(row))
    expected = means(frames_in(trial.features))
    for how, found in (("together", together), ("a clip by itself", apart)):
        if [len(clip) for clip in found] != [len(clip) for clip in expected]:
            return broken(f"resumed {how}: other layers than forward")
        gap, where = farthest(found, expected)
        if gap > SAME:
            return broken(f"resumed {how}: {where} off by {gap:.2g} of its size")
    return kept("as forward, together and clip by clip")


def stops_early(trial: BackboneTrial) -> Answer:
    """With keep_layers(n) the first n layers are those of the whole model, to 1e-5 of their size, with its lengths,
    and there are no others.
    """
    if not isinstance(trial.module, StopsEarly):
        return unasked("it has no keep_layers")
    depth = len(trial.card.layers)
    if depth == 1:
        return unasked("it has one layer")
    for count in sorted({1, (depth + 1) // 2, depth - 1}):
        part: Any = trial.fresh()
        part.keep_layers(count)
        found = heard(part, trial.audio)
        if len(found.layers) != count or len(found.lengths) != count:
            return broken(f"keep_layers({count}) leaves {len(found.layers)} layers")
        for number in range(count):
            if not torch.equal(found.lengths[number], trial.features.lengths[number]):
                return broken(f"keep_layers({count}): layer {number} has other lengths")
            gap = distance(found.layers[number], trial.features.layers[number])
            if gap > SAME:
                return broken(f"keep_layers({count}): layer {number} off by {gap:.2g} of its size")
    return kept(f"the first layers of {depth} unchanged")


def _pooled(features: FrameFeatures) -> Frames:
    if not isinstance(features, FrameFeatures):
        raise TypeError(f"resume gives {type(features).__name__} where FrameFeatures is wanted")
    return means(frames_in(features))


PART_LAWS: tuple[Law[BackboneTrial], ...] = (resumes, stops_early)
