"""How does a method of the library peft come onto a backbone that it has never seen?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn

from emobench.domain.cards import BackboneCard
from emobench.domain.errors import UsageError
from emobench.peft.learnable import refuse_twice, settle
from emobench.peft.places import Place, adapt_of, expression, linear_places

if TYPE_CHECKING:
    from peft import PeftConfig

CONFIGS = "peft_config"  # where peft keeps the configurations of a module's adapters, by adapter


def attention_or_feed_forward(card: BackboneCard) -> tuple[str, ...]:
    """The patterns of the places that low-rank methods take; none means every Linear."""
    return adapt_of(card).attention or adapt_of(card).feed_forward


def places_and_targets(backbone: nn.Module, card: BackboneCard, method: str) -> tuple[list[Place], str]:
    """The places of a low-rank method, and the regular expression by which peft finds the same ones.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: there are none, or the backbone is not differentiable.
    """
    settle(backbone, card, method)
    patterns = attention_or_feed_forward(card)
    places = linear_places(backbone, card, method, patterns)
    return places, "|".join(expression(name) for name in patterns or [place.name for place in places])


def require_rank(method: str, rank: int, places: Sequence[Place], card: BackboneCard) -> None:
    """Raises UsageError when a place is narrower than the rank: a product of that rank would not be a low-rank one."""
    narrow = min(places, key=lambda place: min(place.linear.weight.shape))
    outputs, inputs = narrow.linear.weight.shape
    if rank > min(outputs, inputs):
        raise UsageError(
            f"{method}.rank = {rank} is larger than a place of '{card.name}' is wide.",
            found=f"found: {narrow.name}, {inputs} -> {outputs}",
            remedy=f"Use --set {method}.rank={min(outputs, inputs)} or less.",
        )


def inject(backbone: nn.Module, config: "PeftConfig", method: str) -> None:
    """Put the adapters of one method on a backbone; they learn, everything else keeps what it was told.

    Raises:
        UsageError: the backbone has them already.
    """
    from peft import inject_adapter_in_model  # seconds: whoever adapts nothing does without

    held = backbone.__dict__.get(CONFIGS, {})
    if method in held:
        raise refuse_twice(method, f"{CONFIGS} of {type(backbone).__name__}")
    before = {id(weight): weight.requires_grad for weight in backbone.parameters()}
    # peft warns of configurations that it finds; silencing it by a filter would touch the filters of other threads.
    backbone.__dict__.pop(CONFIGS, None)
    try:
        inject_adapter_in_model(config, backbone, adapter_name=method)
    finally:
        backbone.__dict__[CONFIGS] = {**held, **backbone.__dict__.get(CONFIGS, {})}
    for weight in backbone.parameters():
        weight.requires_grad = before.get(id(weight), True)
