"""How does a gate come between a weight and the Linear that reads it?"""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from emobench.domain.cards import BackboneCard
from emobench.peft.learnable import refuse_twice, settle
from emobench.peft.places import Added, adapt_of, linear_places


class Gate(Added):
    """Every row of a weight (outputs, inputs) times 2 sigmoid of a learned number: times 1 at the start, exactly."""

    def __init__(self, like: Tensor) -> None:
        super().__init__()
        self.openness = nn.Parameter(torch.zeros(len(like), device=like.device, dtype=like.dtype))

    def forward(self, weight: Tensor) -> Tensor:
        """The gated weight (outputs, inputs)."""
        return weight * (2 * torch.sigmoid(self.openness))[:, None]


def add_gates(backbone: nn.Module, card: BackboneCard, method: str) -> None:
    """Gate the weights of attention and feed-forward; the gates learn, the weights keep what they were told.

    Raises:
        DataError: the card names places that the backbone does not have.
        UsageError: no place, or a backbone that is not differentiable or has gates already.
    """
    settle(backbone, card, method)
    adapt = adapt_of(card)
    places = linear_places(backbone, card, method, (*adapt.attention, *adapt.feed_forward))
    for place in places:
        if any(isinstance(part, Gate) for part in place.linear.modules()):
            raise refuse_twice(method, place.name)
    for place in places:
        register_parametrization(place.linear, "weight", Gate(place.linear.weight))
