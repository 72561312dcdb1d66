"""Does the descent know how far it is from the minimum, and say so when it does not get there?"""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from emobench.learning.descent import minimise
from emobench.learning.losses import LogLoss, SquaredLoss
from emobench.learning.objective import Objective
from emobench.learning.problems import Problems, gathered

STRENGTHS = (1e-3, 0.1, 10.0)


def some_problems(layers: int = 1, seed: int = 0) -> tuple[Problems, LogLoss]:
    """Two problems of unequal size with three classes."""
    draw = torch.Generator().manual_seed(seed)
    truth = torch.arange(60) % 3
    features = torch.randn(layers, 60, 8, generator=draw) + 0.5 * torch.randn(3, 8, generator=draw)[truth]
    training = torch.stack([torch.arange(60) < 40, torch.arange(60) >= 27])
    problems = gathered(features, training)
    return problems, LogLoss.of(problems, truth, 3)


@pytest.mark.parametrize("layers", [1, 3])
def test_the_gradient_is_the_derivative_of_the_value(layers: int) -> None:
    """Autograd, through the definition of the value, gives the same gradient."""
    problems, loss = some_problems(layers)
    objective = Objective.of(problems, loss, STRENGTHS)
    parameters = objective.start()
    parameters = torch.randn(parameters.shape, generator=torch.Generator().manual_seed(2)).requires_grad_()
    objective.value(parameters, objective.layer_scores(parameters)).sum().backward()
    with torch.no_grad():
        gradient = objective.gradient(parameters, objective.layer_scores(parameters))
    torch.testing.assert_close(gradient, parameters.grad, rtol=1e-3, atol=1e-3)


@settings(max_examples=15)
@given(iterations=st.integers(0, 12), seed=st.integers(0, 50))
def test_the_gap_is_a_bound(iterations: int, seed: int) -> None:
    """Wherever a descent is cut off, the certified gap is at least the true distance from the minimum."""
    problems, loss = some_problems(seed=seed)
    objective = Objective.of(problems, loss, STRENGTHS)
    here, end = (minimise(objective, most).parameters for most in (iterations, 1000))
    value, best = (objective.value(point, objective.layer_scores(point)) for point in (here, end))
    image = objective.layer_scores(here)
    gap = objective.gap(objective.gradient(here, image), objective.first_preconditioner(here, image))
    assert bool((value - best <= gap + 1e-5 * best).all())


def test_a_limit_that_is_reached_is_reported() -> None:
    """Too few iterations leave ``converged`` false and say how many there were; enough make it true."""
    problems, loss = some_problems()
    objective = Objective.of(problems, loss, STRENGTHS)
    short, long = minimise(objective, 2), minimise(objective)
    assert not bool(short.converged[:, 1:].any())
    assert bool((short.iterations[:, 1:] == 2).all())
    assert bool(long.converged.all())
    assert bool((long.iterations[:, 1:] > 2).all())


def test_no_other_method_gets_lower() -> None:
    """SciPy's L-BFGS in float64, started from a weighted sum's end, gains less than 1e-4 of the objective."""
    problems, loss = some_problems(layers=3)
    objective = Objective.of(problems, loss, STRENGTHS)
    end = minimise(objective).parameters.double()
    exact = Objective(
        objective.clips.double(), objective.across.double(), objective.layers,
        LogLoss(loss.truth.double(), loss.present.double()), objective.penalty.double(),
    )  # fmt: skip

    def value(flat: Any) -> tuple[float, Any]:
        point = torch.from_numpy(flat).reshape(end.shape).requires_grad_()
        total = exact.value(point, exact.layer_scores(point)).sum()
        total.backward()
        assert point.grad is not None
        return float(total.detach()), point.grad.numpy().ravel()

    start = value(end.numpy().ravel())[0]
    assert start - minimize(value, end.numpy().ravel(), jac=True, method="L-BFGS-B").fun <= 1e-4 * start


def test_squared_loss_takes_few_steps() -> None:
    """Its curvature is known exactly, so that the preconditioner is nearly the inverse Hessian."""
    problems, _ = some_problems()
    end = minimise(Objective.of(problems, SquaredLoss.of(problems, torch.linspace(-1, 3, 60)), STRENGTHS))
    assert bool(end.converged.all())
    assert int(end.iterations.max()) <= 10


def test_separable_classes_and_no_penalty_still_end() -> None:
    """Where float32 cannot certify a minimum, the descent stops at its limit with finite parameters."""
    problems, loss = some_problems()
    end = minimise(Objective.of(problems, loss, [1e8]), 60)
    assert bool(torch.isfinite(end.parameters).all())
