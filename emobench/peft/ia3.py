"""What does (IA)^3 train? One factor for every output of a Linear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn

CARD = PeftCard(name="ia3", title="(IA)^3: a factor for every output", paper="https://arxiv.org/abs/2205.05638")


def apply(backbone: nn.Module, card: BackboneCard, options: Frozen) -> None:  # noqa: ARG001 - it has none
    """W x + b becomes l * (W x + b), with l all ones at the start.

    Places as for LoRA. The paper scales keys, values and what the feed-forward's first Linear gives; here all outputs
    of the places are scaled.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, or a backbone that is not differentiable or has the factors already.
    """
    from peft import IA3Config

    from emobench.peft.injection import inject, places_and_targets

    _, targets = places_and_targets(backbone, card, CARD.name)
    inject(backbone, IA3Config(target_modules=targets, feedforward_modules=[]), CARD.name)


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """(IA)^3 (Liu et al. 2022), by the library peft."""
    yield PeftMethod(CARD, apply)
