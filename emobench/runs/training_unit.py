"""How is one training of a pair run? From its plan to what is predicted, and what was learned."""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn

from emobench.domain.pair import Training
from emobench.domain.plan import Plan, Unit
from emobench.features.loading import free
from emobench.features.memory import memory_for
from emobench.features.prefix_store import PrefixStore
from emobench.learning.learner import Learner
from emobench.learning.seeds import seed_of
from emobench.learning.training import Trained, restore
from emobench.learning.untouched import frozen_sums, require_untouched
from emobench.runs.extraction_stage import Workplace
from emobench.runs.keys import fold_array, labels_of
from emobench.runs.peak_memory import forget_peak, peak_bytes
from emobench.runs.planned_code import load_planned, require_planned_methods
from emobench.runs.prefix_stage import source_of
from emobench.runs.rehearsal import make_learner
from emobench.runs.unit_store import UnitResult
from emobench.tasks.courses import Lesson, Said, Terms, learn, say, say_directly
from emobench.tasks.ruler import truths

Array = np.ndarray[Any, Any]
Stores = Mapping[tuple[str, str], PrefixStore | None]  # (backbone, dataset) -> what enters its blocks


@dataclass
class Workshop:
    """Where trainings are made: a backbone is loaded once, and copied for every training.

    Attributes:
        work: catalog, home, device, progress.
        stores: of prefixes; a pair that is not in it is heard anew in every epoch.
    """

    work: Workplace
    stores: Stores
    _module: dict[str, nn.Module] = field(default_factory=dict)

    def module(self, plan: Plan, backbone: str) -> nn.Module:
        """A backbone as it was published, not to be changed; only the last one asked for is held."""
        if backbone not in self._module:
            self._module.clear()
            free(self.work.device)
            self._module[backbone] = load_planned(self.work.catalog, plan.backbones[backbone], self.work.device)
        return self._module[backbone]


@dataclass(frozen=True)
class Outcome:
    """What a training left: predictions, the weights that another may go on from, and the learner itself."""

    result: UnitResult
    weights: Mapping[str, Tensor]
    learner: Learner


@dataclass(frozen=True)
class Before:
    """What the training that this one goes on from left: its weights, best epoch and development score."""

    weights: Mapping[str, Tensor]
    best_epoch: int
    score: float


def run_training(
    plan: Plan, unit: Unit, shop: Workshop, before: Before | None, advance: Callable[[int], None] = lambda _: None
) -> Outcome:
    """Train, and ask what was learned.

    Raises:
        EmobenchError, DataError, UsageError: as training and applying a method say; something moved that does not
            learn.
    """
    forget_peak(shop.work.device)
    wall, cpu = time.perf_counter(), time.process_time()
    training = _asked(unit)
    terms, learner = terms_of(plan, training), _learner(plan, unit, shop)
    frozen = frozen_sums(learner.backbone)
    trained = _trained(plan, unit, shop, learner, terms, before, advance)
    arrays: dict[str, Array] = {"best_epoch": np.array(trained.best_epoch), "epochs": np.array(len(trained.history))}
    arrays["history"] = np.array([[epoch.loss, epoch.score] for epoch in trained.history])
    weights: Mapping[str, Tensor] = trained.weights
    target = lesson_of(plan, unit, shop, training.target)
    if training.stage != "shuffled":
        said = say(learner, target, terms)
        if training.stage == "again" and before is not None and before.score >= said.score:
            restore(learner, before.weights)  # the second course brought nothing: the first one counts
            said, weights = say(learner, target, terms), before.weights
        arrays |= _as_arrays(said)
    if training.stage == "alone" and training.fraction == 1:
        (other,) = (name for name in unit.datasets if name != training.target)
        direct, aligned = say_directly(learner, lesson_of(plan, unit, shop, other), terms)
        arrays |= {"direct": direct, "direct_aligned": aligned}
    require_untouched(learner.backbone, frozen)
    spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    spent |= {"epochs": float(len(trained.history)), "peak_memory_bytes": float(peak_bytes(shop.work.device))}
    arrays["dead"] = np.array(len(trained.dead))
    return Outcome(UnitResult(arrays, spent), weights, learner)


def terms_of(plan: Plan, training: Training) -> Terms:
    """What a training is held to."""
    pair = plan.the_pair
    folds = plan.splits[training.target].count
    train = pair.methods[training.method].train
    return Terms(pair.attribute, folds, training.fold, training.seed, train, training.fraction)


def lesson_of(plan: Plan, unit: Unit, shop: Workshop, dataset: str) -> Lesson:
    """A dataset, as a training of this unit hears it."""
    data, attribute = plan.datasets[dataset], plan.the_pair.attribute
    resumes = plan.the_pair.rehearsals[unit.backbone, _asked(unit).method].resumes
    store = shop.stores.get((unit.backbone, dataset)) if resumes else None
    truth = np.asarray(truths(attribute, labels_of(data, attribute.name)))
    source = source_of(plan, (unit.backbone, dataset), store)
    return Lesson(source, truth, fold_array(data, plan.splits[dataset]))


def _asked(unit: Unit) -> Training:
    assert unit.training is not None
    return unit.training


def _learner(plan: Plan, unit: Unit, shop: Workshop) -> Learner:
    training, pair = _asked(unit), plan.the_pair
    published = shop.module(plan, unit.backbone)
    with memory_for(f"a copy of '{unit.backbone}' that learns", shop.work.device):
        module = copy.deepcopy(published)
    outputs = len(pair.attribute.classes) or 1
    seed = seed_of(training.seed, "start", training.method, training.fold)
    method = pair.methods[training.method]
    learner = make_learner(
        module, plan.backbones[unit.backbone], method, shop.work.catalog, outputs, seed, plan.spec.precision
    )
    require_planned_methods(shop.work.catalog, method)  # now that all of it is imported
    return learner


def _trained(
    plan: Plan, unit: Unit, shop: Workshop, learner: Learner, terms: Terms, before: Before | None,
    advance: Callable[[int], None],
) -> Trained:  # fmt: skip
    training = _asked(unit)
    names = (training.first, training.target) if training.stage == "joint" else (training.target,)
    lessons = [lesson_of(plan, unit, shop, name) for name in names]
    stage = "alone" if training.stage == "shuffled" else training.stage
    words = (stage, training.method, training.fold, training.first, training.target, repr(training.fraction))
    if training.stage == "shuffled":
        assert before is not None  # as many epochs as the true stage 1 made
        return learn(learner, lessons, terms, words, exactly=before.best_epoch, shuffled=True, advance=advance)
    initial = None if before is None else before.weights
    return learn(learner, lessons, terms, words, initial=initial, advance=advance)


def _as_arrays(said: Said) -> dict[str, Array]:
    return {"test": said.test, "development": said.development[None], "score": np.array(said.score)}
