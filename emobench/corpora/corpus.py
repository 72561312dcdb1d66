"""Which clips will be used? A dataset found, listed, scanned and checked before anything is computed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from emobench.audio.scan import Fault, scan
from emobench.audio.segment import plan_clip
from emobench.catalog.catalog import Offer
from emobench.catalog.contracts import Dataset
from emobench.catalog.discovery import PluginModule
from emobench.catalog.plugin_faults import said
from emobench.corpora.fetched import how_to_get
from emobench.corpora.generated import generated_folder, generated_once
from emobench.corpora.unusable import refuse
from emobench.domain.canonical import digest
from emobench.domain.cards import Attribute, BackboneCard, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.names import in_utf8, on_one_line
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import AudioFacts, DatasetPlan, PlannedClip
from emobench.domain.progress import Progress
from emobench.domain.suggestion import unknown
from emobench.files.home import data_home, dataset_root

T = TypeVar("T")


def root_of(
    dataset: Dataset, given: Mapping[str, Path], home: Path, env: Mapping[str, str], owner: PluginModule | None = None
) -> Path:
    """The folder of a dataset; generated ones are made on first use, for all code of the plugin ``owner`` anew.

    Raises:
        DataError: nobody said where the dataset lies, or the folder is not there.
    """
    card = dataset.card
    if card.generated and dataset.generate is not None and card.name not in given:
        return generated_once(generated_folder(card, owner, home), dataset.generate)
    root = dataset_root(card.name, given, env)
    if root is None:
        raise DataError(
            f"dataset '{card.name}' is not at hand.",
            found=f"looked for: --data {card.name}=DIR, then {data_home(env) / card.name}",
            remedy=f"Get it {how_to_get(card)}, or say where it lies: --data {card.name}=DIR.",
        )
    return root


def check_clips(card: DatasetCard, clips: Sequence[Clip], attributes: Sequence[str]) -> None:
    """Raise DataError for twin ids, and labels that are missing or outside their label space."""
    seen: dict[str, Path] = {}
    for clip in clips:
        if clip.id in seen:
            raise DataError(
                f"dataset '{card.name}' has two clips '{on_one_line(clip.id)}'.",
                found=f"{on_one_line(seen[clip.id])}\n{on_one_line(clip.path)}",
            )
        seen[clip.id] = clip.path
        for name in attributes:
            attribute = card.attribute(name)
            if name not in clip.labels:
                raise DataError(f"dataset '{card.name}': clip '{on_one_line(clip.id)}' has no label for '{name}'.")
            if attribute is not None and not _inside(attribute, clip.labels[name]):
                space = ", ".join(attribute.classes) or f"{attribute.low:g} to {attribute.high:g}"
                raise DataError(
                    f"dataset '{card.name}': clip '{on_one_line(clip.id)}' has a label outside the label space.",
                    found=f"{name} = {clip.labels[name]!r}; label space: {space}",
                )


def _inside(attribute: Attribute, label: object) -> bool:
    if attribute.classes or attribute.low is None or attribute.high is None:
        return label in attribute.classes
    return isinstance(label, int | float) and attribute.low <= label <= attribute.high


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
    strictest = max(backbones, key=lambda card: card.min_seconds)
    good: list[PlannedClip] = []
    bad: dict[str, str] = {}
    for clip in clips:
        planned = plan_clip(clip, facts[clip.path], strictest.min_seconds)
        if isinstance(planned, Fault):
            model = f" ('{strictest.name}')" if "the model needs" in planned.reason else ""
            bad[clip.id] = planned.reason + model
        else:
            good.append(planned)
    return good, bad


def _counter(name: str, progress: Progress) -> Callable[[int, int], None]:
    """Counts scanned files; the bar appears with the first one, not when all are known already."""
    bar: list[Callable[[int], None]] = []

    def count(_done: int, total: int) -> None:
        if not bar:
            bar.append(progress.start(f"scanning {name}", total, "files"))
        bar[0](1)

    return count


def check_attributes(cards: Sequence[DatasetCard], attributes: Sequence[str]) -> None:
    """Refuse attributes that a dataset does not have. Raises UsageError with a near miss."""
    for card in cards:
        for name in attributes:
            if card.attribute(name) is None:
                raise unknown(f"attribute of '{card.name}'", name, [attribute.name for attribute in card.attributes])


def list_clips(offer: Offer[Dataset], root: Path) -> list[Clip]:
    """The clips of a corpus, sorted by id.

    Raises:
        DataError: there is none.
        EmobenchError: the plugin fails.
    """
    card = offer.what.card
    try:
        clips = sorted(offer.what.clips(root), key=lambda clip: clip.id)
    except EmobenchError:
        raise
    except (Exception, SystemExit) as problem:
        what = f"the plugin of dataset '{card.name}' ({offer.owner.distribution}) fails to list its clips."
        raise EmobenchError(what, found=said(problem)) from problem
    if not clips:
        raise DataError(f"dataset '{card.name}' has no clips.", found=f"looked in: {root}")
    return clips


def _listed(offer: Offer[Dataset], root: Path, attributes: Sequence[str]) -> list[Clip]:
    """The checked clips of a corpus, sorted by id."""
    card, clips = offer.what.card, list_clips(offer, root)
    if len(clips) < card.expected_clips:
        raise DataError(
            f"dataset '{card.name}' is half complete.",
            found=f"found {len(clips)} of {card.expected_clips} clips in {root}",
            remedy=f"Get the rest from {card.url}.",
        )
    check_clips(card, clips, attributes)
    return clips


def scanned(
    card: DatasetCard, root: Path, files: Iterable[Path], stamps: Path, progress: Progress
) -> Mapping[Path, AudioFacts | Fault]:
    """What files of a corpus hold; ``stamps`` is the folder where findings are kept.

    Raises:
        EmobenchError: the stamps cannot be written.
    """
    stamp = stamps / f"{digest([card.name, in_utf8(str(root.resolve()))])[:24]}.json"
    return scan(dict.fromkeys(files), stamp, _counter(card.name, progress))


def _plan_dataset(
    offer: Offer[Dataset], root: Path, clips: Sequence[Clip], *, backbones: Sequence[BackboneCard],
    reading: ReadingOptions, stamps: Path, progress: Progress,
) -> DatasetPlan:  # fmt: skip
    card = offer.what.card
    good, bad = _planned(clips, scanned(card, root, [clip.path for clip in clips], stamps, progress), backbones)
    if bad and (reading.on_bad_audio == "error" or not good):
        refuse(card, {clip.id: clip for clip in clips}, bad)
    return DatasetPlan(card, root, tuple(good), bad, offer.owner.distribution)


def plan_datasets(
    offers: Mapping[str, Offer[Dataset]], roots: Mapping[str, Path], *, attributes: Sequence[str],
    backbones: Sequence[BackboneCard], reading: ReadingOptions, limit: int | None, stamps: Path, progress: Progress,
    prepare: Callable[[dict[str, list[Clip]]], dict[str, list[Clip]]] = lambda listed: listed,
) -> dict[str, DatasetPlan]:  # fmt: skip
    """List, scan and check the clips of every dataset; ``stamps`` is the folder of scan stamps.

    ``prepare`` sees the clips of all datasets before anything else is done with them: a pair drops some and renames
    their labels.

    Raises:
        DataError: no clips, twin ids, labels outside the label space, audio that cannot be used: all datasets are
            looked at before anything is raised.
    """

    def planned(name: str, clips: list[Clip]) -> DatasetPlan:
        card = offers[name].what.card
        wanted = clips if limit is None else limited(card, clips, limit, attributes[0])
        return _plan_dataset(
            offers[name], roots[name], sorted(wanted, key=lambda clip: clip.id), backbones=backbones, reading=reading,
            stamps=stamps, progress=progress,
        )  # fmt: skip

    listed, problems = _each(offers, lambda name: _listed(offers[name], roots[name], attributes))
    clips = prepare(listed) if not problems else listed
    plans, more = _each(clips, lambda name: planned(name, clips[name]))
    problems += more
    if problems:
        raise problems[0] if len(problems) == 1 else DataError("\n\n".join(str(problem) for problem in problems))
    return plans


def _each(names: Iterable[str], look: Callable[[str], T]) -> tuple[dict[str, T], list[DataError]]:
    """What looking at every name gave, and the problems of the others."""
    found, problems = {}, []
    for name in names:
        try:
            found[name] = look(name)
        except DataError as problem:
            problems.append(problem)
    return found, problems
