"""What do the synthetic speech and music consist of? A pair without download, to try everything and to test anything.

Both express the same six emotions by the same published cues (cues.py), by different people, so that something may
transfer from one to the other. What is measured on them says nothing about real voices and real music.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emobench.catalog.contracts import Dataset
from emobench.catalog.hookspecs import hookimpl
from emobench.datasets.cues import CIRCUMPLEX, EMOTIONS, Cues, arousal_valence
from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.clip import Clip, Domain
from emobench.domain.errors import DataError

if TYPE_CHECKING:
    from emobench.datasets.recording import Signal

PEOPLE, TAKES = 8, 5
SAMPLE_RATE = 16_000
INDEX = "clips.csv"
COLUMNS = ("id", "file", "group", "sex", "transcript", "emotion", "arousal", "valence")
SENTENCES = ("fa mi du le so ni ba te", "ku le sha do ni mo sa bi")
PAPER = "https://doi.org/10.1037/0033-2909.129.5.770"
CITATION = (
    "Made by emobench from the cue patterns of Juslin PN, Laukka P (2003), Communication of emotions in vocal "
    f"expression and music performance, Psychological Bulletin 129(5), 770-814, {PAPER}"
)


@dataclass(frozen=True)
class Take:
    """One clip to be made: its id, the person or song, that person's sex and words where there are any."""

    id: str
    group: str
    emotion: str
    sex: Literal["female", "male"] | None = None
    sentence: str | None = None


def _card(name: str, title: str, domain: Domain, group_is: str) -> DatasetCard:
    return DatasetCard(
        name=name,
        title=title,
        domain=domain,
        licence="CC0-1.0",
        citation=CITATION,
        url=PAPER,
        attributes=(
            Attribute(name="emotion", classes=EMOTIONS),
            Attribute(name="arousal", low=-1.0, high=1.0),
            Attribute(name="valence", low=-1.0, high=1.0),
        ),
        group_is=group_is,
        people=name,
        folds=4,
        expected_clips=len(EMOTIONS) * PEOPLE * TAKES,
        sample_rate=SAMPLE_RATE,
        generated=True,
        corpus="emobench synthetic",
    )


SPEECH = _card("synthetic-speech", "Nonsense sentences from synthetic voices", "speech", group_is="speaker")
MUSIC = _card("synthetic-music", "Melodies from synthetic instruments", "music", group_is="song")


def speech_takes() -> Iterator[Take]:
    """Every clip of the speech: 8 speakers (odd male, even female), 6 emotions, two sentences as A, B, A, B, A."""
    for person, emotion, number in product(range(1, PEOPLE + 1), EMOTIONS, range(1, TAKES + 1)):
        sex: Literal["female", "male"] = "male" if person % 2 else "female"
        group = f"s{person:02d}"
        yield Take(f"speech-{group}-{emotion}-{number}", group, emotion, sex, SENTENCES[(number - 1) % 2])


def music_takes() -> Iterator[Take]:
    """Every clip of the music: 8 songs, each on an instrument of its own, in 6 emotions, 5 times."""
    for piece, emotion, number in product(range(1, PEOPLE + 1), EMOTIONS, range(1, TAKES + 1)):
        group = f"m{piece:02d}"
        yield Take(f"music-{group}-{emotion}-{number}", group, emotion)


def spoken(take: Take) -> "tuple[Signal, Cues]":
    """The sound of a take of speech, (samples,) at 16 kHz, and the cues that it was asked to express."""
    from emobench.datasets.performance import generator, perform
    from emobench.datasets.voice import speak, speaker

    cues = perform(take.group, take.emotion, take.id)
    voice = speaker(take.group, female=take.sex == "female")
    return speak(voice, take.sentence or SENTENCES[0], cues.heard, generator(f"{take.id}, voice")), cues.expressed


def played(take: Take) -> "tuple[Signal, Cues]":
    """The sound of a take of music, (samples,) at 16 kHz, and the cues that it was asked to express."""
    from emobench.datasets.melody import play, song
    from emobench.datasets.performance import generator, perform

    cues = perform(take.group, take.emotion, take.id)
    _, valence = CIRCUMPLEX[take.emotion]
    return play(song(take.group), valence, cues.heard, generator(f"{take.id}, melody")), cues.expressed


def generate_speech(root: Path) -> None:
    """Fills the empty folder ``root`` with the 240 spoken clips (16-bit FLAC, 16 kHz) and their index."""
    _generate(root, speech_takes(), spoken)


def generate_music(root: Path) -> None:
    """Fills the empty folder ``root`` with the 240 played clips (16-bit FLAC, 16 kHz) and their index."""
    _generate(root, music_takes(), played)


def _generate(root: Path, takes: Iterable[Take], sound_of: "Callable[[Take], tuple[Signal, Cues]]") -> None:
    from io import BytesIO

    import soundfile

    (root / "audio").mkdir(parents=True, exist_ok=True)
    rows = []
    for take in takes:
        sound, cues = sound_of(take)
        file = f"audio/{take.id}.flac"
        content = BytesIO()  # libsndfile would call a full disk a system error
        soundfile.write(content, sound, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        (root / file).write_bytes(content.getvalue())
        place = arousal_valence(take.emotion, cues)
        rows.append((take.id, file, take.group, take.sex or "", take.sentence or "", take.emotion, *place))
    # The index comes last: a folder without one was interrupted, and `clips` says so.
    with (root / INDEX).open("w", encoding="utf-8", newline="") as index:
        csv.writer(index, lineterminator="\n").writerows([COLUMNS, *rows])


def clips(root: Path) -> list[Clip]:
    """The clips in a generated folder, in the order of its index.

    Raises:
        DataError: when the index or an audio file that it names is missing.
    """
    index = root / INDEX
    if not index.is_file():
        raise DataError(
            f"a synthetic dataset is incomplete: it has no {INDEX}.",
            found=f"looked in {root}",
            remedy=_again(root),
        )
    with index.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    missing = [row["file"] for row in rows if not (root / row["file"]).is_file()]
    if missing:
        found = f"{len(missing)} of {len(rows)} files are missing in {root}, the first: {missing[0]}"
        raise DataError("a synthetic dataset has lost some of its audio.", found=found, remedy=_again(root))
    return [_clip(root, row) for row in rows]


def _again(root: Path) -> str:
    """How a folder that is not whole is made anew."""
    where = f"Delete that folder (in the cache: `emobench cache prune data/{root.name}`), or leave --data out"
    return f"{where}: the next run that needs it generates it again."


def _clip(root: Path, row: dict[str, str]) -> Clip:
    sex: Literal["female", "male"] = "female" if row["sex"] == "female" else "male"
    return Clip(
        id=row["id"],
        path=root / row["file"],
        group=row["group"],
        labels={"emotion": row["emotion"], "arousal": float(row["arousal"]), "valence": float(row["valence"])},
        sex=sex if row["sex"] else None,
        transcript=row["transcript"] or None,
    )


@hookimpl
def emobench_datasets() -> Iterator[Dataset]:
    """The synthetic pair."""
    yield Dataset(SPEECH, clips=clips, generate=generate_speech)
    yield Dataset(MUSIC, clips=clips, generate=generate_music)
