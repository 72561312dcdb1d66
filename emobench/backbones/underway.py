"""What do the modules inside an encoder know about the batch that goes through it, and what do they leave behind?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn


class Enough(Exception):  # noqa: N818 - it ends a pass, and is no error
    """All states that are wanted have been left behind: the blocks above need not be computed."""


@dataclass
class Pass:
    """One batch on its way through an encoder.

    Attributes:
        samples: (batch,) valid samples of each clip, as the front end gets them.
        valid: (batch, frames) bool, true where a frame of the encoder lies inside its clip; None where all do.
        wanted: how many states end the pass; None for a pass that goes through to the end.
        resumed: what enters the first block, whatever is given to it; None for a pass that begins with audio.
        states: what entered the first block, and what left each block, in that order.
    """

    samples: Tensor
    valid: Tensor | None = None
    wanted: int | None = None
    resumed: Tensor | None = None
    states: list[Tensor] = field(default_factory=list)


# Modules of transformers pass neither lengths nor states along. A context variable, because several threads may send
# batches through the same modules, each its own.
_UNDER_WAY: ContextVar[Pass | None] = ContextVar("emobench_pass", default=None)


def under_way() -> Pass | None:
    """The pass of this thread, or None outside of one."""
    return _UNDER_WAY.get()


@contextmanager
def begun(batch: Pass) -> Iterator[Pass]:
    """While inside, this thread's modules know ``batch``; a pass that has left enough states behind ends here."""
    token = _UNDER_WAY.set(batch)
    try:
        yield batch
    except Enough:
        pass
    finally:
        _UNDER_WAY.reset(token)


def listen(blocks: nn.ModuleList, pick: Callable[[Any], Tensor] | None = None) -> None:
    """From now on, ``blocks`` leave their states in the pass under way.

    Args:
        blocks: the blocks of an encoder, in order.
        pick: finds the state in what a block returns; the first of a tuple, or the tensor itself, when None.
    """
    blocks[0].register_forward_pre_hook(_entered, with_kwargs=True)
    find = pick or _first
    for block in blocks:
        block.register_forward_hook(lambda _module, _inputs, output: _leave(find(output)))


class _Skippable(nn.Module):
    """A module of the front end: a pass that resumes gets its input back, or a stand-in for its output."""

    stand_in: Callable[[Tensor], Tensor] | None

    def forward(self, *inputs: Any, **named: Any) -> Any:
        batch = _UNDER_WAY.get()
        if batch is None or batch.resumed is None:
            return super().forward(*inputs, **named)
        return inputs[0] if self.stand_in is None else self.stand_in(batch.resumed)


def skip(module: nn.Module, stand_in: Callable[[Tensor], Tensor] | None = None) -> None:
    """From now on, ``module`` is not computed in a pass that resumes.

    It keeps its weights, names and hooks; its class becomes one of its own, as torch's parametrisations do it.

    Args:
        module: part of a front end; the first block's own input stands for all that it could give.
        stand_in: (what enters the first block) -> what the modules behind this one can go on with; where it is None,
            they get what this module was given.
    """
    kind, given = type(module), None if stand_in is None else staticmethod(stand_in)
    module.__class__ = type(kind.__name__, (_Skippable, kind), {"__module__": kind.__module__, "stand_in": given})


def _entered(
    _module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    batch = _UNDER_WAY.get()
    if batch is None or batch.resumed is None:
        _leave(inputs[0] if inputs else named["hidden_states"])
        return None
    _leave(batch.resumed)
    return ((batch.resumed, *inputs[1:]), named) if inputs else (inputs, {**named, "hidden_states": batch.resumed})


def _first(output: Any) -> Tensor:
    state: Tensor = output[0] if isinstance(output, tuple) else output
    return state


def _leave(state: Tensor) -> None:
    batch = _UNDER_WAY.get()
    if batch is None:
        return
    batch.states.append(state)
    if len(batch.states) == batch.wanted:
        raise Enough
