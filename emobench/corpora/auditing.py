"""What is wrong, or odd, with a corpus as its reader lists it? Doubled audio, leaks, faults, levels, balance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emobench.audio.scan import Fault
from emobench.audio.segment import plan_clip
from emobench.catalog.catalog import Offer
from emobench.catalog.contracts import Dataset
from emobench.corpora.corpus import check_clips, list_clips, scanned
from emobench.corpora.doubled_audio import Shared, shared_audio
from emobench.corpora.remarks import file_remarks
from emobench.corpora.unusable import reason_lines, some
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.domain.own_names import is_own
from emobench.domain.plan import PlannedClip, Split
from emobench.domain.progress import Progress
from emobench.learning.splits import make_split

SHORT_SECONDS = 0.5  # hardly a word: an emotion is seldom heard in less
LONG_SECONDS = 30.0  # what models with a window hear at once; longer clips are averaged over pieces
NAMED = 3


@dataclass(frozen=True)
class Finding:
    """One thing that was found: ``says`` is a whole line about ``clips`` (all of their ids, sorted)."""

    severity: Literal["error", "note"]
    kind: str
    says: str
    clips: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """A corpus, looked through.

    Attributes:
        card: who it says it is.
        root: where it lies.
        clips: that its reader lists.
        usable: those of them that can be used, with their audio.
        reasons: why the others cannot, by id.
        split: its folds; None where there can be none.
        findings: errors, then notes.
    """

    card: DatasetCard
    root: Path
    clips: tuple[Clip, ...]
    usable: tuple[PlannedClip, ...]
    reasons: Mapping[str, str]
    split: Split | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> list[Finding]:
        """What makes results wrong, or keeps a run from starting."""
        return [finding for finding in self.findings if finding.severity == "error"]


def audit(offer: Offer[Dataset], root: Path, stamps: Path, progress: Progress) -> Audit:
    """Decode every clip's file (once: findings are kept in the folder ``stamps``) and look the corpus through.

    Raises:
        DataError: the reader lists no clips.
        EmobenchError: the plugin fails, or the stamps cannot be written.
    """
    card, clips = offer.what.card, list_clips(offer, root)
    facts = scanned(card, root, [clip.path for clip in clips], stamps, progress)
    usable, reasons = [], {}
    for clip in clips:
        planned = plan_clip(clip, facts[clip.path])
        if isinstance(planned, Fault):
            reasons[clip.id] = planned.reason
        else:
            usable.append(planned)
    findings = [*_of_reader(card, clips), *_unusable(reasons)]
    split = None
    try:
        split = make_split(card, clips)
    except DataError as problem:
        findings.append(Finding("error", "split", _on_one_line(problem), ()))
    fold_of = {} if split is None else split.fold_of
    findings += [_of_shared(shared, fold_of) for shared in shared_audio(usable, fold_of)]
    findings += _notes(card, usable)
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    return Audit(card, root, tuple(clips), tuple(usable), reasons, split, tuple(ordered))


def _of_reader(card: DatasetCard, clips: Sequence[Clip]) -> list[Finding]:
    """What keeps a run from starting before any audio is looked at."""
    found = []
    if len(clips) != card.expected_clips:
        fewer = len(clips) < card.expected_clips
        says = f"{len(clips)} clips, and {card.expected_clips} are expected"
        found.append(Finding("error" if fewer else "note", "number of clips", says, ()))
    try:
        check_clips(card, clips, [])
    except DataError as problem:
        return [*found, Finding("error", "twin ids", _on_one_line(problem), ())]
    for attribute in card.attributes:
        try:
            check_clips(card, clips, [attribute.name])
        except DataError as problem:
            found.append(Finding("error", "labels", _on_one_line(problem), ()))
    return found


def _on_one_line(problem: DataError) -> str:
    return " ".join(f"{problem.what} {problem.found}".split())


def _unusable(reasons: Mapping[str, str]) -> list[Finding]:
    lines = reason_lines(reasons)
    return [Finding("error", "cannot be used", line, tuple(names)) for line, names in lines.items()]


def _of_shared(shared: Shared, fold_of: Mapping[str, int]) -> Finding:
    """One set of clips with the same audio, each with what differs."""
    differs = {"labels": shared.labels, "groups": shared.groups, "folds": shared.folds}
    where = [name for name, is_so in differs.items() if is_so]
    told = [_placed(planned, shared, fold_of) for planned in shared.clips[:NAMED]]
    more = f" and {len(shared.clips) - NAMED} more" if len(shared.clips) > NAMED else ""
    kind = "doubled audio" if shared.whole else "overlapping segments"
    says = f"{', '.join(told)}{more}: " + (f"other {' and '.join(where)}" if where else "the same label and group")
    ids = tuple(planned.clip.id for planned in shared.clips)
    return Finding("error" if shared.harmful else "note", kind, says, ids)


def _placed(planned: PlannedClip, shared: Shared, fold_of: Mapping[str, int]) -> str:
    """A clip by name, and what it has that others of its set have not."""
    clip = planned.clip
    said = [f"{name} {label}" for name, label in sorted(clip.labels.items())] if shared.labels else []
    said += [f"group {on_one_line(clip.group)}"] if shared.groups else []
    said += [f"fold {fold_of[clip.group]}"] if shared.folds and clip.group in fold_of else []
    said += [] if shared.whole else [f"{planned.first / planned.audio.rate:.2f} s on for {planned.seconds:.2f} s"]
    return on_one_line(clip.id) + (f" ({', '.join(said)})" if said else "")


def _notes(card: DatasetCard, usable: Sequence[PlannedClip]) -> list[Finding]:
    """What is odd and may be so."""
    kinds: list[tuple[str, str, list[PlannedClip]]] = [
        ("short", f"shorter than {SHORT_SECONDS:g} s", [p for p in usable if p.seconds < SHORT_SECONDS]),
        ("long", f"longer than {LONG_SECONDS:g} s", [p for p in usable if p.seconds > LONG_SECONDS]),
    ]
    rates = Counter(planned.audio.rate for planned in usable)
    channels = Counter(planned.audio.channels for planned in usable)
    kinds += [
        ("odd rate", f"{rate} Hz, and most have {most} Hz", [p for p in usable if p.audio.rate == rate])
        for most, rate in _others(rates)
    ]
    kinds += [
        ("channels", f"{count} channels, and most have {most}", [p for p in usable if p.audio.channels == count])
        for most, count in _others(channels)
    ]
    notes = [_note(kind, says, sorted(planned.clip.id for planned in clips)) for kind, says, clips in kinds if clips]
    notes += [_note(remark.kind, remark.says, remark.clips) for remark in file_remarks(usable)]
    if rates and not card.generated and not is_own(card.name) and set(rates) != {card.sample_rate}:
        there = ", ".join(f"{rate} Hz" for rate in sorted(rates))
        says = f"{there} here, and {card.sample_rate} Hz in the official release"
        notes.append(Finding("note", "derived copy", says, ()))
    return notes


def _others(counts: Counter[int]) -> list[tuple[int, int]]:
    """The most frequent value beside each of the others."""
    (most, _), *others = counts.most_common() or [(0, 0)]
    return [(most, value) for value, _ in others]


def _note(kind: str, says: str, names: Sequence[str]) -> Finding:
    return Finding("note", kind, f"{some(names)}: {says}", tuple(names))
