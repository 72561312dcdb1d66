"""How do many smooth objectives go downhill together? L-BFGS with a metric, all in the same matrix products.

The two-loop recursion (Nocedal 1980, https://doi.org/10.1090/S0025-5718-1980-0572855-7) starts from a metric in place
of a scaled identity; the metric is taken anew after 10, 30, 90 ... steps. Steps halve until they gain enough (Armijo
1966, https://doi.org/10.2140/pjm.1966.16.1). Strengths that have arrived are dropped from the products.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from emobench.learning.landscape import Landscape, Metric

TOLERANCE = 5e-6  # of the objective; the certificate is usually several times the true gap
MOST_STEPS = 1000
MEMORY = 8
RENEWAL = 3  # the metric is renewed at 10 steps and whenever their number has tripled
FAR = 1000
GAIN = 1e-4
HALVINGS = 20


@dataclass(frozen=True)
class Descent:
    """Where the objectives ended.

    Attributes:
        points: (problems, strengths, parameters).
        iterations: (problems, strengths) int64.
        converged: (problems, strengths) bool; false where the last point is not certified.
    """

    points: Tensor
    iterations: Tensor
    converged: Tensor


@dataclass
class _Walk:
    """The strengths still under way: where they are and what they remember. Tensors (problems, strengths, ...)."""

    land: Landscape
    rows: Tensor  # which strengths
    points: Tensor
    image: Tensor
    height: Tensor
    slope: Tensor
    metric: Metric
    resting: Tensor  # arrived, or found no way down twice
    moves: list[Tensor] = field(default_factory=list)
    turns: list[Tensor] = field(default_factory=list)
    trust: list[Tensor] = field(default_factory=list)  # 1 / (move . turn), 0 for a pair to be ignored


def descend(land: Landscape, most_steps: int = MOST_STEPS) -> Descent:
    """Minimise every objective of ``land`` until its gap is certified to be small."""
    walk = _set_out(land)
    points, shape = walk.points.clone(), walk.height.shape
    iterations = torch.zeros(shape, dtype=torch.int64, device=points.device)
    converged = torch.zeros(shape, dtype=torch.bool, device=points.device)
    renew = 10
    for step in range(most_steps + 1):
        arrived = walk.land.gap(walk.slope, walk.metric) <= TOLERANCE * walk.height
        points[:, walk.rows] = walk.points
        converged[:, walk.rows] = arrived
        iterations[:, walk.rows] += ~(walk.resting | arrived)
        walk.resting = walk.resting | arrived
        if step == most_steps or bool(walk.resting.all()):
            break
        _drop(walk)
        if step == renew:
            renew *= RENEWAL
            _renew(walk)
        _step(walk)
    return Descent(points, iterations, converged)


def _set_out(land: Landscape) -> _Walk:
    points = land.start()
    image = land.image(points)
    height, slope, metric = land.height(points, image), land.slope(points, image), land.first_metric(points, image)
    rows = torch.arange(len(land.penalty), device=points.device)
    return _Walk(land, rows, points, image, height, slope, metric, torch.zeros_like(height, dtype=torch.bool))


def _drop(walk: _Walk) -> None:
    """Forget the strengths that rest in every problem."""
    keep = (~walk.resting.all(0)).nonzero()[:, 0]
    if len(keep) == len(walk.rows):
        return
    walk.land, walk.metric, walk.rows = walk.land.select(keep), walk.metric.select(keep), walk.rows[keep]
    walk.points, walk.image, walk.height = walk.points[:, keep], walk.image[:, :, keep], walk.height[:, keep]
    walk.slope, walk.resting = walk.slope[:, keep], walk.resting[:, keep]
    walk.moves, walk.turns = [m[:, keep] for m in walk.moves], [t[:, keep] for t in walk.turns]
    walk.trust = [t[:, keep] for t in walk.trust]


def _renew(walk: _Walk) -> None:
    """Take the metric anew for strengths that have a long way to go: it costs as much as some thirty steps."""
    walk.image = walk.land.image(walk.points)
    far = walk.land.gap(walk.slope, walk.metric) > FAR * TOLERANCE * walk.height
    due = (far & ~walk.resting).any(0).nonzero()[:, 0].tolist()
    walk.metric = walk.land.renewed(walk.metric, walk.points, walk.image, due)


def _step(walk: _Walk) -> None:
    """One step of every strength that does not rest."""
    way = torch.where(walk.resting[..., None], 0, -_turned(walk))
    image_way = walk.land.image(way)
    length, height = _length(walk, way, image_way)
    stuck = (length == 0) & ~walk.resting
    _forget_if(walk, stuck)
    move = length[..., None] * way
    walk.points = walk.points + move
    walk.image = walk.image + length[:, None, :, None, None] * image_way
    slope = walk.land.slope(walk.points, walk.image)
    _remember(walk, move, slope - walk.slope)
    walk.height, walk.slope = height, slope


def _turned(walk: _Walk) -> Tensor:
    """The slope times the approximate inverse Hessian."""
    way = walk.slope
    shares = []
    for move, turn, trust in zip(reversed(walk.moves), reversed(walk.turns), reversed(walk.trust), strict=True):
        share = trust * torch.linalg.vecdot(move, way)[..., None]
        way = way - share * turn
        shares.append(share)
    way = walk.metric.apply(way)
    for move, turn, trust, share in zip(walk.moves, walk.turns, walk.trust, reversed(shares), strict=True):
        way = way + (share - trust * torch.linalg.vecdot(turn, way)[..., None]) * move
    return way


def _length(walk: _Walk, way: Tensor, image_way: Tensor) -> tuple[Tensor, Tensor]:
    """How far to go, (problems, strengths) float32, 0 where no length gains enough; and the height there."""
    fall = torch.linalg.vecdot(walk.slope.double(), way.double())
    length = torch.ones_like(walk.height, dtype=way.dtype)
    # Sums of float32 losses cannot show a smaller gain than this.
    noise = 1e-8 * walk.height
    for _ in range(HALVINGS):
        points = walk.points + length[..., None] * way
        height = walk.land.height(points, walk.image + length[:, None, :, None, None] * image_way)
        bad = ~(height <= walk.height + GAIN * length * fall + noise)
        if not bool(bad.any()):
            return length, height
        length = torch.where(bad, 0.5 * length, length)
    return torch.where(bad, 0, length), torch.where(bad, walk.height, height)


def _forget_if(walk: _Walk, stuck: Tensor) -> None:
    """Who found no way down loses its memory; who had none rests for good."""
    if not bool(stuck.any()):
        return
    remembered = torch.stack([*walk.trust, torch.zeros_like(walk.height[..., None])]).sum(0)[..., 0] != 0
    walk.resting = walk.resting | (stuck & ~remembered)
    walk.trust = [torch.where(stuck[..., None], 0, trust) for trust in walk.trust]


def _remember(walk: _Walk, move: Tensor, turn: Tensor) -> None:
    """Keep the last few pairs; one without positive curvature is ignored."""
    bend = torch.linalg.vecdot(move, turn)[..., None]
    enough = bend > 1e-7 * (move.norm(dim=2) * turn.norm(dim=2))[..., None]
    walk.moves.append(move)
    walk.turns.append(turn)
    walk.trust.append(torch.where(enough, 1 / bend, 0))
    del walk.moves[:-MEMORY], walk.turns[:-MEMORY], walk.trust[:-MEMORY]
