"""Which laws does every PEFT method keep, a stranger's too, and which of them does this one break?

Each is asked on all backbones of the subject; what is found names the backbone on which it is broken.
"""

import copy
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from emobench.catalog.plugin_faults import said
from emobench.domain.attempt import Failed
from emobench.domain.frozen import Frozen
from emobench.domain.names import on_one_line
from emobench.learning.order import drawing_from
from emobench.peft.saving import load_adapters, save_adapters
from emobench.testing.asking import asked_in_order
from emobench.testing.card_words import licence_fault, source_fault
from emobench.testing.global_settings import settings_restored
from emobench.testing.laws import Answer, Law, Verdict, broken, kept, some, unasked
from emobench.testing.peft.subject import PeftSubject, PeftTrial, outcome
from emobench.testing.peft.trials import Applied, Trial, applied, heard, tensors, tried

T = TypeVar("T")
SAME_AT_START, SAME_AFTER_LOADING = 1e-5, 1e-6  # of the larger of 1 and a value
OTHER_SEED = 1  # of what a method draws when its weights are loaded: none of it may be left
NAMED = 8


def licence_named(trial: PeftTrial) -> Answer:
    """The card's licence is an SPDX expression, or names terms of their own by URL, LicenseRef or title in quotes."""
    fault = licence_fault(trial.card.licence)
    return broken(fault) if fault else kept(on_one_line(trial.card.licence))


def paper_named(trial: PeftTrial) -> Answer:
    """The card's paper has a URL, or an author and a year."""
    fault = source_fault(trial.card.paper)
    return broken(fault) if fault else kept(on_one_line(trial.card.paper))


def options_have_defaults(trial: PeftTrial) -> Answer:
    """The type of its options is a frozen model, each field of which has a default."""
    options = trial.method.options
    if not (isinstance(options, type) and issubclass(options, Frozen)):
        return broken(f"{on_one_line(options)} is no subclass of emobench.domain.frozen.Frozen")
    lacking = [name for name, field in options.model_fields.items() if field.is_required()]
    if lacking:
        return broken(f"no default for {', '.join(lacking)}")
    options()
    return kept(", ".join(options.model_fields) or "no options")


def applies(trial: PeftTrial) -> Answer:
    """It goes onto a backbone and lets weights of it learn, or refuses it with a UsageError, but not every backbone.

    A method whose card says that it trains the head lets nothing of the backbone learn.
    """
    faults = {
        name: said(start.problem)
        for name, start in trial.starts.items()
        if isinstance(start, Failed) and name not in trial.refusals
    }
    if trial.card.trains == "head":
        faults |= {name: f"its card says head, and {_some(on.learning)} may learn" for name, on in trial.on.items()
                   if on.learning}  # fmt: skip
    if not trial.on:
        faults |= {name: said(problem) for name, problem in trial.refusals.items()}
    refused = f"; refuses {', '.join(trial.refusals)}" if trial.refusals else ""
    return _told(faults, f"{', '.join(trial.on)}{refused}")


def leaves_the_ruler(trial: PeftTrial) -> Answer:
    """Applying it leaves torch's and Python's global settings alone, and draws from torch's generator as it was seeded.

    What is global belongs to all methods, and one that seeds torch itself is the same for every seed of a run.
    """

    def fault(start: Applied) -> str:
        if start.changed:
            return f"changes {', '.join(start.changed)}"
        other = applied(start.pairing, OTHER_SEED)
        return "seeds torch itself" if torch.equal(other.generator, start.generator) else ""

    return _everywhere(trial.on, fault)


def identity_at_start(trial: PeftTrial) -> Answer:
    """Where the card claims it, all layers before training are those of the untouched backbone, to 1e-5."""
    if not trial.card.identity_at_start:
        return unasked("the card does not claim it")
    return _everywhere(trial.on, lambda start: _unlike(start.layers, start.before, SAME_AT_START))


def alive(trial: PeftTrial) -> Answer:
    """Every weight of the backbone that may learn gets a gradient above 1e-6 of the largest within three steps."""
    if trial.card.trains == "head":
        return unasked("nothing of the backbone learns")
    failed = {name: said(end.problem) for name, end in trial.ends.items() if isinstance(end, Failed)}
    dead = {name: f"no gradient for {_some(end.trained.dead)}" for name, end in trial.trained.items()
            if end.trained.dead}  # fmt: skip
    return _told(failed | dead, ", ".join(trial.trained))


def frozen_stays(trial: PeftTrial) -> Answer:
    """What may not learn keeps every bit: the backbone's own weights and buffers, and all that the method added.

    The backbone's own are compared with what they were before the method came, all others with what they were before
    training. Nothing comes or goes while training.
    """

    def fault(end: Trial) -> str:
        start, now = end.applied, tensors(end.module)
        still = start.state.keys() & now.keys() - {*start.learning}
        moved = [name for name in still if _differ(now[name], start.state[name])]
        here = {id(tensor): name for name, tensor in now.items() if name not in start.learning}
        own = [one for one in start.original if id(one.tensor) in here]
        moved += [here[id(one.tensor)] for one in own if _differ(one.tensor, one.was)]
        came_or_went = start.state.keys() ^ now.keys()
        words = [f"changed: {_some(moved)}"] if moved else []
        return " and ".join([*words, f"came or went: {_some(came_or_went)}"] if came_or_went else words)

    return _everywhere(trial.trained, fault)


