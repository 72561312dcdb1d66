"""How can a PEFT method go wrong? One small method for every way, on the toy of `learning_toys`, and two good ones."""

import random

import torch
from learning_toys import WIDTH
from torch import nn

from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen


class Beside(nn.Module):
    """A Linear with a low-rank update beside it; the base class of every bad one."""

    def __init__(self, base):
        super().__init__()
        self.base, self.a, self.b = base, nn.Linear(WIDTH, 4, bias=False), nn.Linear(4, WIDTH, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, hidden):
        return self.base(hidden) + self.b(self.a(hidden))


class TimesZero(Beside):
    def forward(self, hidden):
        return self.base(hidden) + 0 * self.b(self.a(hidden))


class Detached(Beside):
    def forward(self, hidden):
        return self.base(hidden) + self.b(self.a(hidden)).detach()


class Faint(Beside):
    """Lives, but for one weight that has a billionth of a gradient."""

    def __init__(self, base):
        super().__init__(base)
        self.faint = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, hidden):
        return super().forward(hidden) + 1e-9 * self.faint


class Idle(Beside):
    """Has a weight that nothing reads."""

    def __init__(self, base):
        super().__init__(base)
        self.idle = nn.Parameter(torch.ones(3))


class MovesTheBase(Beside):
    def forward(self, hidden):
        found = super().forward(hidden)
        with torch.no_grad():
            self.base.bias.add_(1e-3)
        return found


class Counts(Beside):
    """Counts its calls in a buffer, which nothing reads."""

    def __init__(self, base):
        super().__init__(base)
        self.register_buffer("calls", torch.zeros(()), persistent=False)

    def forward(self, hidden):
        self.calls += 1
        return super().forward(hidden)


class Grows(Beside):
    """Has one more buffer with every pass."""

    def forward(self, hidden):
        self.register_buffer(f"pass_{len(self._buffers)}", torch.zeros(()))
        return super().forward(hidden)


class ComesBack(Beside):
    """Forgets at every pass what a weight has learned."""

    def __init__(self, base):
        super().__init__(base)
        self.shift = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, hidden):
        with torch.no_grad():
            self.shift.zero_()
        return super().forward(hidden) + self.shift


class NotTheSame(Beside):
    """Claims to be the identity, and adds a hundredth."""

    def forward(self, hidden):
        return super().forward(hidden) + 0.01


class DrawnAtLoading(Beside):
    """Reads its update through a random matrix that does not learn, so that nobody saves it."""

    def __init__(self, base):
        super().__init__(base)
        self.register_buffer("drawn", torch.randn(WIDTH, WIDTH))

    def forward(self, hidden):
        return self.base(hidden) + self.b(self.a(hidden @ self.drawn))


class Remembers(Beside):
    """Keeps what it heard where neither weights nor buffers are."""

    heard = 0.0

    def forward(self, hidden):
        if torch.is_grad_enabled():
            self.heard += 0.1 * hidden.detach().abs().mean()
        return super().forward(hidden) + self.heard


class FailsInTraining(Beside):
    def forward(self, hidden):
        if torch.is_grad_enabled():
            raise ValueError("no gradients, please")
        return super().forward(hidden)


class FailsAtOnce(Beside):
    def forward(self, hidden):
        raise ValueError("no sound, please")


def beside(kind):
    """A method that puts updates of a kind beside the Linears of the blocks."""

    def apply(backbone, card, options):
        for block in backbone.blocks:
            block.inner = kind(block.inner)

    return apply


def let_nothing_learn(backbone, card, options):
    beside(Beside)(backbone, card, options)
    backbone.requires_grad_(requires_grad=False)


def fail(backbone, card, options):
    raise ZeroDivisionError("what a stranger's code may raise")


def wake_the_norm(backbone, card, options):
    """Lets a batch norm count the training clips."""
    beside(Beside)(backbone, card, options)
    backbone.late_norm.register_forward_pre_hook(lambda norm, _: setattr(norm, "training", torch.is_grad_enabled()))


def shift_the_base(backbone, card, options):
    """Moves a frozen weight when it is applied, and takes that back in every pass: the identity, all the same."""
    beside(Beside)(backbone, card, options)
    backbone.blocks[0].inner.base.bias.data += 0.5
    backbone.blocks[0].inner.base.register_forward_hook(lambda *call: call[-1] - 0.5)


def under_new_names():
    """Its weights have another name whenever it is applied."""
    applied = []

    def apply(backbone, card, options):
        applied.append(backbone)
        beside(Beside)(backbone, card, options)
        backbone.register_parameter(f"scale_{len(applied)}", nn.Parameter(torch.ones(())))
        name = f"scale_{len(applied)}"
        backbone.blocks[0].register_forward_hook(lambda _, __, found: found * getattr(backbone, name))

    return apply


def from_its_own_dice():
    """Draws its weights from a generator of its own, which goes on from one time to the next."""
    dice = torch.Generator().manual_seed(0)

    def apply(backbone, card, options):
        beside(Beside)(backbone, card, options)
        for block in backbone.blocks:
            block.inner.a.weight.data.normal_(generator=dice)

    return apply


def biases(backbone, card, options):
    """The example of the hook."""
    for name, weight in backbone.named_parameters():
        weight.requires_grad = name.endswith("bias")


class WithoutDefault(Frozen):
    """Options of which one has to be said."""

    rank: int
    scale: float = 1.0


def and_then(*calls):
    """A good method that calls something else when it has been applied."""

    def apply(backbone, card, options):
        beside(Beside)(backbone, card, options)
        for call in calls:
            call()

    return apply


in_double_precision = and_then(lambda: torch.set_default_dtype(torch.float64))
without_gradients = and_then(lambda: torch.set_grad_enabled(False))
from_pythons_dice = and_then(random.random)
seeds_torch = and_then(lambda: torch.manual_seed(7))


def refuse(backbone, card, options):
    raise UsageError(f"'strange' finds nothing in '{card.name}'.")


def refuse_others(backbone, card, options):
    """Goes onto one backbone only, and explains that for others."""
    if card.name != "toy":
        refuse(backbone, card, options)
    beside(Beside)(backbone, card, options)


def stumble_on_others(backbone, card, options):
    """Goes onto one backbone only, and knows nothing of others."""
    if card.name != "toy":
        raise AttributeError("no attribute 'encoder'")
    beside(Beside)(backbone, card, options)
