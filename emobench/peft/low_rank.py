"""What do LoRA and DoRA train? Low-rank updates of Linears; DoRA beside them the length of every row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import Field

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.frozen import Frozen

if TYPE_CHECKING:
    from torch import nn


class LowRankOptions(Frozen):
    """The size of a low-rank update."""

    rank: int = Field(default=16, gt=0, description="rank of the update; at most the smaller width of every place")
    alpha: int = Field(default=16, gt=0, description="the update is scaled by alpha / rank")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout on what enters the update, in training")


LORA = PeftCard(name="lora", title="LoRA: low-rank updates of Linears", paper="https://arxiv.org/abs/2106.09685")
DORA = PeftCard(
    name="dora",
    title="DoRA: low-rank directions, and the length of every row",
    paper="https://arxiv.org/abs/2402.09353",
)


def apply(backbone: nn.Module, card: BackboneCard, options: LowRankOptions, *, method: str) -> None:
    """W becomes W + alpha / rank * B A, with B zero at the start; for DoRA, each row of that is given a learned length.

    Places: the Linears of attention; of the feed-forward where the card names no attention; else every Linear.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, a rank larger than a place, a backbone that is not differentiable or has them already.
    """
    from peft import LoraConfig

    from emobench.peft.injection import inject, places_and_targets, require_rank

    places, targets = places_and_targets(backbone, card, method)
    require_rank(method, options.rank, places, card)
    config = LoraConfig(
        r=options.rank, lora_alpha=options.alpha, lora_dropout=options.dropout, target_modules=targets,
        use_dora=method == DORA.name,
    )  # fmt: skip
    inject(backbone, config, method)


@hookimpl
def emobench_peft_methods() -> Iterator[PeftMethod]:
    """LoRA (Hu et al. 2021) and DoRA (Liu et al. 2024), by the library peft."""
    yield PeftMethod(LORA, partial(apply, method=LORA.name), LowRankOptions)
    yield PeftMethod(DORA, partial(apply, method=DORA.name), LowRankOptions)
