"""How does a bottleneck adapter come behind a feed-forward, in a model that knows nothing of it?"""

import re
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from emobench.domain.cards import BackboneCard
from emobench.peft.learnable import refuse_twice, settle
from emobench.peft.places import Added, Place, adapt_of, expression, linear_places

NAME = "bottleneck"  # under which an adapter hangs on the module that it follows
ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}


class Bottleneck(Added):
    """h + up(f(down(h))): the identity at the start, because ``up`` is zero (Houlsby et al. 2019)."""

    def __init__(self, width: int, inner: int, activation: str, like: Tensor) -> None:
        super().__init__()
        self.down = nn.Linear(width, inner, device=like.device, dtype=like.dtype)
        self.activation = ACTIVATIONS[activation]()
        self.up = nn.Linear(inner, width, device=like.device, dtype=like.dtype)
        for weight in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(weight)

    def forward(self, states: Tensor) -> Tensor:
        """(..., width) to the same shape."""
        moved: Tensor = states + self.up(self.activation(self.down(states)))
        return moved


def add_adapters(backbone: nn.Module, card: BackboneCard, method: str, *, width: int, activation: str) -> None:
    """Hang an adapter behind every feed-forward; its weights learn, the others keep what they were told.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, or a backbone that is not differentiable or has adapters already.
    """
    settle(backbone, card, method)
    places = linear_places(backbone, card, method, adapt_of(card).feed_forward)
    if adapt_of(card).blocks:
        ends = [(place.name, place.module, place.linear) for place in _ends(places, adapt_of(card).blocks)]
    else:
        ends = [(place.name, _nonlinearity(backbone, place), place.linear) for place in places]
    for name, module, _ in ends:
        if NAME in dict(module.named_children()):
            raise refuse_twice(method, name)
    for _, module, linear in ends:
        module.add_module(NAME, Bottleneck(linear.out_features, width, activation, linear.weight))
        module.register_forward_hook(_then_adapt)


def _then_adapt(module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    # Looked up at every pass, so that a copied backbone runs its own adapters.
    adapted: Tensor = module.get_submodule(NAME)(output)
    return adapted


def _ends(places: list[Place], blocks: str) -> Iterator[Place]:
    """The last Linear of each feed-forward.

    In a block, a feed-forward ends with the first Linear that comes back to the width at which it began; Linears that
    never do end with the last of them.
    """
    in_blocks: dict[str, list[Place]] = {}
    for place in places:
        block = re.match(expression(blocks) + r"(?=\.|$)", place.name)
        in_blocks.setdefault(block[0] if block else place.name, []).append(place)
    for chain in in_blocks.values():
        began, open_ended = 0, False
        for place in chain:
            began = began if open_ended else place.linear.in_features
            open_ended = place.linear.out_features != began
            if not open_ended:
                yield place
        if open_ended:
            yield chain[-1]


def _nonlinearity(backbone: nn.Module, place: Place) -> nn.Module:
    """The nonlinearity right behind a Linear in a Sequential, unless it stands behind others too; else the Linear."""
    parent = backbone.get_submodule(place.name.rpartition(".")[0])
    for before, after in pairwise(parent) if isinstance(parent, nn.Sequential) else ():
        if before is place.module and type(after).__module__ == torch.nn.modules.activation.__name__:
            uses = sum(part is after for _, part in backbone.named_modules(remove_duplicate=False))
            return after if uses == 1 else place.module
    return place.module
