"""Is a method that does nothing caught, and one that only begins slowly let pass?"""

import pytest
import torch
from torch import nn

from emobench.domain.errors import EmobenchError
from emobench.learning.aliveness import Aliveness


def weights(**gradients):
    """Weights of three numbers; each has gradients of these norms, step after step, None for no gradient."""
    return {name: nn.Parameter(torch.zeros(3)) for name in gradients}, gradients


def watched(steps, judged=("one", "two"), **gradients):
    found, norms = weights(**gradients)
    aliveness = Aliveness(found, judged)
    for step in range(steps):
        for name, weight in found.items():
            norm = norms[name][step]
            weight.grad = None if norm is None else torch.tensor([norm, 0.0, 0.0])
        aliveness.watch()
    return aliveness


def test_one_that_begins_with_zero_lives():
    """LoRA's A: exactly zero at step 0, a gradient afterwards."""
    assert watched(3, one=(1.0, 1.0, 1.0), two=(0.0, 1e-3, 1e-3), head=(1.0, 1.0, 1.0)).dead() == ()


def test_rounding_is_no_life():
    """A key bias that sees 1e-10 beside 1 is dead, and so is a weight without any gradient; both are named."""
    aliveness = watched(3, judged=("one", "two", "three"), one=(1.0,) * 3, two=(1e-10,) * 3, three=(None,) * 3)
    assert aliveness.dead() == ("two", "three")


def test_once_is_enough():
    """A gradient above 1e-6 of the largest in one of three steps is life; the largest is that of the same step."""
    assert watched(3, one=(1.0,) * 3, two=(0.0, 0.0, 1.1e-6)).dead() == ()
    assert watched(3, one=(1.0,) * 3, two=(0.0, 0.0, 0.9e-6)).dead() == ("two",)
    assert watched(2, one=(1.0, 1e-3), two=(0.0, 1.1e-9)).dead() == ()


def test_the_fourth_step_comes_too_late():
    """What has no gradient within three steps is dead, whatever comes then."""
    assert watched(4, one=(1.0,) * 4, two=(0.0, 0.0, 0.0, 1.0)).dead() == ("two",)


def test_all_dead_is_an_error_that_names_them():
    """Where only the head learns, the error names the backbone's weights."""
    with pytest.raises(EmobenchError, match="one, two"):
        watched(3, one=(0.0,) * 3, two=(None,) * 3, head=(1.0,) * 3).dead()


def test_many_dead_are_counted():
    """A long list of names is cut, and says by how much."""
    names = [f"w{number}" for number in range(12)]
    with pytest.raises(EmobenchError, match=r"w7 and 4 more"):
        watched(3, judged=tuple(names), **dict.fromkeys(names, (0.0,) * 3), head=(1.0,) * 3).dead()


def test_a_head_alone_is_fine():
    """Without trainable weights in the backbone there is nothing to judge."""
    assert watched(3, judged=(), head=(1.0,) * 3).dead() == ()
