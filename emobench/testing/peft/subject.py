"""What is tried when a PEFT method is held against its laws? The method on several backbones, each tried once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from torch import nn

from emobench.catalog.contracts import PeftMethod
from emobench.domain.attempt import Failed, attempted
from emobench.domain.cards import BackboneCard, PeftCard
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.testing.global_settings import settings_restored
from emobench.testing.peft.tiny_backbones import tiny_backbones
from emobench.testing.peft.trials import Applied, Pairing, Trial, applied, tried

T = TypeVar("T")


@dataclass(frozen=True)
class PeftSubject:
    """A PEFT method that is held against the laws.

    Attributes:
        method: what a plugin offers.
        options: those it is applied with; its defaults where there are none.
        backbones: what it is applied to, cards and modules on the CPU, float32; they are copied, never changed. Tiny
            ones of several families where none are given. Where weights are random and small, attention is nearly even
            and its queries and keys hardly learn: `emobench.testing.peft.trials.wake` such a backbone first.
    """

    method: PeftMethod
    options: Frozen | None = None
    backbones: Sequence[tuple[BackboneCard, nn.Module]] = ()


class PeftTrial:
    """What a method does on every backbone: each part is found out when a law first asks for it, and once."""

    def __init__(self, subject: PeftSubject) -> None:
        self.subject = subject

    @property
    def method(self) -> PeftMethod:
        """What a plugin offers."""
        return self.subject.method

    @property
    def card(self) -> PeftCard:
        """Its card."""
        return self.subject.method.card

    @cached_property
    def starts(self) -> Mapping[str, Applied | Failed]:
        """The method on a copy of every backbone, before training, by the backbone's name.

        Raises:
            ValidationError: there are no options, and the method's have no defaults.
        """
        options = self.method.options() if self.subject.options is None else self.subject.options
        pairings = [
            Pairing(self.method, options, module, card) for card, module in self.subject.backbones or tiny_backbones()
        ]
        return {pairing.card.name: outcome(applied, pairing) for pairing in pairings}

    @property
    def on(self) -> Mapping[str, Applied]:
        """The backbones that it could be applied to."""
        return {name: start for name, start in self.starts.items() if isinstance(start, Applied)}

    @property
    def refusals(self) -> Mapping[str, UsageError]:
        """The backbones for which it has an explained refusal of its own."""
        failed = {name: start.problem for name, start in self.starts.items() if isinstance(start, Failed)}
        return {name: problem for name, problem in failed.items() if isinstance(problem, UsageError)}

    @cached_property
    def ends(self) -> Mapping[str, Trial | Failed]:
        """The same copies after three steps of training."""
        return {name: outcome(tried, start) for name, start in self.on.items()}

    @property
    def trained(self) -> Mapping[str, Trial]:
        """The backbones on which its training did not fail."""
        return {name: end for name, end in self.ends.items() if isinstance(end, Trial)}


def outcome(call: Callable[..., T], *arguments: object) -> T | Failed:
    """What a call gives, or what the stranger's code in it raises; global settings stay as they were."""
    with settings_restored():
        return attempted(call, *arguments)
