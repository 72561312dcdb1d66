"""Does everything that should learn get a gradient? A method that silently does nothing is caught after three steps.

One step is not enough: LoRA's A has a gradient of exactly zero at step 0. Zero is not the only sign of death either:
the biases of attention keys see rounding only, some 1e-10.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from emobench.domain.errors import EmobenchError

WATCHED_STEPS = 3
ALIVE = 1e-6  # of the largest gradient norm of the step
NAMED = 8


class Aliveness:
    """Watches the gradients of a model's first steps.

    Args:
        weights: name -> weight, all that may learn, the head's too: their gradients are compared with each other.
        judged: the names that have to live, those of the backbone; the head always does.
    """

    def __init__(self, weights: Mapping[str, nn.Parameter], judged: tuple[str, ...]) -> None:
        self.weights, self.judged = dict(weights), judged
        self.alive: set[str] = set()
        self.steps = 0

    def watch(self) -> None:
        """Look at the gradients of a step, after backward and before they are clipped; nothing after three steps."""
        if self.steps >= WATCHED_STEPS:
            return
        self.steps += 1
        norms = {name: _norm(weight.grad) for name, weight in self.weights.items()}
        largest = max(norms.values(), default=0.0)
        self.alive |= {name for name, norm in norms.items() if norm > ALIVE * largest}

    def dead(self) -> tuple[str, ...]:
        """The judged weights that never had a gradient worth the name, in order.

        Raises:
            EmobenchError: all of them.
        """
        found = tuple(name for name in self.judged if name not in self.alive)
        if self.judged and len(found) == len(self.judged):
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            raise EmobenchError(
                f"nothing of the backbone learns: none of {len(found)} trainable weights gets a gradient.",
                found=f"dead after {self.steps} steps: {', '.join(found[:NAMED])}{more}",
                remedy="Choose other places: WavLM, for one, passes its attention's weights to a function and never "
                "calls the modules that an adapter would replace.",
            )
        return found


def _norm(gradient: Tensor | None) -> float:
    return 0.0 if gradient is None else float(torch.linalg.vector_norm(gradient.float()))
