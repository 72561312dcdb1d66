"""Which methods leave the backbone alone? Its last layer, or the learned weighted sum of its layers, under one head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn

FROZEN = PeftCard(
    name="frozen", title="Nothing: a head on the mean of the last layer", paper="https://arxiv.org/abs/1610.01644",
    trains="head",
)  # fmt: skip
WEIGHTED_SUM = PeftCard(
    name="weighted_sum", title="Softmax weights over all layers, under the head", head="weighted_sum", trains="head",
    paper="https://arxiv.org/abs/2105.01051",
)  # fmt: skip


def apply(backbone: nn.Module, card: BackboneCard, options: Frozen) -> None:
    """Leaves a backbone as it is: what learns stands on its features."""


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """The frozen backbone, and the weighted sum of its layers (Yang et al. 2021, SUPERB)."""
    yield PeftMethod(FROZEN, apply)
    yield PeftMethod(WEIGHTED_SUM, apply)
