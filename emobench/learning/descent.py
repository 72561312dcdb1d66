"""How are many smooth objectives minimised together? L-BFGS with a preconditioner, all in the same matrix products.

The two-loop recursion (Nocedal 1980, https://doi.org/10.1090/S0025-5718-1980-0572855-7) starts from the preconditioner
instead of a scaled identity. Steps halve until they gain enough (Armijo 1966, https://doi.org/10.2140/pjm.1966.16.1).
Strengths that have arrived are dropped from the products.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from emobench.learning.objective import Objective
from emobench.learning.preconditioner import Preconditioner

TOLERANCE = 1e-6  # of the objective, by its certified gap, which is usually several times the true one
MOST_ITERATIONS = 1000
MEMORY = 8
FIRST_RENEWAL = 10  # iterations
WORTH_RENEWAL = 300  # tolerances from the minimum; an inverse costs as much as some thirty iterations
SUFFICIENT = 1e-4
HALVINGS = 20
NOISE = 1e-6  # of the objective: what a sum of float32 losses cannot show; the certificate judges the end


@dataclass(frozen=True)
class Minimum:
    """Where the objectives ended.

    Attributes:
        parameters: (problems, strengths, parameters).
        iterations: (problems, strengths) int64.
        converged: (problems, strengths) bool; false where the end is not certified.
    """

    parameters: Tensor
    iterations: Tensor
    converged: Tensor


@dataclass
class _Search:
    """The strengths still under way. All tensors are (problems, strengths, ...)."""

    objective: Objective
    strengths: Tensor  # which of all strengths
    parameters: Tensor
    layer_scores: Tensor
    value: Tensor
    gradient: Tensor
    preconditioner: Preconditioner
    resting: Tensor  # arrived, or found no way down twice
    moves: list[Tensor] = field(default_factory=list)
    turns: list[Tensor] = field(default_factory=list)  # of the gradient
    trust: list[Tensor] = field(default_factory=list)  # 1 / (move . turn), 0 where a pair is to be ignored


def minimise(objective: Objective, most_iterations: int = MOST_ITERATIONS) -> Minimum:
    """Descend from the start of every objective until its gap is certified, or ``most_iterations`` are spent."""
    search = _begin(objective)
    parameters, shape = search.parameters.clone(), search.value.shape
    iterations = torch.zeros(shape, dtype=torch.int64, device=parameters.device)
    converged = torch.zeros(shape, dtype=torch.bool, device=parameters.device)
    renewal = FIRST_RENEWAL
    for iteration in range(most_iterations + 1):
        arrived = search.objective.gap(search.gradient, search.preconditioner) <= TOLERANCE * search.value
        search.resting = search.resting | arrived
        parameters[:, search.strengths] = search.parameters
        converged[:, search.strengths] |= arrived
        if iteration == most_iterations or bool(search.resting.all()):
            break
        iterations[:, search.strengths] += ~search.resting
        _drop_resting(search)
        if iteration == renewal:
            # A sum of layers changes under its preconditioner as layers win.
            renewal *= 3 if objective.layers == 1 else 2
            _renew(search)
        _advance(search)
    return Minimum(parameters, iterations, converged)


def _begin(objective: Objective) -> _Search:
    parameters = objective.start()
    layer_scores = objective.layer_scores(parameters)
    value = objective.value(parameters, layer_scores)
    return _Search(
        objective,
        torch.arange(value.shape[1], device=value.device),
        parameters,
        layer_scores,
        value,
        objective.gradient(parameters, layer_scores),
        objective.first_preconditioner(parameters, layer_scores),
        torch.zeros_like(value, dtype=torch.bool),
    )


def _drop_resting(search: _Search) -> None:
    """Drop the strengths that rest in every problem."""
    keep = (~search.resting.all(0)).nonzero()[:, 0]
    if len(keep) == len(search.strengths):
        return
    search.objective, search.preconditioner = search.objective.select(keep), search.preconditioner.select(keep)
    search.strengths = search.strengths[keep]
    for name in ("parameters", "layer_scores", "value", "gradient", "resting"):
        setattr(search, name, getattr(search, name)[:, keep])
    for name in ("moves", "turns", "trust"):
        setattr(search, name, [tensor[:, keep] for tensor in getattr(search, name)])


def _renew(search: _Search) -> None:
    """Take the preconditioner anew for strengths that have a long way to go."""
    # Rounding that has summed up in the scores is cleared, in all that depends on them.
    search.layer_scores = search.objective.layer_scores(search.parameters)
    search.value = search.objective.value(search.parameters, search.layer_scores)
    search.gradient = search.objective.gradient(search.parameters, search.layer_scores)
    gap = search.objective.gap(search.gradient, search.preconditioner)
    due = (gap > WORTH_RENEWAL * TOLERANCE * search.value).any(0).nonzero()[:, 0].tolist()
    search.preconditioner = search.objective.renewed(search.preconditioner, search.parameters, search.layer_scores, due)


def _advance(search: _Search) -> None:
    """Take one step with every strength that does not rest."""
    search.preconditioner = search.objective.adapted(search.preconditioner, search.parameters, search.gradient)
    direction = torch.where(search.resting[..., None], 0, -_turned(search))
    along = search.objective.layer_scores(direction)
    length, layer_scores, value = _step_length(search, direction, along)
    _forget(search, (length == 0) & ~search.resting)
    move = length[..., None] * direction
    search.parameters = search.parameters + move
    gradient = search.objective.gradient(search.parameters, layer_scores)
    _remember(search, move, gradient - search.gradient)
    search.layer_scores, search.value, search.gradient = layer_scores, value, gradient


def _turned(search: _Search) -> Tensor:
    """The gradient times the approximate inverse Hessian."""
    pairs = list(zip(search.moves, search.turns, search.trust, strict=True))
    turned, shares = search.gradient, []
    for move, turn, trust in reversed(pairs):
        shares.append(trust * torch.linalg.vecdot(move, turned)[..., None])
        turned = turned - shares[-1] * turn
    turned = search.preconditioner.apply(turned)
    for (move, turn, trust), share in zip(pairs, reversed(shares), strict=True):
        turned = turned + (share - trust * torch.linalg.vecdot(turn, turned)[..., None]) * move
    return turned


def _step_length(search: _Search, direction: Tensor, along: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How far to go, (problems, strengths), 0 where no length gains enough; layer scores and objective there."""
    fall = torch.linalg.vecdot(search.gradient.double(), direction.double())
    length = direction.new_ones(fall.shape)
    for halving in range(HALVINGS + 1):
        parameters = search.parameters + length[..., None] * direction
        layer_scores = torch.addcmul(search.layer_scores, length[..., None, None, None], along)
        value = search.objective.value(parameters, layer_scores)
        bad = ~(value <= search.value * (1 + NOISE) + SUFFICIENT * length * fall)
        if not bool(bad.any()):
            break
        length = torch.where(bad, 0.5 * length if halving < HALVINGS - 1 else 0, length)
    return length, layer_scores, value


def _forget(search: _Search, stuck: Tensor) -> None:
    """Strengths that are stuck lose their memory; those that had none rest for good."""
    if not bool(stuck.any()):
        return
    remembers = torch.stack([torch.zeros_like(stuck), *((trust != 0)[..., 0] for trust in search.trust)]).any(0)
    search.resting = search.resting | (stuck & ~remembers)
    search.trust = [torch.where(stuck[..., None], 0, trust) for trust in search.trust]


def _remember(search: _Search, move: Tensor, turn: Tensor) -> None:
    """Keep the last few pairs; those without positive curvature are ignored."""
    curvature = torch.linalg.vecdot(move, turn)[..., None]
    enough = curvature > 1e-7 * (move.norm(dim=2) * turn.norm(dim=2))[..., None]
    search.moves.append(move)
    search.turns.append(turn)
    search.trust.append(torch.where(enough, 1 / curvature, 0))
    del search.moves[:-MEMORY], search.turns[:-MEMORY], search.trust[:-MEMORY]
