"""What should a user know of clips that are used all the same? Clipped, misnamed, upsampled, padded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.corpora.doubled_audio import shared_audio
from emobench.corpora.unusable import reason_lines, some
from emobench.datasets.table_dataset import remarks_on
from emobench.domain.cards import RECORDINGS, BackboneCard
from emobench.domain.names import on_one_line
from emobench.domain.own_names import is_own
from emobench.domain.plan import AudioFacts, DatasetPlan, Plan, PlannedClip

CLIPPED_SHARE = 0.001  # of a file's samples; a few clipped peaks are in most recordings
BEYOND_FULL_SCALE = 2.0  # a lossy decoder goes a little above 1, unscaled integers go far above it
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "WAV": (".wav", ".wave"), "AIFF": (".aif", ".aiff", ".aifc"), "FLAC": (".flac",),
    "OGG": (".ogg", ".oga", ".opus", ".spx"), "MP3": (".mp3", ".mpga"), "AU": (".au", ".snd"), "W64": (".w64",),
    "CAF": (".caf",), "NIST": (".sph", ".nist"),
}  # fmt: skip
SAME_ENDINGS = {"WAVEX": "WAV", "RF64": "WAV", "MPEG": "MP3"}
KNOWN_ENDINGS = {ending for endings in ENDINGS.values() for ending in endings}


@dataclass(frozen=True)
class Remark:
    """One thing about some clips: ``kind`` is a word for it, ``says`` a clause about the clips, without a subject."""

    kind: str
    says: str
    clips: tuple[str, ...]


def remarks_of(dataset: DatasetPlan, backbones: Sequence[BackboneCard]) -> list[Remark]:
    """What there is to say of the clips that a run uses, for the models that hear them."""
    return [*file_remarks(dataset.clips), *_for_models(dataset, backbones)]


def file_remarks(clips: Iterable[PlannedClip]) -> list[Remark]:
    """What there is to say of the clips' files, whoever hears them."""
    listed = list(clips)
    clipped = _named(planned for planned in listed if is_clipped(planned.audio))
    loud = _named(planned for planned in listed if planned.audio.peak > BEYOND_FULL_SCALE)
    found = [
        Remark("clipped", f"clipped: over {CLIPPED_SHARE:.1%} of the file's samples stand at full scale", clipped),
        Remark("beyond full scale", "far above full scale: floating point that nobody scaled", loud),
    ]
    misnamed: dict[tuple[str, str], list[PlannedClip]] = {}
    for planned in listed:
        if wrong := wrong_ending(planned.clip.path, planned.audio):
            misnamed.setdefault((wrong, planned.clip.path.suffix.lower()), []).append(planned)
    for (kind, ending), some_clips in sorted(misnamed.items()):
        found.append(Remark("wrong ending", f"{kind} audio in files that end in '{ending}'", _named(some_clips)))
    return [remark for remark in found if remark.clips]


def lines_about(plan: Plan) -> list[str]:
    """One line for every kind of reason or remark and dataset, with the number of clips and the first names."""
    excluded = [
        f"excluded from {name}: {line}" for name, data in plan.datasets.items() for line in reason_lines(data.excluded)
    ]
    own = [
        line
        for name, data in plan.datasets.items()
        if is_own(name)
        for line in remarks_on(data.card, [planned.clip for planned in data.clips])
    ]
    return [*own, *_ungrouped(plan), *_same_sound(plan), *_namesakes(plan), *excluded] + [
        f"{name}: {some(remark.clips)}: {remark.says}"
        for name, dataset in plan.datasets.items()
        for remark in remarks_of(dataset, heard_by(plan))
    ]


def _ungrouped(plan: Plan) -> list[str]:
    """Whole corpora where each clip has a group of its own, though the card says that groups are no recordings."""
    return [
        f"{name}: a group of its own for each of {len(data.clips)} clips, and its card says that groups are "
        f"{on_one_line(data.card.group_is)}: who is tested may have been learned from (see `emobench check {name}`)"
        for name, data in plan.datasets.items()
        if plan.spec.limit is None and data.card.group_is.lower() not in RECORDINGS and not is_own(name)
        if len({planned.clip.group for planned in data.clips}) == len(data.clips)
    ]


def _same_sound(plan: Plan) -> list[str]:
    """Own data that nobody audited: audio that stands there twice, with other labels or for other people."""
    found = []
    for name, data in plan.datasets.items():
        if is_own(name):
            split = plan.splits.get(name)
            harmful = [one for one in shared_audio(data.clips, {} if split is None else split.fold_of) if one.harmful]
            if harmful:
                named = some([planned.clip.id for shared in harmful for planned in shared.clips])
                why = "the same audio under other labels or groups: a test may hear what was learned"
                found.append(f"{name}: {named}: {why} (see `emobench data audit`)")
    return found


def _namesakes(plan: Plan) -> list[str]:
    """Pairs with own data whose people are called alike, and taken for others."""
    cards = [data.card for data in plan.datasets.values()]
    paired = plan.pair is not None or plan.bias is not None
    if not paired or cards[0].people == cards[1].people or not any(is_own(card.name) for card in cards):
        return []
    first, second = ({planned.clip.group for planned in data.clips} for data in plan.datasets.values())
    if not (alike := sorted(first & second)):
        return []
    named = ", ".join(map(on_one_line, alike[:3])) + (" ..." if len(alike) > 3 else "")
    line = (
        f"{cards[0].name} and {cards[1].name}: {len(alike)} groups are called alike ({named}) and taken for different "
        "people, who may be learned from in one and tested on in the other; if they are the same, say so: "
        "--set table.people=NAME"
    )
    return [line]


def heard_by(plan: Plan) -> list[BackboneCard]:
    """The models that were asked for: a control that comes along is no reason for a remark."""
    return [backbone.card for name, backbone in plan.backbones.items() if name not in plan.controls]


def is_clipped(audio: AudioFacts) -> bool:
    """Whether so much of a file is clipped that it can be heard."""
    return audio.clipped > CLIPPED_SHARE * audio.samples * audio.channels


def wrong_ending(path: Path, audio: AudioFacts) -> str | None:
    """What the file is, where its ending says something else; endings that say nothing are never wrong."""
    kind = SAME_ENDINGS.get(audio.format, audio.format)
    ending = path.suffix.lower()
    return kind if kind in ENDINGS and ending in KNOWN_ENDINGS and ending not in ENDINGS[kind] else None


def _for_models(dataset: DatasetPlan, backbones: Sequence[BackboneCard]) -> list[Remark]:
    found = []
    official = dataset.card.sample_rate
    for rate in sorted({card.sample_rate for card in backbones if card.sample_rate <= official}):
        low = [planned for planned in dataset.clips if planned.audio.rate < rate]
        if low:
            slowest = min(planned.audio.rate for planned in low)
            models = ", ".join(card.name for card in backbones if card.sample_rate == rate)
            says = f"upsampled from {slowest} Hz to {rate} Hz for {models}: nothing above {slowest // 2} Hz is there"
            known = "others have" if is_own(dataset.card.name) else "the official release has"
            found.append(Remark("upsampled", f"{says} ({known} {official} Hz)", _named(low)))
    needed = max((card.min_seconds for card in backbones), default=0.0)
    short = _named(planned for planned in dataset.clips if planned.seconds < needed)
    if short:
        found.append(Remark("padded", f"shorter than a model needs ({needed:.3f} s): padded with zeros", short))
    return found


def _named(clips: Iterable[PlannedClip]) -> tuple[str, ...]:
    return tuple(sorted(planned.clip.id for planned in clips))