def moves(trial: PeftTrial) -> Answer:
    """Every weight that may learn is another one after training, also when the model has run once more."""
    if trial.card.trains == "head":
        return unasked("nothing of the backbone learns")

    def fault(end: Trial) -> str:
        now, start = tensors(end.module), end.applied.state
        still = [name for name in end.applied.learning if name in now and not _differ(now[name], start[name])]
        return f"not changed by training: {_some(still)}" if still else ""

    return _everywhere(trial.trained, fault)


def saves_and_loads(trial: PeftTrial) -> Answer:
    """What learned, saved and loaded onto a fresh backbone, gives the same layers, to 1e-6.

    What a method draws at random is drawn anew: whatever of it matters has to be among the weights that learn.
    """
    return _everywhere(trial.trained, lambda end: _unlike(_loaded(end), end.layers, SAME_AFTER_LOADING))


def repeatable(trial: PeftTrial) -> Answer:
    """Applied to another copy and trained again from the same seed, it ends with the same bits."""

    def fault(end: Trial) -> str:
        again = tried(applied(end.applied.pairing))
        one, two = tensors(end.module), tensors(again.module)
        other = [name for name in one.keys() & two.keys() if _differ(one[name], two[name])]
        names = [*other, *(one.keys() ^ two.keys())]
        return f"others a second time: {_some(names)}" if names else _unlike(again.layers, end.layers, 0.0)

    return _everywhere(trial.trained, fault)


OF_TRAINING: tuple[Law[PeftTrial], ...] = (alive, frozen_stays, moves, saves_and_loads, repeatable)
PEFT_LAWS: tuple[Law[PeftTrial], ...] = (
    licence_named, paper_named, options_have_defaults, applies, leaves_the_ruler, identity_at_start, *OF_TRAINING,
)  # fmt: skip
RESTS_ON: Mapping[Law[PeftTrial], tuple[Law[PeftTrial], ...]] = {
    applies: (options_have_defaults,),
    **dict.fromkeys((leaves_the_ruler, identity_at_start, *OF_TRAINING), (applies,)),
}


def check_peft(subject: PeftSubject) -> Iterator[Verdict]:
    """One verdict per law, in the order of `PEFT_LAWS`, each when it is asked for.

    A law that rests on one that does not hold is not asked; nothing that the method's code raises comes through.
    """
    return asked_in_order(PEFT_LAWS, RESTS_ON, PeftTrial(subject))


def _everywhere(places: Mapping[str, T], fault: Callable[[T], str]) -> Answer:
    """Ask on every backbone; what a stranger's code raises is a fault, too."""
    if not places:
        return unasked("its training fails")
    faults = {}
    for name, place in places.items():
        found = outcome(fault, place)
        faults[name] = said(found.problem) if isinstance(found, Failed) else found
    return _told({name: words for name, words in faults.items() if words}, ", ".join(places))


def _told(faults: Mapping[str, str], found: str) -> Answer:
    return broken("; ".join(f"{name}: {words}" for name, words in faults.items())) if faults else kept(found)


def _loaded(end: Trial) -> tuple[Tensor, ...]:
    """The layers of a fresh backbone that the saved weights were loaded onto."""
    pairing = end.applied.pairing
    fresh = copy.deepcopy(pairing.backbone).requires_grad_(requires_grad=False)
    with tempfile.TemporaryDirectory() as folder, drawing_from(OTHER_SEED, torch.device("cpu")):
        save_adapters(Path(folder), end.module, pairing.card, pairing.combination, pairing.chosen)
        with settings_restored():
            load_adapters(Path(folder), fresh, pairing.card, lambda _: pairing.method)
    return heard(fresh, pairing.card)


def _some(names: Iterable[str]) -> str:
    return some(sorted(set(names)), NAMED)


def _unlike(layers: Sequence[Tensor], truth: Sequence[Tensor], tolerance: float) -> str:
    """Which layers differ by more than ``tolerance`` times the larger of 1 and a value; empty where none does."""
    if [layer.shape for layer in layers] != [layer.shape for layer in truth]:
        return "layers of other shapes"
    gaps = [float(((a - b).abs() / b.abs().clamp_min(1)).max()) for a, b in zip(layers, truth, strict=True)]
    wrong = [f"{place} (by {gap:.2g})" for place, gap in enumerate(gaps) if not gap <= tolerance]
    return f"layers that differ: {', '.join(wrong)}" if wrong else ""


def _differ(one: Tensor, two: Tensor) -> bool:
    return one.shape != two.shape or not torch.equal(one, two)
