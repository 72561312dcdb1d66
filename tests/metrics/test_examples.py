"""Do the examples in the docstrings of metrics hold, digit by digit?"""

import doctest
import inspect
from types import FunctionType, ModuleType

import pytest

from emobench.metrics import (
    classification,
    correspondence,
    covariance_roots,
    different_people,
    fad_infinity,
    feature_sets,
    frechet,
    frechet_subsets,
    jackknife,
    kernel_distance,
    people_kernel,
    regression,
    significance,
    spread,
    uncertainty,
)

MODULES = (
    classification, correspondence, covariance_roots, different_people, fad_infinity, feature_sets, frechet,
    frechet_subsets, jackknife, kernel_distance, people_kernel, regression, significance, spread, uncertainty,
)  # fmt: skip


def public_functions(module: ModuleType) -> list[FunctionType]:
    """The functions that a module defines for others."""
    functions = [value for _, value in inspect.getmembers(module, inspect.isfunction)]
    return [one for one in functions if one.__module__ == module.__name__ and not one.__name__.startswith("_")]


FUNCTIONS = [function for module in MODULES for function in public_functions(module)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_hold(module: ModuleType) -> None:
    """Every example in a docstring gives the digits that it shows."""
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_public_functions_have_an_example_and_a_range(function: FunctionType) -> None:
    """Every public metric says what it returns and shows a small example."""
    text = function.__doc__ or ""
    assert "Returns:" in text
    assert "Example:" in text
    assert ">>>" in text
