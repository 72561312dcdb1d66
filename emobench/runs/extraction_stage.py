"""Are all features of a plan there and whole? What is missing or damaged is computed, each shard once."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from emobench.catalog.catalog import Catalog
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import BackbonePlan, Plan, ShardPlan
from emobench.domain.progress import Progress
from emobench.features.extraction import Ear, extract
from emobench.features.lending import Lender
from emobench.features.loading import free
from emobench.features.store import Array, DamagedShard, FeatureStore
from emobench.files.atomic import set_aside, try_once
from emobench.files.leftovers import sweep
from emobench.files.sharing import once_each
from emobench.runs.failures import Failure, Failures
from emobench.runs.planned_code import load_planned
from emobench.runs.work_log import logged

MOST_FAILED = 3  # shards of a backbone and dataset; after so many the rest is not tried
Kind = Literal["features", "frames"]  # what is kept of every clip: its mean over time, or evenly spaced frames


@dataclass(frozen=True)
class Workplace:
    """What units and shards need besides the plan: the catalog, the home folder, the device, progress, and the slice.

    ``shard`` is (i, n), 1-based: this process takes every n-th piece of work first. ``plugins`` are files of plugins
    beside the installed ones; ``store_bytes`` is what may lie on disk of what enters models that train.
    """

    catalog: Catalog
    home: Path
    device: torch.device
    progress: Progress
    shard: tuple[int, int] | None = None
    plugins: tuple[Path, ...] = ()
    store_bytes: int = 20 * 10**9


def store_of(plan: Plan, pair: tuple[str, str], home: Path, kind: Kind = "features") -> FeatureStore:
    """The store of a (backbone, dataset) pair, of its features or of its frames."""
    kept = plan.frames if kind == "frames" else plan.features
    return FeatureStore(home / kind, kept[pair], plan.backbones[pair[0]].card)


def _faulty(store: FeatureStore) -> list[ShardPlan]:
    """Shards to compute: those that are missing, and damaged ones after they are set aside."""
    faulty = []
    for shard in store.plan.shards:
        if not store.path(shard).is_file():
            faulty.append(shard)
            continue
        try:
            store.verify(shard)
        except DamagedShard as problem:
            set_aside(store.path(shard), str(problem), anew=True)
            faulty.append(shard)
    return faulty


def _own_first(shards: Sequence[ShardPlan], slice_: tuple[int, int] | None) -> list[ShardPlan]:
    """This process's shards before the others': with several at work nobody waits, and nothing is left out."""
    if slice_ is None:
        return list(shards)
    index, count = slice_
    own = list(shards[index - 1 :: count])
    mine = {shard.key for shard in own}
    return own + [shard for shard in shards if shard.key not in mine]


def ensure_features(
    plan: Plan, pairs: Iterable[tuple[str, str]], work: Workplace, kind: Kind = "features",
    failures: Failures | None = None,
) -> int:  # fmt: skip
    """Compute what is missing for the given (backbone, dataset) pairs; returns the number of clips that went through.

    A backbone is loaded once for all its datasets, and only when something is missing. Features and frames are two
    passes, of which each knows nothing of the other. A backbone or shard that fails is noted in ``failures``, and the
    others go on; without ``failures`` it raises.
    """
    passed, noted = 0, Failures(strict=True) if failures is None else failures
    wanted = sorted(set(pairs))
    for name in dict.fromkeys(backbone for backbone, _ in wanted):
        missing = {
            dataset: _faulty(store_of(plan, (name, dataset), work.home, kind))
            for backbone, dataset in wanted
            if backbone == name
        }
        if not any(missing.values()):
            continue
        model = _Lazy(work.catalog, plan.backbones[name], work.device)
        for dataset, shards in missing.items():
            passed += _extract(plan, (name, dataset), kind, shards, model, work, noted)
        model.forget()
        free(work.device)
    return passed


def failed_features(failures: Failures, wanted: Collection[tuple[Kind, str, str]]) -> Failure | None:
    """The first failure to compute features of one of these (kind, backbone, dataset)."""
    found = (failure for key, failure in failures.found.items() if isinstance(key, tuple) and key[:3] in wanted)
    return next(found, None)


class _Lazy:
    """A model that is loaded when it is first needed: shards may turn out to need none."""

    def __init__(self, catalog: Catalog, plan: BackbonePlan, device: torch.device) -> None:
        self._recipe = (catalog, plan, device)
        self._module: nn.Module | None = None
        self.problem: EmobenchError | None = None  # with which it could not be loaded: it is not tried again

    def __call__(self) -> nn.Module:
        if self._module is None:
            try:
                self._module = load_planned(*self._recipe)
            except EmobenchError as problem:
                self.problem = problem
                raise
        return self._module

    def forget(self) -> None:
        self._module = None


def _extract(
    plan: Plan, pair: tuple[str, str], kind: Kind, shards: Sequence[ShardPlan], model: _Lazy, work: Workplace,
    failures: Failures,
) -> int:  # fmt: skip
    """Compute shards; returns how many clips passed through the model.

    Where one fails the others are computed, unless the model cannot be loaded, or fails on too many.
    """
    store, passed = store_of(plan, pair, work.home, kind), [0]
    what = f"{pair[0]} hears {pair[1]}" + (" for frames" if kind == "frames" else "")
    advance = work.progress.start(what, sum(len(shard.clips) for shard in shards), "clips")
    lender = Lender(store)
    sweep(store.folder)

    def compute(file: Path, shard: ShardPlan) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        known = lender.lend(shard)
        advance(len(known))
        layers = _completed(plan, pair, store, shard, known, model, work, advance)
        spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        file.write_bytes(store.encoded(shard, layers, spent))
        passed[0] += len(shard.clips) - len(known)

    def make(file: Path, shard: ShardPlan) -> None:
        with logged("shard", shard.key, what):
            compute(file, shard)

    def given_up() -> bool:
        if model.problem is not None:
            failures.found[kind, *pair, "model"] = Failure(what, model.problem)
            return True
        return sum(isinstance(key, tuple) and key[:3] == (kind, *pair) for key in failures.found) >= MOST_FAILED

    def attempt(shard: ShardPlan) -> bool:
        if given_up():
            return True
        with failures.of((kind, *pair, shard.key), what):
            made = try_once(store.path(shard), lambda file: make(file, shard))
            advance(len(shard.clips) if made == "found" else 0)
            return made != "busy"
        return True

    once_each(_own_first(shards[::-1], work.shard), attempt, lambda _: what)  # the longest clips first
    return passed[0]


def _completed(
    plan: Plan, pair: tuple[str, str], store: FeatureStore, shard: ShardPlan, known: Mapping[int, tuple[Array, ...]],
    model: _Lazy, work: Workplace, advance: Callable[[int], None],
) -> dict[str, Array]:  # fmt: skip
    """The layers of a shard: rows that are known, and those of the other clips, which pass through the model."""
    clips, backbone, kept = plan.datasets[pair[1]].clips, plan.backbones[pair[0]], store.plan
    edges = pairwise(np.cumsum((0, *shard.batches)).tolist())
    places = [[place for place in range(first, last) if place not in known] for first, last in edges]
    places = [batch for batch in places if batch]
    layers = [np.empty((len(shard.clips), width), dtype=np.float32) for width in store.widths]
    for place, vectors in known.items():
        for values, vector in zip(layers, vectors, strict=True):
            values[place] = vector
    if places:
        groups = [[clips[shard.clips[place]] for place in batch] for batch in places]
        precision, most = plan.spec.precision, kept.most_samples
        ear = Ear(model(), backbone, plan.reading, precision, work.device, most, kept.frames)
        fresh = extract(ear, groups, advance)
        order = [place for batch in places for place in batch]
        for values, new in zip(layers, fresh, strict=True):
            values[order] = new
    return {f"layer.{index}": values for index, values in enumerate(layers)}
