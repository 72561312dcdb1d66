"""Which clips will be used? A dataset found, listed, scanned and checked before anything is computed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emobench.audio.scan import Fault, scan
from emobench.audio.segment import plan_clip
from emobench.catalog.catalog import Offer
from emobench.catalog.contracts import Dataset
from emobench.domain.canonical import digest
from emobench.domain.cards import BackboneCard, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import AudioFacts, DatasetPlan, PlannedClip
from emobench.domain.progress import Progress
from emobench.domain.suggestion import unknown
from emobench.files.folders import once_folder
from emobench.files.home import dataset_root

SHOWN = 20


def root_of(dataset: Dataset, given: Mapping[str, Path], home: Path, env: Mapping[str, str]) -> Path:
    """The folder of a dataset; generated ones are made on first use.

    Raises:
        DataError: nobody said where the dataset lies, or the folder is not there.
    """
    card = dataset.card
    if card.generated and dataset.generate is not None and card.name not in given:
        return once_folder(home / "data" / f"{card.name}-v{card.version}", dataset.generate)
    root = dataset_root(card.name, given, env)
    if root is None:
        raise DataError(
            f"dataset '{card.name}' is not at hand.",
            found=f"looked for: --data {card.name}=DIR, then $EMOBENCH_DATA/{card.name}",
            remedy=f"Get it from {card.url} and say where it lies: --data {card.name}=DIR.",
        )
    return root


def _check_clips(card: DatasetCard, clips: Sequence[Clip], attributes: Sequence[str]) -> None:
    seen: dict[str, Path] = {}
    for clip in clips:
        if clip.id in seen:
            raise DataError(f"dataset '{card.name}' has two clips '{clip.id}'.", found=f"{seen[clip.id]}\n{clip.path}")
        seen[clip.id] = clip.path
        for name in attributes:
            attribute = card.attribute(name)
            if name not in clip.labels:
                raise DataError(f"dataset '{card.name}': clip '{clip.id}' has no label for '{name}'.")
            if attribute is not None and attribute.classes and clip.labels[name] not in attribute.classes:
                raise DataError(
                    f"dataset '{card.name}': clip '{clip.id}' has a label outside the label space.",
                    found=f"{name} = {clip.labels[name]!r}; classes: {', '.join(attribute.classes)}",
                )


def limited(card: DatasetCard, clips: Sequence[Clip], limit: int, attribute: str) -> list[Clip]:
    """The first ``limit`` clips per class, taking people in turn so that every fold keeps some."""
    order = _turns(card, clips)
    rank: dict[tuple[object, str], int] = {}
    keyed = []
    for clip in sorted(clips, key=lambda clip: clip.id):
        label = clip.labels[attribute] if isinstance(clip.labels[attribute], str) else ""
        turn = rank[label, clip.group] = rank.get((label, clip.group), -1) + 1
        keyed.append((label, turn, order[clip.group], clip))
    keyed.sort(key=lambda item: (str(item[0]), item[1], item[2]))
    taken: dict[object, int] = {}
    kept = []
    for label, _, _, clip in keyed:
        taken[label] = taken.get(label, 0) + 1
        if taken[label] <= limit:
            kept.append(clip)
    return kept


def _turns(card: DatasetCard, clips: Sequence[Clip]) -> dict[str, int]:
    """Order of the groups: one of every fold, then the next of every fold."""
    if isinstance(card.folds, int):
        return {group: index for index, group in enumerate(sorted({clip.group for clip in clips}))}
    placed = sorted(
        (place, fold, group) for fold, groups in enumerate(card.folds) for place, group in enumerate(groups)
    )
    return {group: index for index, (_, _, group) in enumerate(placed)}


def _planned(
    clips: Sequence[Clip], facts: Mapping[Path, AudioFacts | Fault], backbones: Sequence[BackboneCard]
) -> tuple[list[PlannedClip], dict[str, str]]:
    """Clips with their audio, and the reasons against the others."""
    shortest = max(card.min_seconds for card in backbones)
    good: list[PlannedClip] = []
    bad: dict[str, str] = {}
    for clip in clips:
        planned = plan_clip(clip, facts[clip.path], shortest)
        if isinstance(planned, Fault):
            bad[clip.id] = planned.reason
        else:
            good.append(planned)
    return good, bad


def _refuse(card: DatasetCard, clips: Mapping[str, Clip], bad: Mapping[str, str]) -> None:
    lines = [f"{clips[name].path}: {reason}" for name, reason in list(bad.items())[:SHOWN]]
    if len(bad) > SHOWN:
        lines.append(f"... and {len(bad) - SHOWN} more")
    raise DataError(
        f"dataset '{card.name}': {len(bad)} of {len(clips)} clips cannot be used.",
        found="\n".join(lines),
        remedy="Mend or fetch the files again, or go on without them: --set reading.on_bad_audio=exclude "
        "(the record names every excluded clip).",
    )


def _counter(name: str, progress: Progress) -> Callable[[int, int], None]:
    """Counts scanned files; the bar appears with the first one, not when all are known already."""
    bar: list[Callable[[int], None]] = []

    def count(_done: int, total: int) -> None:
        if not bar:
            bar.append(progress.start(f"scanning {name}", total, "files"))
        bar[0](1)

    return count


def plan_dataset(
    offer: Offer[Dataset],
    root: Path,
    *,
    attributes: Sequence[str],
    backbones: Sequence[BackboneCard],
    reading: ReadingOptions,
    limit: int | None,
    stamps: Path,
    progress: Progress,
) -> DatasetPlan:
    """List, scan and check the clips of a dataset below ``root``; ``stamps`` is the folder of scan stamps.

    Raises:
        UsageError: an attribute that the dataset does not have.
        DataError: no clips, twin ids, labels outside the label space, audio that cannot be used.
    """
    card = offer.what.card
    for name in attributes:
        if card.attribute(name) is None:
            raise unknown(f"attribute of '{card.name}'", name, [attribute.name for attribute in card.attributes])
    clips = sorted(offer.what.clips(root), key=lambda clip: clip.id)
    if not clips:
        raise DataError(f"dataset '{card.name}' has no clips.", found=f"looked in: {root}")
    _check_clips(card, clips, attributes)
    if limit is not None:
        clips = sorted(limited(card, clips, limit, attributes[0]), key=lambda clip: clip.id)
    paths = list(dict.fromkeys(clip.path for clip in clips))
    facts = scan(paths, stamps / f"{digest([card.name, str(root.resolve())])[:24]}.json", _counter(card.name, progress))
    good, bad = _planned(clips, facts, backbones)
    if bad and (reading.on_bad_audio == "error" or not good):
        _refuse(card, {clip.id: clip for clip in clips}, bad)
    return DatasetPlan(card, root, tuple(good), bad, offer.owner.distribution)
