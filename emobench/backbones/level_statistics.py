"""Which seven numbers describe the level and the duration of a clip?"""

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch, FrameFeatures


class LevelStatistics(nn.Module):
    """Seven numbers a clip, given as its only frame.

    Over the levels of its frames, in dB re full scale: mean, standard deviation (population), maximum, 10th and 90th
    percentile; then the share of active frames (0 to 1) and the natural log of its duration in seconds.

    Args:
        sample_rate: hertz.
        frame: samples in a frame; frames do not overlap, and samples after the last whole frame are not looked at.
        floor_db: quieter frames count as this loud.
        active_db: a frame is active when it is less than this below the loudest one.
    """

    def __init__(self, *, sample_rate: int, frame: int, floor_db: float, active_db: float) -> None:
        super().__init__()
        self.sample_rate, self.frame, self.floor_db, self.active_db = sample_rate, frame, floor_db, active_db

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """One layer (batch, 1, 7), one valid frame a clip."""
        levels, valid = self._levels(audio)
        loudest = levels.masked_fill(~valid, self.floor_db).amax(dim=1)
        active = levels > loudest[:, None] - self.active_db
        known = levels.masked_fill(~valid, torch.nan)
        mean = known.nanmean(dim=1)
        numbers = (
            mean,
            (known - mean[:, None]).square().nanmean(dim=1).sqrt(),
            loudest,
            known.nanquantile(0.1, dim=1),
            known.nanquantile(0.9, dim=1),
            (active & valid).sum(dim=1) / valid.sum(dim=1),
            (audio.lengths / self.sample_rate).log(),
        )
        return FrameFeatures(layers=(torch.stack(numbers, dim=1)[:, None],), lengths=(torch.ones_like(audio.lengths),))

    def _levels(self, audio: AudioBatch) -> tuple[Tensor, Tensor]:
        """Level of each frame in dB, never below the floor, and whether the clip fills it: both (batch, frames)."""
        power = audio.waveform.unfold(1, self.frame, self.frame).square().mean(dim=2)
        levels = 10 * power.clamp_min(10 ** (self.floor_db / 10)).log10()
        whole = torch.div(audio.lengths, self.frame, rounding_mode="floor")
        return levels, torch.arange(levels.shape[1], device=levels.device) < whole[:, None]
