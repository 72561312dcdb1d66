"""Is this the corpus that was published, a copy derived from it, or what differs?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emobench.audio.scan import Fault
from emobench.audio.segment import plan_clip
from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Dataset
from emobench.corpora.audio_used import audio_digest
from emobench.corpora.corpus import scanned
from emobench.corpora.corpus_files import Placed, files_below, is_audio, place
from emobench.corpora.fetched import published_file
from emobench.corpora.release import Release, release_of
from emobench.domain.attempt import Failed, attempted
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import EmobenchError
from emobench.domain.own_names import is_own
from emobench.domain.plan import AudioFacts, PlannedClip
from emobench.domain.progress import Progress

Kind = Literal["missing", "damaged", "changed", "unexpected", "doubled", "refused"]
KINDS: tuple[Kind, ...] = ("missing", "damaged", "changed", "unexpected", "doubled", "refused")
Facts = Mapping[Path, AudioFacts | Fault]


@dataclass(frozen=True)
class Finding:
    """What is wrong with one file (``refused``: with the folder, as the dataset's reader says)."""

    kind: Kind
    file: str
    reason: str


@dataclass(frozen=True)
class Verification:
    """What a folder holds, compared with what was published.

    Attributes:
        verdict: "official", "official by ...", "derived copy", "generated", "own data, whole" or "differs".
        compared_with: what it was held against.
        expected: files of the release.
        found: those of them that are there.
        same: those of them that are byte for byte as published; 0 where nobody knows the bytes.
        seconds: of audio that could be decoded.
        rates_hz, channels, formats: of the audio, sorted.
        audio: digest of all clips, as in records; None where clips are missing or damaged.
        findings: all that differs.
        remarks: what is odd and was published so.
    """

    dataset: str
    folder: Path
    verdict: str
    compared_with: str
    expected: int
    found: int
    same: int
    seconds: float
    rates_hz: tuple[int, ...]
    channels: tuple[int, ...]
    formats: tuple[str, ...]
    audio: str | None
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing differs, but perhaps rate or format."""
        return not self.findings


def verify(
    offer: Offer[Dataset], catalog: Catalog, root: Path, given: Sequence[Path], home: Path, progress: Progress
) -> Verification:
    """Decode and compare every file of a dataset below ``root``; whatever is found, the rest is looked at too.

    It is compared with archives in ``given``, else with what a fetch noted, with archives that were kept, with the
    names that the dataset's rule gives, or with what its reader lists. What a scan found is stamped in ``home``.

    Raises:
        DataError: a folder or archive cannot be read, or a given archive is not the published one.
        StorageError: stamps cannot be written.
    """
    dataset, card = offer.what, offer.what.card
    clips, refusal = _read(dataset, root)
    release = release_of(dataset, catalog, root, [clip.path for clip in clips], given, home, progress)
    placed = place(release.files, files_below(root), root, release.others)
    mine = sorted(placed.found.values())
    audible = [*filter(is_audio, mine), *placed.extra, *(clip.path for clip in clips)]
    facts = scanned(card, root, audible, home / "scans", progress)
    same = _as_published(placed, release)
    findings = [*_missing(placed), *_compared(placed, release, same, facts, card, root)]
    if release.files:  # nobody knows what belongs there where the reader failed
        findings += [Finding("unexpected", _name(file, root), reason) for file, reason in placed.extra.items()]
    as_published = {placed.found[name] for name in same}
    doubled, remarks = _doubled([*mine, *placed.extra], dataset, as_published, facts, root)
    findings += doubled
    findings += [Finding("refused", str(root), refusal)] if refusal else []
    decoded = [facts[file] for file in mine if isinstance(facts.get(file), AudioFacts)]
    heard = [fact for fact in decoded if isinstance(fact, AudioFacts)]
    derived = any(_derived(name, file, facts, card) for name, file in placed.found.items() if name not in same)
    return Verification(
        dataset=card.name,
        folder=root,
        verdict="differs" if findings else _verdict(card, release, derived),
        compared_with=release.origin,
        expected=len(release.files),
        found=len(placed.found),
        same=len(same),
        seconds=sum(fact.seconds for fact in heard),
        rates_hz=tuple(sorted({fact.rate for fact in heard})),
        channels=tuple(sorted({fact.channels for fact in heard})),
        formats=tuple(sorted({_format(file, fact) for file in mine if (fact := facts.get(file))})),
        audio=None if refusal else _audio_digest(clips, facts),
        findings=tuple(sorted(findings, key=lambda finding: (KINDS.index(finding.kind), finding.file))),
        remarks=tuple(remarks),
    )


def _read(dataset: Dataset, root: Path) -> tuple[list[Clip], str]:
    """The clips that the reader lists, or why it does not."""
    clips = attempted(lambda: list(dataset.clips(root)))
    if isinstance(clips, Failed):
        problem = clips.problem
        if isinstance(problem, EmobenchError):
            return [], "\n".join(part for part in (problem.what, problem.found) if part)
        return [], f"its reader fails: {type(problem).__name__}: {problem}"
    few = len(clips) < dataset.card.expected_clips
    return clips, f"{len(clips):,} of {dataset.card.expected_clips:,} clips are there." if few else ""


def _as_published(placed: Placed, release: Release) -> frozenset[str]:
    """The names of files that are byte for byte those of the archive."""
    known = [name for name in placed.found if release.files[name] is not None]
    with ThreadPoolExecutor(4, thread_name_prefix="digest") as pool:
        digests = pool.map(published_file, [placed.found[name] for name in known])
        return frozenset(name for name, found in zip(known, digests, strict=True) if found == release.files[name])


def _missing(placed: Placed) -> list[Finding]:
    return [Finding("missing", name, "is of the release and not here") for name in placed.missing]


def _compared(
    placed: Placed, release: Release, same: frozenset[str], facts: Facts, card: DatasetCard, root: Path
) -> list[Finding]:
    """Files that cannot be decoded, and those that are neither as published nor derived."""
    found = []
    for name, file in placed.found.items():
        fact = facts.get(file)
        if isinstance(fact, Fault):
            found.append(Finding("damaged", _name(file, root), fact.reason))
        elif release.files[name] is not None and name not in same and not _derived(name, file, facts, card):
            found.append(Finding("changed", _name(file, root), release.changed))
    return found


def _derived(name: str, file: Path, facts: Facts, card: DatasetCard) -> bool:
    """Whether a file has another format or rate than the published one."""
    fact = facts.get(file)
    if not isinstance(fact, AudioFacts):
        return False
    if is_own(card.name):
        return False
    return file.suffix.lower() != Path(name).suffix.lower() or fact.rate != card.sample_rate


def _doubled(
    files: Sequence[Path], dataset: Dataset, as_published: set[Path], facts: Facts, root: Path
) -> tuple[list[Finding], list[str]]:
    """Files whose decoded audio another file has too, and remarks on those that were published so."""
    by_audio: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        fact = facts.get(file)
        if isinstance(fact, AudioFacts):
            by_audio[fact.digest].append(file)
    found, remarks = [], []
    for first, *others in by_audio.values():
        for file in others:
            known = any({first.stem, file.stem} <= set(names) for names in dataset.doubles)
            if known or {first, file} <= as_published:
                both = f"{_name(first, root)} and {_name(file, root)}"
                remarks.append(f"{both} have the same audio, which is known of this corpus")
            else:
                found.append(Finding("doubled", _name(file, root), f"has the same audio as {_name(first, root)}"))
    return found, remarks


def _verdict(card: DatasetCard, release: Release, derived: bool) -> str:
    if card.generated or is_own(card.name):
        return "generated" if card.generated else "own data, whole"
    return "derived copy" if derived else release.verdict


def _audio_digest(clips: Sequence[Clip], facts: Facts) -> str | None:
    """Digest of all clips as records have it; None where one cannot be used."""
    planned = [plan_clip(clip, facts[clip.path]) for clip in clips]
    good = [clip for clip in planned if isinstance(clip, PlannedClip)]
    return audio_digest(good) if len(good) == len(planned) else None


def _format(file: Path, fact: AudioFacts | Fault) -> str:
    told = fact.format if isinstance(fact, AudioFacts) else ""
    return told or file.suffix[1:].upper()


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
