"""Which laws does every PEFT method keep, a stranger's too, and which of them does this one break?

`broken_laws` asks them all, on a copy of any backbone: one that a plugin ships, or a tiny one of
`emobench.testing.tiny_models`.
"""

import copy
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import PeftMethod
from emobench.domain.cards import BackboneCard
from emobench.domain.frozen import Frozen
from emobench.learning.order import drawing_from
from emobench.peft.saving import load_adapters, save_adapters
from emobench.testing.peft_trials import Applied, Subject, Trial, applied, heard, tensors, tried

SAME_AT_START, SAME_AFTER_LOADING = 1e-5, 1e-6  # of the larger of 1 and a value
OTHER_SEED = 1  # of what a method draws when its weights are loaded: none of it may be left
NAMED = 8


@dataclass(frozen=True)
class Finding:
    """A law that does not hold: what it expects, and what was found instead."""

    law: str
    expected: str
    found: str


def broken_laws(
    method: PeftMethod, backbone: nn.Module, card: BackboneCard, options: Frozen | None = None
) -> list[Finding]:
    """The laws that a method breaks on a backbone; none when all hold.

    A method that cannot be applied is asked no further, and one whose training fails only what came before.

    Args:
        method: any method.
        backbone: on the CPU, float32; it is copied, never changed. Where its weights are random and small, attention
            is nearly even and its queries and keys hardly learn: `emobench.testing.peft_trials.wake` it first.
        card: its card.
        options: of the method; its defaults where there are none.
    """
    try:
        chosen = method.options() if options is None else options
        start = applied(Subject(method, chosen, backbone, card))
    except Exception as problem:  # noqa: BLE001 - a stranger's method may raise anything
        return [_finding("applies", "it goes onto the backbone, lets weights learn, and the backbone runs", problem)]
    found = identity_at_start(start)
    try:
        trial = tried(start)
    except Exception as problem:  # noqa: BLE001 - so may what it put into the backbone
        return [*found, _finding("alive", "three steps of training, in which what may learn gets a gradient", problem)]
    return found + [finding for law in TRIAL_LAWS for finding in law(trial)]


def identity_at_start(start: Applied) -> list[Finding]:
    """Where the card claims it, all layers before training are those of the untouched backbone, to 1e-5."""
    if not start.subject.method.card.identity_at_start:
        return []
    expected = "the layers of the untouched backbone before training, to 1e-5, as the card claims"
    return _unlike("identity_at_start", expected, start.layers, start.before, SAME_AT_START)


def alive(trial: Trial) -> list[Finding]:
    """Every weight of the backbone that may learn had a gradient above 1e-6 of the largest in one of three steps."""
    return _named("alive", "a gradient for every weight that may learn, within three steps", trial.trained.dead)


def frozen_stays(trial: Trial) -> list[Finding]:
    """What may not learn keeps every bit: the backbone's own weights and buffers, and all that the method added.

    The backbone's own are compared with what they were before the method came, all others with what they were before
    training. Nothing comes or goes while training.
    """
    start, now = trial.applied, tensors(trial.module)
    moved = [
        name for name in start.state.keys() & now.keys() - {*start.learning} if _differ(now[name], start.state[name])
    ]
    here = {id(tensor): name for name, tensor in now.items() if name not in start.learning}
    moved += [
        here[id(kept.tensor)] for kept in start.original if id(kept.tensor) in here and _differ(kept.tensor, kept.was)
    ]
    expected = "every weight that may not learn, and every buffer, as it was before, bit by bit"
    found = _named("frozen_stays", expected, moved)
    return found + _named(
        "frozen_stays", "the same weights and buffers after training", start.state.keys() ^ now.keys()
    )


def moves(trial: Trial) -> list[Finding]:
    """Every weight that may learn is another one after training, also when the model has run once more."""
    now, start = tensors(trial.module), trial.applied.state
    still = [name for name in trial.applied.learning if name in now and not _differ(now[name], start[name])]
    return _named("moves", "training to change every weight that may learn", still)


def saves_and_loads(trial: Trial) -> list[Finding]:
    """What learned, saved and loaded onto a fresh backbone, gives the same layers, to 1e-6.

    What a method draws at random is drawn anew: whatever of it matters has to be among the weights that learn.
    """
    subject, expected = trial.applied.subject, "saved and loaded onto a fresh backbone, the same layers to 1e-6"
    fresh = copy.deepcopy(subject.backbone).requires_grad_(requires_grad=False)
    try:
        with tempfile.TemporaryDirectory() as folder, drawing_from(OTHER_SEED, torch.device("cpu")):
            save_adapters(Path(folder), trial.module, subject.card, subject.combination, subject.chosen)
            load_adapters(Path(folder), fresh, subject.card, lambda _: subject.method)
        layers = heard(fresh, subject.card)
    except Exception as problem:  # noqa: BLE001 - a stranger's method may raise anything
        return [_finding("saves_and_loads", expected, problem)]
    return _unlike("saves_and_loads", expected, layers, trial.layers, SAME_AFTER_LOADING)


def repeatable(trial: Trial) -> list[Finding]:
    """Applied to another copy and trained again from the same seed, it ends with the same bits."""
    expected = "the same bits from the same seed, a second time"
    try:
        again = tried(applied(trial.applied.subject))
    except Exception as problem:  # noqa: BLE001 - what went well once may raise the second time
        return [_finding("repeatable", expected, problem)]
    one, two = tensors(trial.module), tensors(again.module)
    other = [name for name in one.keys() & two.keys() if _differ(one[name], two[name])]
    found = _named("repeatable", expected, [*other, *(one.keys() ^ two.keys())])
    return found or _unlike("repeatable", expected, again.layers, trial.layers, 0.0)


TRIAL_LAWS: Sequence[Callable[[Trial], list[Finding]]] = (alive, frozen_stays, moves, saves_and_loads, repeatable)


def _finding(law: str, expected: str, problem: Exception) -> Finding:
    return Finding(law, expected, f"{type(problem).__name__}: {problem}")


def _named(law: str, expected: str, names: Iterable[str]) -> list[Finding]:
    """One finding that names what breaks a law; none where nothing does."""
    several = sorted(set(names))
    more = f" and {len(several) - NAMED} more" if len(several) > NAMED else ""
    return [Finding(law, expected, f"broken by: {', '.join(several[:NAMED])}{more}")] if several else []


def _unlike(
    law: str, expected: str, layers: Sequence[Tensor], truth: Sequence[Tensor], tolerance: float
) -> list[Finding]:
    """A finding where layers differ by more than ``tolerance`` times the larger of 1 and a value."""
    if [layer.shape for layer in layers] != [layer.shape for layer in truth]:
        return [Finding(law, expected, "layers of other shapes")]
    gaps = [float(((a - b).abs() / b.abs().clamp_min(1)).max()) for a, b in zip(layers, truth, strict=True)]
    wrong = [f"{place} (by {gap:.2g})" for place, gap in enumerate(gaps) if not gap <= tolerance]
    return [Finding(law, expected, f"layers that differ: {', '.join(wrong)}")] if wrong else []


def _differ(one: Tensor, two: Tensor) -> bool:
    return one.shape != two.shape or not torch.equal(one, two)
