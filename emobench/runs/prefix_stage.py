"""Is what enters a model's first block there for all clips of a training? Computed once, or heard anew every time."""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

from torch import nn

from emobench.audio.pieces import samples_heard
from emobench.audio.waves import lengths_of_pieces, waves_of
from emobench.catalog.contracts import Entered, Resumes
from emobench.domain.errors import DamageError
from emobench.domain.plan import Plan, PlannedClip, ShardPlan
from emobench.features.entering import enter
from emobench.features.extraction import Ear
from emobench.features.prefix_store import NoRoom, PrefixStore, shards_of
from emobench.features.store import DamagedShard
from emobench.files.atomic import set_aside, try_once
from emobench.files.leftovers import sweep
from emobench.files.sharing import once_each
from emobench.learning.source_parts import DecodedWaveforms
from emobench.learning.sources import Prefixes, Source
from emobench.runs.extraction_stage import Workplace
from emobench.runs.work_log import logged

CLIP_BYTES = 100  # of a header, for each clip


def ensure_prefixes(
    plan: Plan, pair: tuple[str, str], module: nn.Module, work: Workplace, most_bytes: int
) -> PrefixStore | None:
    """See to it that what enters a backbone is stored for all clips of a dataset, whole; what is missing is computed.

    Args:
        plan: of the run.
        pair: names of the backbone and the dataset.
        module: the backbone, to which no PEFT method has been applied, in eval mode on the device.
        work: where things lie.
        most_bytes: what the prefixes of all backbones together may take on disk.

    Returns:
        The store; None where the module does not resume, or where it does not fit, which is said.

    Raises:
        EmobenchError: what the module raises; the disk is full, read-only or forbidden.
        DataError: audio that cannot be read any more.
    """
    if not isinstance(module, Resumes):
        return None
    features = plan.features[pair]
    store = PrefixStore(work.home / "prefixes", pair[0], features.key, most_bytes)
    missing = _faulty(store, shards_of(features))
    if not missing:
        return store
    ear = Ear(module, plan.backbones[pair[0]], plan.reading, plan.spec.precision, work.device, features.most_samples)
    clips = plan.datasets[pair[1]].clips
    wanted = expected_bytes(ear, [clips[place] for shard in missing for place in shard.clips])
    if store.make_room(wanted, _paths(plan, pair, store)) and _computed(plan, pair, store, missing, ear, work):
        return store
    work.progress.say(
        f"what enters {pair[0]} on {pair[1]} takes about {_told(wanted)} more on disk and does not fit "
        f"into {_told(most_bytes)}: it is computed anew in every epoch"
    )
    return None


def source_of(
    plan: Plan,
    pair: tuple[str, str],
    store: PrefixStore | None,
) -> Source:
    """All clips of a dataset, in the order of its plan: from the store, or as waveforms where there is none.

    Cheap, and to be called in every process: files are opened, not read, and nothing is decoded before it is asked for.

    Raises:
        DamageError: a file of the store is missing or damaged.
    """
    card, clips = plan.backbones[pair[0]].card, plan.datasets[pair[1]].clips
    cut = [lengths_of_pieces(planned, card) for planned in clips]
    edges = pairwise(accumulate(map(len, cut), initial=0))
    pieces = [range(first, last) for first, last in edges] if any(len(own) > 1 for own in cut) else None
    equal = card.batches == "equal_length"
    if store is None:
        waves, sizes = waves_of(clips, card, plan.reading), [samples for own in cut for samples in own]
        return DecodedWaveforms(waves, equal_length=equal, pieces=pieces, sizes=sizes)
    return Prefixes(_rows(plan, pair, store), [sum(own) for own in cut], equal_length=equal, pieces=pieces)


def expected_bytes(ear: Ear, clips: Sequence[PlannedClip]) -> int:
    """About how many bytes the prefixes of clips take, rather more than less: the longest of them enters.

    Frames grow with the samples that are heard, which are whole windows where a model has one; where a piece ends, at
    most one frame is added.
    """
    card = ear.plan.card
    heard = [[samples_heard(samples, card) for samples in lengths_of_pieces(planned, card)] for planned in clips]
    longest = max(range(len(clips)), key=lambda place: sum(heard[place]))
    ((first, *others),) = enter(ear, [[clips[longest]]])
    a_sample = sum(piece.state.nbytes for piece in (first, *others)) / sum(heard[longest])
    a_piece = sum(layer.nbytes for layer in (first.state[:, 0], first.samples, first.samples, *first.below))
    pieces = sum(map(len, heard))
    return math.ceil(a_sample * sum(map(sum, heard))) + a_piece * pieces + CLIP_BYTES * len(clips)


def _paths(plan: Plan, pair: tuple[str, str], store: PrefixStore) -> frozenset[Path]:
    """The files of this pair: none of them makes room for another."""
    return frozenset(store.path(shard) for shard in shards_of(plan.features[pair]))


def _faulty(store: PrefixStore, shards: Sequence[ShardPlan]) -> list[ShardPlan]:
    """Shards to compute: those that are missing, and damaged ones after they are set aside."""
    faulty = []
    for shard in shards:
        try:
            if store.path(shard).is_file():
                store.verify(shard)
                continue
        except DamagedShard as problem:
            set_aside(store.path(shard), str(problem), anew=True)
        faulty.append(shard)
    return faulty


def _computed(
    plan: Plan, pair: tuple[str, str], store: PrefixStore, missing: Sequence[ShardPlan], ear: Ear, work: Workplace
) -> bool:
    """Compute shards, this process's share first, the longest clips first; False when there is no room any more."""
    clips, features, keep = plan.datasets[pair[1]].clips, plan.features[pair], _paths(plan, pair, store)
    what = f"{pair[1]} enters {pair[0]}"
    advance = work.progress.start(what, sum(len(shard.clips) for shard in missing), "clips")
    sweep(store.folder)

    def attempt(shard: ShardPlan) -> bool:
        def compute(file: Path) -> None:
            edges = pairwise(accumulate(shard.batches, initial=0))
            groups = [[clips[place] for place in shard.clips[first:last]] for first, last in edges]
            keys = [features.clip_keys[place] for place in shard.clips]
            with logged("prefix", shard.key, what):
                rows = enter(ear, groups, advance)
            store.write(file, keys, rows, keep)

        made = try_once(store.path(shard), compute)
        advance(len(shard.clips) if made == "found" else 0)
        return made != "busy"

    index, count = work.shard or (1, 1)
    ordered = list(missing)[::-1]
    own = ordered[index - 1 :: count]
    try:
        once_each(own + [other for other in ordered if other not in own], attempt, lambda _: what)
    except NoRoom:
        return False
    return True


def _rows(plan: Plan, pair: tuple[str, str], store: PrefixStore) -> Sequence[Entered]:
    try:
        return store.rows(shards_of(plan.features[pair]))
    except DamagedShard as problem:
        raise DamageError(
            f"what enters '{pair[0]}' on '{pair[1]}' is not stored any more.",
            found=f"a file {problem}",
            remedy="Run the same command again.",
        ) from problem


def _told(size: int) -> str:
    """A number of bytes in a unit that suits it."""
    unit, name = next(((unit, name) for unit, name in ((1e9, "GB"), (1e6, "MB")) if size >= unit), (1e3, "kB"))
    return f"{size / unit:.1f} {name}"
