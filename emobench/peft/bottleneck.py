"""What are bottleneck adapters? Small networks with a residual path behind every feed-forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn


class BottleneckOptions(Frozen):
    """The shape of a bottleneck adapter."""

    width: int = Field(default=128, gt=0, description="units between the two projections")
    # Behind a ReLU all states are positive, and a narrow adapter with a ReLU of its own can be dead from the start.
    activation: Literal["relu", "gelu", "silu"] = Field(default="gelu", description="the nonlinearity between them")


CARD = PeftCard(
    name="bottleneck", title="Bottleneck adapters behind the feed-forwards", paper="https://arxiv.org/abs/1902.00751"
)


def apply(backbone: nn.Module, card: BackboneCard, options: BottleneckOptions) -> None:
    """A state h becomes h + up(f(down(h))), with ``up`` zero at the start, behind each feed-forward's last Linear.

    A backbone without transformer blocks has them behind the nonlinearity of each feed-forward Linear, or of every
    Linear where its card names none.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, or a backbone that is not differentiable or has adapters already.
    """
    from emobench.peft.bottleneck_adapter import add_adapters

    add_adapters(backbone, card, CARD.name, width=options.width, activation=options.activation)


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """Bottleneck adapters (Houlsby et al. 2019), for speech emotion as in Lashkarashvili et al. (2024)."""
    yield PeftMethod(CARD, apply, BottleneckOptions)
