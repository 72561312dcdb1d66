"""Are all features of a plan there and whole? What is missing or damaged is computed, each shard once."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from emobench.catalog.catalog import Catalog
from emobench.domain.plan import Plan, ShardPlan
from emobench.domain.progress import Progress
from emobench.features.extraction import extract_shard, free, load_backbone
from emobench.features.store import DamagedShard, FeatureStore
from emobench.files.atomic import once, set_aside


@dataclass(frozen=True)
class Workplace:
    """What units and shards need besides the plan: the catalog, the home folder, the device, progress, and the slice.

    ``shard`` is (i, n), 1-based: this process takes every n-th piece of work first.
    """

    catalog: Catalog
    home: Path
    device: torch.device
    progress: Progress
    shard: tuple[int, int] | None = None


def store_of(plan: Plan, pair: tuple[str, str], home: Path) -> FeatureStore:
    """The feature store of a (backbone, dataset) pair."""
    return FeatureStore(home / "features", plan.features[pair], plan.backbones[pair[0]].card)


def _faulty(store: FeatureStore, progress: Progress) -> list[ShardPlan]:
    """Shards to compute: those that are missing, and damaged ones after they are set aside."""
    faulty = []
    for shard in store.plan.shards:
        if not store.path(shard).is_file():
            faulty.append(shard)
            continue
        try:
            store.verify(shard)
        except DamagedShard as problem:
            aside = set_aside(store.path(shard), str(problem))
            progress.say(f"a stored shard {problem}: set aside as {aside}, computed again")
            faulty.append(shard)
    return faulty


def _own_first(shards: Sequence[ShardPlan], slice_: tuple[int, int] | None) -> list[ShardPlan]:
    """This process's shards before the others': with several at work nobody waits, and nothing is left out."""
    if slice_ is None:
        return list(shards)
    index, count = slice_
    own = list(shards[index - 1 :: count])
    return own + [shard for shard in shards if shard not in own]


def ensure_features(plan: Plan, pairs: Iterable[tuple[str, str]], work: Workplace) -> int:
    """Compute what is missing for the given (backbone, dataset) pairs; returns the number of clips that went through.

    A backbone is loaded once for all its datasets, and only when something is missing.
    """
    passed = 0
    wanted = sorted(set(pairs))
    for name in dict.fromkeys(backbone for backbone, _ in wanted):
        missing = {
            dataset: _faulty(store_of(plan, (name, dataset), work.home), work.progress)
            for backbone, dataset in wanted
            if backbone == name
        }
        if not any(missing.values()):
            continue
        module = load_backbone(work.catalog.backbone(name).what, plan.backbones[name], work.device)
        for dataset, shards in missing.items():
            passed += _extract(plan, name, dataset, shards, module, work)
        del module
        free(work.device)
    return passed


def _extract(
    plan: Plan, backbone: str, dataset: str, shards: Sequence[ShardPlan], module: nn.Module, work: Workplace
) -> int:
    store = store_of(plan, (backbone, dataset), work.home)
    total = sum(len(shard.clips) for shard in shards)
    advance = work.progress.start(f"{backbone} hears {dataset}", total, "clips")
    passed = 0
    for shard in _own_first(shards, work.shard):
        computed = once(store.path(shard), _computation(plan, store, dataset, shard, module, work, advance))
        passed += len(shard.clips) if computed else 0
    return passed


def _computation(
    plan: Plan, store: FeatureStore, dataset: str, shard: ShardPlan, module: nn.Module, work: Workplace,
    advance: Callable[[int], None],
) -> Callable[[Path], None]:  # fmt: skip
    def compute(file: Path) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        layers = extract_shard(
            module,
            store.card,
            plan.datasets[dataset],
            shard,
            plan.reading,
            precision=plan.spec.precision,
            device=work.device,
            advance=advance,
        )
        spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        file.write_bytes(store.encoded(shard, layers, spent))

    return compute
