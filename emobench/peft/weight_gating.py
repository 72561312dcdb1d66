"""What does weight gating train? One gate for every row of the weights of attention and feed-forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn

CARD = PeftCard(
    name="weight_gating",
    title="Weight gating: a gate for every row of weights",
    paper="https://arxiv.org/abs/2402.11747",
)


def apply(backbone: nn.Module, card: BackboneCard, options: Frozen) -> None:  # noqa: ARG001 - it has none
    """W becomes diag(2 sigmoid(a)) W, with one number of ``a`` for every output unit, all zero at the start.

    So a gate is 1 at the start, stays between 0 (the unit is shut) and 2, and weight decay draws it back to 1; biases
    are not gated. Places: all Linears of attention and feed-forward that the card names, else every Linear. This form
    is emobench's own: the paper names the method, and its formula was not at hand.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, or a backbone that is not differentiable or has gates already.
    """
    from emobench.peft.weight_gate import add_gates

    add_gates(backbone, card, CARD.name)


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """Weight gating, after Lashkarashvili et al. (2024)."""
    yield PeftMethod(CARD, apply)
