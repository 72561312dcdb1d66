"""What does ``lora+weighted_sum`` mean? Several PEFT methods on one backbone, in one order, under one head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.catalog.contracts import PeftMethod
from emobench.catalog.plugin_faults import said
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError, UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.presets import JOINED_BY

if TYPE_CHECKING:
    from torch import nn

# They wrap Linears, and what comes later has to find the wrapped ones: applied first, in this order.
WRAPPING = ("dora", "ia3", "lora")


@dataclass(frozen=True)
class Combination:
    """One or several PEFT methods that go together.

    Attributes:
        methods: those that train the backbone in the order in which they are applied, then those of the head.
        head: what reads the backbone.
    """

    methods: tuple[PeftMethod, ...]
    head: Literal["mean", "weighted_sum"]

    @property
    def name(self) -> str:
        """The names of the methods in their own order, so that a+b and b+a are the same."""
        return JOINED_BY.join(method.card.name for method in self.methods)

    @property
    def trains_backbone(self) -> bool:
        """Whether anything of the backbone learns."""
        return any(method.card.trains == "backbone" for method in self.methods)

    def apply(self, backbone: nn.Module, card: BackboneCard, options: Mapping[str, Frozen] | None = None) -> None:
        """Apply all methods to a backbone of which nothing learns; what one lets learn, the next does not stop.

        Args:
            backbone: changed in place.
            card: its card.
            options: of the methods, by name; defaults for those that are missing.

        Raises:
            UsageError: the backbone is not differentiable, has no places for a method, or has the method already.
            DataError: the card names places that the backbone does not have.
            EmobenchError: a method raises something else, or lets nothing learn; said with its name.
        """
        from emobench.peft.learnable import settle

        for method in self.methods:
            if method.card.trains == "head":
                continue
            settle(backbone, card, method.card.name)
            learning = [weight for weight in backbone.parameters() if weight.requires_grad]
            _applied(method, backbone, card, (options or {}).get(method.card.name))
            for weight in learning:
                weight.requires_grad = True


def combined(name: str, lookup: Callable[[str], PeftMethod]) -> Combination:
    """The methods that a name such as ``lora+weighted_sum`` stands for.

    Args:
        name: names of PEFT methods, joined by ``+``, in any order.
        lookup: finds a method by its name; the catalog's raises UsageError with a near miss.

    Raises:
        UsageError: an unknown method, the same one twice, or methods that do not go together, with the reason.
    """
    parts = [part.strip() for part in name.split(JOINED_BY)]
    methods = sorted((lookup(part) for part in parts), key=_place_in_order)
    reason = _clash(methods)
    if reason:
        raise UsageError(
            f"'{name}' is no combination of PEFT methods: {reason}.",
            remedy="Join methods that train the backbone, and at most one head: --peft lora+weighted_sum.",
        )
    heads = [method.card.head for method in methods if method.card.head != "mean"]
    return Combination(tuple(methods), heads[0] if heads else "mean")


def _place_in_order(method: PeftMethod) -> tuple[bool, bool, str]:
    return method.card.trains == "head", method.card.name not in WRAPPING, method.card.name


def _clash(methods: Sequence[PeftMethod]) -> str:
    """Why methods do not go together; empty where they do."""
    names = [method.card.name for method in methods]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"'{twice[0]}' stands in it twice"
    if len(methods) == 1:
        return ""
    idle = [method.card.name for method in methods if method.card.trains == "head" and method.card.head == "mean"]
    if idle:
        return f"'{idle[0]}' says that nothing but the head learns"
    heads = [method.card.name for method in methods if method.card.head != "mean"]
    if len(heads) > 1:
        return f"'{heads[0]}' and '{heads[1]}' are two heads"
    if {"lora", "dora"} <= set(names):
        return "'dora' is 'lora' and more, at the same places"
    others = [name for name, method in zip(names, methods, strict=True) if method.card.trains == "backbone"]
    return "'full' trains every weight already" if "full" in others and len(others) > 1 else ""


def _applied(method: PeftMethod, backbone: nn.Module, card: BackboneCard, options: Frozen | None) -> None:
    try:
        method.apply(backbone, card, method.options() if options is None else options)
    except EmobenchError:
        raise
    except Exception as problem:
        what = f"the PEFT method '{method.card.name}' fails on '{card.name}'."
        raise EmobenchError(what, found=said(problem)) from problem
    if not any(weight.requires_grad for weight in backbone.parameters()):
        what = f"the PEFT method '{method.card.name}' lets nothing of '{card.name}' learn."
        raise EmobenchError(what, remedy="A method that leaves the backbone alone says trains='head' on its card.")
