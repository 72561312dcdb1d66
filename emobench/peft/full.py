"""What does full fine-tuning train? Every weight that can learn; the front end only on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn


class FullOptions(Frozen):
    """How much of a backbone full fine-tuning trains."""

    front_end: bool = Field(default=False, description="train what prepares the frames (convolutions, patches) as well")


CARD = PeftCard(
    name="full", title="Full fine-tuning, the front end frozen", paper="https://arxiv.org/abs/2006.11477",
    learning_rate=1e-5,
)  # fmt: skip


def apply(backbone: nn.Module, card: BackboneCard, options: FullOptions) -> None:
    """Let all weights learn, but the front end, attention keys' biases and what pretraining alone reads. Idempotent.

    Raises:
        DataError: the card names a front end that the backbone does not have.
        UsageError: there are no weights, or the backbone is not differentiable.
    """
    from emobench.peft.learnable import let_learn, own_weights, settle

    settle(backbone, card, CARD.name)
    weights = own_weights(backbone, card, front_end=options.front_end)
    let_learn(weights.values(), card, CARD.name, looked_for="weights beyond the front end")


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """Full fine-tuning as of wav2vec 2.0 (Baevski et al. 2020), whose convolutions stay frozen."""
    yield PeftMethod(CARD, apply, FullOptions)
