"""How well does a line through the features follow a dimension? Ridge probes, in closed form."""

from collections.abc import Sequence

import torch
from torch import Tensor

from emobench.learning.linear import LinearProbes
from emobench.learning.problems import Problems, check_finite
from emobench.learning.workers import fit_parts


def fit_ridge(features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float]) -> LinearProbes:
    """Fit ridge regression to the training part of every problem, once per strength.

    The objective is 1/2 sum (y - xw - b)^2 + |w|^2 / 2C on standardised features, with a free intercept: scikit-learn's
    ``Ridge(alpha=1 / C)``, so that C means the same as for a logistic probe. Solved in float64 (Hoerl and Kennard 1970,
    https://doi.org/10.1080/00401706.1970.10488634).

    Args:
        features: (clips, width) float32, on the device that is to do the work.
        truth: (clips,) float32.
        training: (problems, clips) bool, the training clips of every problem.
        strengths: C; smaller is stronger.

    Raises:
        DataError: features or truth that are not finite.
    """
    check_finite(features, "features")
    check_finite(truth[:, None], "truth")
    penalty = 1 / torch.tensor(strengths, dtype=torch.float64, device=features.device)
    return fit_parts(features[None], training, lambda problems: _fit(problems, truth, penalty))


def _fit(problems: Problems, truth: Tensor, penalty: Tensor) -> LinearProbes:
    clips, present = problems.clips[:, 0].double(), problems.present.double()
    count = present.sum(1, keepdim=True)
    # Means that float32 left behind would leak into the intercept's place.
    clip_mean = (clips.sum(1) / count)[:, None]
    clips = (clips - clip_mean) * present[..., None]
    values = truth[problems.chosen].double() * present
    value_mean = values.sum(1, keepdim=True) / count
    weight = _solve(clips, ((values - value_mean) * present)[..., None], penalty)
    bias = value_mean - (weight[..., 0] * clip_mean).sum(2)
    shape = bias.shape
    return LinearProbes(
        weight=weight.float(),
        bias=bias.float()[..., None],
        mean=problems.mean[:, 0],
        scale=problems.scale[:, 0],
        iterations=torch.zeros(shape, dtype=torch.int64, device=bias.device),
        converged=torch.ones(shape, dtype=torch.bool, device=bias.device),
    )


def _solve(clips: Tensor, values: Tensor, penalty: Tensor) -> Tensor:
    """(X'X + I/C)^-1 X'y = X'(XX' + I/C)^-1 y, by the smaller of the two: (problems, strengths, width, 1)."""
    narrow = clips.shape[2] <= clips.shape[1]
    gram = clips.mT @ clips if narrow else clips @ clips.mT
    ridge = torch.eye(gram.shape[1], dtype=gram.dtype, device=gram.device) * penalty[:, None, None]
    factor = torch.linalg.cholesky(gram[:, None] + ridge)
    if narrow:
        return torch.cholesky_solve((clips.mT @ values)[:, None].expand(-1, len(penalty), -1, -1), factor)
    return clips.mT[:, None] @ torch.cholesky_solve(values[:, None].expand(-1, len(penalty), -1, -1), factor)
