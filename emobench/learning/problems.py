"""Which clips train each probe, and what do their features look like once they are standardised?"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from emobench.domain.errors import DataError

FLAT = 1e-6  # features with a smaller training sd say nothing


@dataclass(frozen=True)
class Problems:
    """Training parts of one or several problems, padded to the longest and standardised.

    Attributes:
        clips: (problems, layers, clips, width) float32, zero where a problem has fewer clips.
        present: (problems, clips) float32, 0 for padding.
        chosen: (problems, clips) int64, which clip of the features each one is.
        mean: (problems, layers, width).
        scale: (problems, layers, width), 1 / sd, and 0 where the training sd is below 1e-6.
    """

    clips: Tensor
    present: Tensor
    chosen: Tensor
    mean: Tensor
    scale: Tensor


def gathered(features: Tensor, training: Tensor) -> Problems:
    """Gather and standardise the training clips of some problems.

    Args:
        features: (layers, clips, width) float32.
        training: (problems, clips) bool.
    """
    counts = training.sum(1)
    longest = int(counts.max())
    # A stable sort by "is not used" puts the training clips first and keeps their order.
    chosen = (~training).to(torch.uint8).argsort(stable=True, dim=1)[:, :longest]
    present = (torch.arange(longest, device=features.device) < counts[:, None]).to(features.dtype)
    clips = features[:, chosen].transpose(0, 1)  # (problems, layers, clips, width)
    here, count = present[:, None, :, None], counts[:, None, None].double()
    mean = ((clips * here).sum(2, dtype=torch.float64) / count).to(features.dtype)
    clips = (clips - mean[:, :, None]) * here
    sd = (clips.square().sum(2, dtype=torch.float64) / count).sqrt()
    scale = torch.where(sd < FLAT, 0.0, 1 / sd).to(features.dtype)
    return Problems(clips * scale[:, :, None], present, chosen, mean, scale)


def check_finite(values: Tensor, name: str) -> None:
    """Refuse NaN and infinity.

    Args:
        values: (..., clips, width).
        name: what they are, for the message.

    Raises:
        DataError: saying how many clips are touched and which is the first.
    """
    finite = torch.isfinite(values)
    if bool(finite.all()):
        return
    touched = (~finite).any(-1).reshape(-1, values.shape[-2]).any(0)
    first, count = int(touched.nonzero()[0]), int(touched.sum())
    raise DataError(
        f"a probe needs finite {name}.",
        found=f"NaN or infinity in {count} of {len(touched)} clips, first in clip {first} (counted from 0)",
    )


def check_classes(truth: Tensor, training: Tensor, classes: int) -> None:
    """Refuse a training part that lacks a class.

    Args:
        truth: (clips,) int64.
        training: (problems, clips) bool.
        classes: how many there should be.

    Raises:
        DataError: naming the first such problem and class.
    """
    seen = training.double() @ F.one_hot(truth, classes).double()
    missing = (seen == 0).nonzero()
    if len(missing):
        problem, label = missing[0].tolist()
        raise DataError(
            f"problem {problem} has no training clip of class {label}.",
            found=f"{len(missing)} missing classes in {len(missing[:, 0].unique())} of {len(training)} problems",
            remedy="Use fewer folds, or leave the class out.",
        )
