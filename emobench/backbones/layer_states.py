"""What do all encoders of transformers share as backbones? Blocks that leave their states, a last layer, an entry."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from emobench.backbones.underway import Pass, begun, listen
from emobench.domain.errors import EmobenchError


class LayerStates(nn.Module):
    """A model of transformers whose layers are heard one by one, and that can go on from its first block.

    Layer 0 enters the first block, the layers between are what the blocks give, layer L is ``last_hidden_state``: not
    ``hidden_states[-1]``, which transformers 5 takes before the final norm of some families, and after it of others.

    Args:
        model: the encoder.
        blocks: its blocks, in order.
        pick: finds the state in what a block returns; the first of a tuple, or the tensor itself, when None.
    """

    model: Any  # its class depends on the family, and nn.Module knows submodules only as Tensor | Module

    def __init__(self, model: nn.Module, blocks: nn.ModuleList, pick: Callable[[Any], Tensor] | None = None) -> None:
        super().__init__()
        self.model, self._blocks = model, (blocks,)  # in a tuple: its weights are the model's, and count once
        self.depth = self.kept = len(blocks) + 1
        listen(blocks, pick)

    def keep_layers(self, count: int) -> None:
        """From now on give layers ``0`` to ``count - 1`` only, and neither hold nor compute the blocks above them."""
        self.kept = count
        del self._blocks[0][max(1, count - 1) :]

    def states(self, batch: Pass, run: Callable[[], Tensor]) -> tuple[list[Tensor], Tensor | None]:
        """Run a pass: what entered the first block and left the others, and the last layer where it is wanted.

        Args:
            batch: the pass, before it begins.
            run: sends the batch through the model and gives its last layer.

        Raises:
            EmobenchError: the model gave another number of states than it has blocks.
        """
        batch.wanted = None if self.kept == self.depth else self.kept
        last = None
        with begun(batch):
            last = run()
        if len(batch.states) != self.kept:
            raise EmobenchError(
                f"{type(self.model).__name__} gave {len(batch.states)} hidden states instead of {self.kept}.",
                remedy="load it with layerdrop 0.0, as the built-in families do.",
            )
        return (batch.states if last is None else batch.states[:-1]), last

    def entry(self, batch: Pass, run: Callable[[], object]) -> Tensor:
        """What enters the first block, float32; the pass ends there.

        Args:
            batch: the pass, before it begins.
            run: sends the batch through the model.
        """
        batch.wanted = 1
        with begun(batch):
            run()
        return batch.states[0].float()


def blocks_of(model: nn.Module) -> nn.ModuleList:
    """The blocks of a model that keeps them in ``encoder.layers``, as most do."""
    blocks = model.get_submodule("encoder.layers")
    assert isinstance(blocks, nn.ModuleList)
    return blocks
