"""Where in a backbone does a PEFT method work? At Linears that its card names, or at all of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import nn

from emobench.domain.cards import Adapt, BackboneCard
from emobench.domain.errors import DataError, UsageError


class Added(nn.Module):
    """What a PEFT method added to a backbone: no other method has a place inside it."""


@dataclass(frozen=True)
class Place:
    """A Linear of a backbone under its dotted name; ``module`` may be what an earlier method wrapped around it."""

    name: str
    module: nn.Module

    @property
    def linear(self) -> nn.Linear:
        """The Linear itself."""
        linear = innermost(self.module)
        assert isinstance(linear, nn.Linear)
        return linear


def adapt_of(card: BackboneCard) -> Adapt:
    """The places that a card names; none where it has no ``adapt``."""
    return card.adapt or Adapt()


def innermost(module: nn.Module) -> nn.Module:
    """A module without the layers of peft around it."""
    while isinstance(inner := getattr(module, "base_layer", None), nn.Module):
        module = inner
    return module


def expression(pattern: str) -> str:
    """A dotted name (``*`` for an index) as a regular expression."""
    return re.escape(pattern).replace(r"\*", r"\d+")


def linear_places(backbone: nn.Module, card: BackboneCard, method: str, patterns: Sequence[str]) -> list[Place]:
    """The Linears that ``patterns`` of the card name, in their order; without patterns every Linear.

    Raises:
        DataError: a pattern that matches no module of the backbone, or one that is no Linear: the card is wrong.
        UsageError: a backbone without Linears.
    """
    if patterns:
        return _named(backbone, card, patterns)
    outside = beyond_front_end(backbone, card)
    every = [Place(name, part) for name, part in _standing(backbone) if _is_linear(part) and outside(name)]
    if not every:
        raise UsageError(
            f"'{method}' finds no place in '{card.name}'.",
            found="looked for: every Linear beyond the front end; its card names no attention and no feed_forward",
            remedy="Choose another method: --peft frozen leaves the backbone as it is.",
        )
    return every


class Beyond:
    """Whether a dotted name lies beyond the front end of a card."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._inside = [re.compile(rf"{expression(pattern)}(\..*)?") for pattern in patterns]

    def __call__(self, name: str) -> bool:
        """False for the modules and weights of the front end."""
        return not any(inside.fullmatch(name) for inside in self._inside)


def beyond_front_end(backbone: nn.Module, card: BackboneCard) -> Beyond:
    """Tells the names beyond the front end from those in it.

    Raises:
        DataError: the card names a front end that the backbone does not have: it would learn unnoticed.
    """
    names = [name for name, _ in _standing(backbone)]
    for pattern in adapt_of(card).front_end:
        if not any(re.fullmatch(expression(pattern), name) for name in names):
            raise _misnamed(card, pattern, "found: no such module")
    return Beyond(adapt_of(card).front_end)


def _named(backbone: nn.Module, card: BackboneCard, patterns: Sequence[str]) -> list[Place]:
    parts, found = dict(_standing(backbone)), []
    for pattern in patterns:
        here = [Place(name, part) for name, part in parts.items() if re.fullmatch(expression(pattern), name)]
        if not here:
            raise _misnamed(card, pattern, "found: no such module")
        for place in here:
            if not _is_linear(place.module):
                raise _misnamed(card, pattern, f"found: {place.name} is a {type(place.module).__name__}, no Linear")
        found += here
    return found


def _misnamed(card: BackboneCard, pattern: str, found: str) -> DataError:
    return DataError(
        f"the card of '{card.name}' names places that its module does not have.",
        found=f"looked for: {pattern}\n{found}",
        remedy="Correct `adapt` on the card of the backbone.",
    )


def _is_linear(module: nn.Module) -> bool:
    return isinstance(innermost(module), nn.Linear)


def _standing(backbone: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module under its name, each once, without what methods added and what peft's layers hold inside."""
    seen: set[int] = set()

    def walk(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
        for name, child in module.named_children():
            if isinstance(child, Added) or id(child) in seen:
                continue
            seen.add(id(child))
            yield prefix + name, child
            if innermost(child) is child:
                yield from walk(child, f"{prefix}{name}.")

    yield from walk(backbone, "")
