"""What does a PEFT method do to a backbone? It is applied to a copy and trained three steps, and all of it is kept."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import PeftMethod
from emobench.domain.cards import BackboneCard
from emobench.domain.frozen import Frozen
from emobench.domain.training import TrainOptions
from emobench.features.turns import exact_arithmetic
from emobench.learning.aliveness import WATCHED_STEPS
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.order import drawing_from
from emobench.learning.sources import Waveforms
from emobench.learning.training import Examples, Trained, train
from emobench.peft.combination import Combination
from emobench.testing.global_settings import settings_restored
from emobench.testing.sounds import batch_of

CLASSES, BATCH = 2, 2
SECONDS = 0.25  # of the longest clip; a model with a window gets one as long as that
LENGTHS = (1.0, 0.8)  # of the clips of a batch, as parts of the longest, where a model takes different lengths
# No weight decay: it would move what no gradient moves.
OPTIONS = TrainOptions(epochs=1, batch=BATCH, learning_rate=3e-3, weight_decay=0.0, warm_up=0.0)


@dataclass(frozen=True)
class Pairing:
    """A method, and what it is applied to.

    Attributes:
        method: the method.
        options: those it is applied with.
        backbone: of which nothing learns, in eval mode, on the CPU; it is copied and never changed.
        card: its card.
    """

    method: PeftMethod
    options: Frozen
    backbone: nn.Module
    card: BackboneCard

    @property
    def combination(self) -> Combination:
        """The method alone, as a run would have it."""
        return Combination((self.method,), self.method.card.head)

    @property
    def chosen(self) -> Mapping[str, Frozen]:
        """The options, by the name of the method."""
        return {self.method.card.name: self.options}


@dataclass(frozen=True)
class Kept:
    """A weight or buffer of the backbone, and what it was before the method came."""

    tensor: Tensor
    was: Tensor


@dataclass(frozen=True)
class Applied:
    """A copy of a backbone with a method on it, before training.

    Attributes:
        pairing: what was applied to what.
        module: the copy.
        original: all weights and buffers that the copy had before.
        before: its layers without the method: per layer (valid frames of all clips, width).
        layers: its layers with the method.
        state: copies of all weights and buffers with the method, by name.
        learning: the names of those that may learn.
        changed: the settings of the whole process that the method changed; they are as they were again.
        generator: the state of torch's generator when the method had drawn from it.
    """

    pairing: Pairing
    module: nn.Module
    original: tuple[Kept, ...]
    before: tuple[Tensor, ...]
    layers: tuple[Tensor, ...]
    state: Mapping[str, Tensor]
    learning: tuple[str, ...]
    changed: tuple[str, ...]
    generator: Tensor


@dataclass(frozen=True)
class Trial:
    """The same copy after three steps of the training loop.

    Attributes:
        applied: what was before.
        trained: how the training went.
        layers: the layers of the trained module.
    """

    applied: Applied
    trained: Trained
    layers: tuple[Tensor, ...]

    @property
    def module(self) -> nn.Module:
        """The trained module."""
        return self.applied.module


def applied(pairing: Pairing, seed: int = 0) -> Applied:
    """Apply a method to a copy of the backbone; torch draws what ``seed`` says, and the caller's generator stays.

    Raises:
        EmobenchError: the method does not go onto this backbone, raises, or lets nothing learn.
    """
    module = copy.deepcopy(pairing.backbone).requires_grad_(requires_grad=False).eval()
    original = tuple(Kept(tensor, tensor.detach().clone()) for tensor in tensors(module).values())
    before = heard(module, pairing.card)
    with settings_restored() as changed, drawing_from(seed, torch.device("cpu")):
        pairing.combination.apply(module, pairing.card, pairing.chosen)
        if pairing.method.card.trains == "head":  # a run never calls it, and it has to leave the backbone alone
            pairing.method.apply(module, pairing.card, pairing.options)
        generator = torch.get_rng_state()
    state = {name: tensor.detach().clone() for name, tensor in tensors(module).items()}
    learning = tuple(name for name, weight in module.named_parameters() if weight.requires_grad)
    layers = heard(module, pairing.card)
    return Applied(pairing, module, original, before, layers, state, learning, tuple(changed), generator)


def tried(start: Applied, seed: int = 0) -> Trial:
    """Train three steps on noise, in place, by the loop that trains everything.

    Raises:
        EmobenchError: as `emobench.learning.training.train`: above all where nothing of the backbone gets a gradient.
    """
    card = start.pairing.card
    waves = [wave for batch in range(WATCHED_STEPS) for wave in noise(card, seed=seed + batch)]
    truth = torch.arange(len(waves)) % CLASSES
    head = make_head(start.pairing.combination.head, [layer.width for layer in card.layers], CLASSES, seed)
    examples = Examples(Waveforms(waves, card.batches == "equal_length"), truth, loss_for(truth, CLASSES))
    trained = train(Learner(start.module, head), examples, lambda _: 0.0, OPTIONS, seed)
    return Trial(start, trained, heard(start.module, card))


def tensors(module: nn.Module) -> dict[str, Tensor]:
    """All weights and buffers of a module by name, those that are not saved included."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def noise(card: BackboneCard, seed: int) -> list[Tensor]:
    """A batch of clips, (samples,) float32 each, every one with its own level."""
    draw = torch.Generator().manual_seed(seed)
    longest = (card.window_seconds or max(SECONDS, 2 * card.min_seconds)) * card.sample_rate
    lengths = [round(part * longest) for part in (LENGTHS if card.batches == "padded" else (1.0,) * BATCH)]
    return [torch.randn(n, generator=draw) / (5 + 20 * place) for place, n in enumerate(lengths)]


def heard(module: nn.Module, card: BackboneCard) -> tuple[Tensor, ...]:
    """The layers of a batch of noise, always the same: per layer (valid frames of all clips, width)."""
    batch = batch_of(noise(card, seed=1))
    module.eval()
    with exact_arithmetic(), torch.no_grad():
        features = module(batch)
    pairs = zip(features.layers, features.lengths, strict=True)
    return tuple(torch.cat([clip[:n] for clip, n in zip(layer, ns, strict=True)]) for layer, ns in pairs)


def wake(backbone: nn.Module, seed: int = 0) -> nn.Module:
    """Give the matrices of a backbone random values of the size that training gives them; in place, and given back.

    Fresh transformers begin with 0.02, which in a narrow model leaves attention nearly even: its queries and keys then
    hardly have a gradient, whatever the method. Here a matrix keeps the size of what it multiplies.
    """
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in backbone.parameters():
            if weight.ndim == 2:
                weight.copy_(torch.randn(weight.shape, generator=draw) / weight.shape[1] ** 0.5)
    return backbone
