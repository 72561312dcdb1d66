"""What does BitFit train? The biases that are there, and nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn

CARD = PeftCard(name="bitfit", title="BitFit: the biases", paper="https://arxiv.org/abs/2106.10199")


def apply(backbone: nn.Module, card: BackboneCard, options: Frozen) -> None:  # noqa: ARG001 - it has none
    """Let all biases beyond the front end learn, those of norms included; attention keys' never do. Idempotent.

    Raises:
        DataError: the card names a front end that the backbone does not have.
        UsageError: there are no biases, or the backbone is not differentiable.
    """
    from emobench.peft.learnable import let_learn, own_weights, settle

    settle(backbone, card, CARD.name)
    biases = [weight for name, weight in own_weights(backbone, card).items() if name.rpartition(".")[2] == "bias"]
    let_learn(biases, card, CARD.name, looked_for="biases beyond the front end")


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """BitFit (Ben Zaken et al. 2021)."""
    yield PeftMethod(CARD, apply)
