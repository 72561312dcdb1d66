"""Is it noticed when a training moves what does not learn?"""

import bad_peft_methods as bad
import learning_toys as toys
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.learning.training import train
from emobench.learning.untouched import frozen_sums, require_untouched

KINDS = (torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool, torch.complex64)


@given(st.sampled_from(KINDS), st.integers(1, 9), st.data())
def test_one_changed_number_is_noticed(kind, count, data):
    """Whatever the type and the number of values, another value at one place gives another sum."""
    module = torch.nn.Module()
    module.register_buffer("values", torch.zeros(count + 1).to(kind)[1:])
    before = frozen_sums(module)
    require_untouched(module, before)
    module.values[data.draw(st.integers(0, count - 1))] = 1
    with pytest.raises(EmobenchError, match="values"):
        require_untouched(module, before)


def learner(kind):
    toy = toys.Toy()
    bad.beside(kind)(toy, None, None)
    for block in toy.blocks:
        block.inner.base.requires_grad_(False)
    return toys.learner_of(toy)


def trained(kind):
    """A training of one epoch, and whether something moved that does not learn."""
    taught = learner(kind)
    before = frozen_sums(taught.backbone)
    train(taught, toys.whole(12), lambda _: 0.0, TrainOptions(epochs=1, learning_rate=1e-3), seed=0)
    require_untouched(taught.backbone, before)


@pytest.mark.parametrize(
    ("kind", "name"), [(bad.MovesTheBase, "inner.base.bias"), (bad.Counts, "calls"), (bad.Grows, "pass_")]
)
def test_a_training_that_moves_what_is_frozen_is_refused(kind, name):
    """A frozen weight that drifts, a buffer that counts and one that is new are errors that name them."""
    with pytest.raises(EmobenchError, match="moved what does not learn") as caught:
        trained(kind)
    assert name in caught.value.found


def test_what_learns_may_move():
    """A training in which only what learns has moved passes."""
    trained(bad.Beside)
