"""Does a clip have the same features whatever goes through beside it? The laws of batches and padding."""

import torch

from emobench.catalog.contracts import AudioBatch
from emobench.features.turns import exact_arithmetic
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept, unasked
from emobench.testing.sounds import batch_of, copied, farthest, frames, frames_in, heard, means

SAME = 1e-5  # of the size of pooled features
HEARD = 1e-3  # a window across the end of a clip hears a little of what lies beyond
# What lies beyond the end of a clip, where the contract says zeros: now above and now below zero, so that a mean over
# zeros, which the contract allows, is none the wiser.
FILL = 0.3


def batch_mates(trial: BackboneTrial) -> Answer:
    """A clip's pooled features are the same alone and beside others, to 1e-5 of their size."""
    together = means(frames(trial.module, trial.card, trial.waves))
    alone = [clip for wave in trial.waves for clip in means(frames_in(heard(trial.module, batch_of([wave]))))]
    return _same(farthest(together, alone))


def batch_order(trial: BackboneTrial) -> Answer:
    """The same clips the other way round have the same pooled features the other way round, to 1e-5 of their size."""
    there = means(frames(trial.module, trial.card, trial.waves))
    back = means(frames(trial.module, trial.card, trial.waves[::-1]))
    return _same(farthest(back[::-1], there))


def padding_not_heard(trial: BackboneTrial) -> Answer:
    """A tone beyond the end of a clip, where zeros should be, changes pooled features by less than 1e-3 of their
    size: lengths say where a clip ends.
    """
    audio = trial.audio
    if trial.card.batches == "equal_length":
        return unasked("clips of one batch have one length: the core pads none")
    beyond = torch.arange(audio.waveform.shape[1])[None, :] >= audio.lengths[:, None]
    if not beyond.any():
        return unasked("all clips that the card allows have one length")
    tone = FILL * (-1.0) ** torch.arange(audio.waveform.shape[1])
    filled = AudioBatch(torch.where(beyond, tone, audio.waveform), audio.lengths)
    quiet, loud = (means(frames_in(heard(trial.module, batch))) for batch in (audio, filled))
    return _same(farthest(loud, quiet), HEARD)


def audio_untouched(trial: BackboneTrial) -> Answer:
    """The module leaves the batch that it is given as it is: the core may send it through again."""
    audio = copied(trial.audio)
    with exact_arithmetic(), torch.no_grad():
        trial.module(audio)
    names = [name for name in ("waveform", "lengths") if not _equal(audio, trial.audio, name)]
    return broken(f"it changes the batch's {' and '.join(names)}") if names else kept("bit by bit the same")


def _equal(one: AudioBatch, two: AudioBatch, name: str) -> bool:
    return torch.equal(getattr(one, name), getattr(two, name))


def _same(found: tuple[float, str], most: float = SAME) -> Answer:
    gap, where = found
    return kept(f"to {gap:.1g}") if gap <= most else broken(f"{where}: off by {gap:.2g} of its size")


BATCH_LAWS: tuple[Law[BackboneTrial], ...] = (batch_mates, batch_order, padding_not_heard, audio_untouched)
