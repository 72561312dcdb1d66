"""How is RAVDESS read? Speech and song of the Ryerson database, two datasets of the same people.

Livingstone & Russo (2018), https://doi.org/10.1371/journal.pone.0196391. A file is named
modality-channel-emotion-intensity-statement-repetition-actor, and nothing else says what is in it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

from emobench.catalog.contracts import Dataset
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Archive, Attribute, DatasetCard
from emobench.domain.clip import Clip, Domain
from emobench.domain.errors import DataError

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
STATEMENTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}
ACTORS = tuple(f"{number:02d}" for number in range(1, 25))
NO_SONG = "18"
ENDINGS = (".wav", ".flac")
SHOWN = 10  # file names listed in a message
URL = "https://zenodo.org/records/1188976"
# EmoBox's folds by actor (Ma et al. 2024, https://arxiv.org/abs/2406.07162), for speech and song at once: nobody is in
# the training part of one and in the test part of the other.
FOLDS = (
    ("01", "11", "20", "21"),
    ("04", "10", "12", "14"),
    ("08", "09", "19", "23"),
    ("03", "05", "07", "24"),
    ("02", "15", "16", "18"),
    ("06", "13", "17", "22"),
)
CITATION = (
    "Livingstone SR, Russo FA (2018), The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), "
    "PLoS ONE 13(5): e0196391, doi 10.1371/journal.pone.0196391; data doi 10.5281/zenodo.1188976"
)
ARCHIVES = {"speech": "Audio_Speech_Actors_01-24", "song": "Audio_Song_Actors_01-24"}
BYTES = {"speech": 208_468_073, "song": 225_505_317}
SHA256 = {
    "speech": "5d208e01632cc3e5242106fa2af3273e6dc5239fb8143131979ac74c4aa40657",
    "song": "89f3df66cc67ebb70c8af6f72f3f359bee497f6f763a9d863b6477619716d428",
}
# Both takes of this sentence are one recording in the 16 kHz copy at hand; the official WAV was not looked at.
DOUBLES = {"speech": (("03-01-03-01-02-01-07", "03-01-03-01-02-02-07"),), "song": ()}
CHANNELS = {"speech": "01", "song": "02"}


def _card(part: str, title: str, domain: Domain, classes: tuple[str, ...], people: Iterable[str]) -> DatasetCard:
    known = set(people)
    file = f"{ARCHIVES[part]}.zip"
    return DatasetCard(
        name=f"ravdess-{part}",
        title=title,
        domain=domain,
        licence="CC BY-NC-SA 4.0",
        citation=CITATION,
        url=URL,
        attributes=(Attribute(name="emotion", classes=classes),),
        group_is="actor",
        people="ravdess",
        folds=tuple(tuple(actor for actor in fold if actor in known) for fold in FOLDS),
        expected_clips=len(official_ids(part)),
        sample_rate=48_000,
        corpus="RAVDESS",
        archives=(Archive(name=file, url=f"{URL}/files/{file}", size=BYTES[part], sha256=SHA256[part]),),
    )


def official_ids(part: str) -> frozenset[str]:
    """The names, without ending, of all clips of ``part`` ("speech" or "song") in the official release.

    Neutral has no strong intensity, song has neither disgust nor surprise, and actor 18 does not sing.
    """
    song = part == "song"
    emotions = range(1, 7 if song else 9)
    spellings = product(emotions, ("01", "02"), STATEMENTS, ("01", "02"), ACTORS)
    return frozenset(
        f"03-{CHANNELS[part]}-{emotion:02d}-{intensity}-{statement}-{repetition}-{actor}"
        for emotion, intensity, statement, repetition, actor in spellings
        if not (emotion == 1 and intensity == "02") and not (song and actor == NO_SONG)
    )


def official_files(part: str) -> list[str]:
    """The names of all files in the archive of ``part``."""
    return sorted(f"Actor_{name[-2:]}/{name}.wav" for name in official_ids(part))


SPEECH = _card("speech", "RAVDESS, spoken sentences", "speech", EMOTIONS, ACTORS)
SONG = _card("song", "RAVDESS, sung sentences", "music", EMOTIONS[:6], set(ACTORS) - {NO_SONG})


def speech_clips(root: Path) -> list[Clip]:
    """The 1,440 spoken clips below ``root``.

    ``root`` holds the official folders ``Audio_Speech_Actors_01-24`` and ``Audio_Song_Actors_01-24``, or is one of
    them, or holds ``Actor_01`` to ``Actor_24``. Files may be the official WAV or FLAC made from them.

    Raises:
        DataError: when files are missing, doubled, or not named as RAVDESS names its audio.
    """
    return _clips(root, "speech")


def song_clips(root: Path) -> list[Clip]:
    """The 1,012 sung clips below ``root``; where it may point and what is refused is as for ``speech_clips``."""
    return _clips(root, "song")


def parse(path: Path) -> Clip:
    """The clip in a file with an official name; the groups are the actors, of whom the odd ones are men."""
    _, _, emotion, _, statement, _, actor = path.stem.split("-")
    return Clip(
        id=path.stem,
        path=path,
        group=actor,
        labels={"emotion": EMOTIONS[int(emotion) - 1]},
        sex="male" if int(actor) % 2 else "female",
        transcript=STATEMENTS[statement],
    )


def _clips(root: Path, part: str) -> list[Clip]:
    """Files of the other part are no mistake: both archives unpack to the same folder names."""
    folder = root / ARCHIVES[part] if (root / ARCHIVES[part]).is_dir() else root
    files = _audio_files(folder, part)
    expected = official_ids(part)
    other = official_ids("song" if part == "speech" else "speech")
    _refuse_strays([file for file in files if file.stem not in expected | other], folder)
    mine = [file for file in files if file.stem in expected]
    _refuse_doubles(mine, folder)
    if not mine:
        seen = f"{len(files):,} files of the other part" if files else "no audio files"
        found = f"{_looked_for(part, folder)}; found {seen}"
        raise DataError(f"no {part} of RAVDESS was found.", found=found, remedy=_remedy(part))
    _refuse_gaps(expected - {file.stem for file in mine}, expected, part, folder)
    return [parse(file) for file in mine]


def _audio_files(folder: Path, part: str) -> list[Path]:
    """Sorted by name; what macOS adds to archives (``._name``) is left out."""
    if not folder.is_dir():
        what = f"the folder of RAVDESS {part} does not exist."
        raise DataError(what, found=_looked_for(part, folder), remedy=_remedy(part))
    files = [*folder.glob("Actor_*/*"), *folder.glob("*")]
    audio = (file for file in files if file.suffix.lower() in ENDINGS and not file.name.startswith("._"))
    return sorted(audio, key=lambda file: (file.stem, file.suffix))


def _refuse_strays(strays: list[Path], folder: Path) -> None:
    if not strays:
        return
    videos = any(stray.stem[:2] in ("01", "02") for stray in strays)
    raise DataError(
        f"{_count(len(strays), 'audio file')} in {folder} {'is' if len(strays) == 1 else 'are'} not named as RAVDESS "
        "names its audio: 03-channel-emotion-intensity-statement-repetition-actor.",
        found=_listing(stray.name for stray in strays),
        remedy=("Modalities 01 and 02 are videos and not part of the dataset. " if videos else "")
        + "Move these files elsewhere, or give them their official names back.",
    )


def _refuse_doubles(files: list[Path], folder: Path) -> None:
    doubled = {name for name, times in Counter(file.stem for file in files).items() if times > 1}
    if doubled:
        raise DataError(
            f"the folder {folder} holds {_count(len(doubled), 'clip')} of RAVDESS more than once.",
            found=_listing(str(file.relative_to(folder)) for file in files if file.stem in doubled),
            remedy="Keep one file of each name: WAV or FLAC, not both.",
        )


def _refuse_gaps(missing: frozenset[str], expected: frozenset[str], part: str, folder: Path) -> None:
    if missing:
        present = f"{len(expected) - len(missing):,} of {len(expected):,} clips"
        what = f"RAVDESS {part} is incomplete: {present} were found in {folder}."
        raise DataError(what, found=_by_actor(missing, expected), remedy=_remedy(part))


def _by_actor(missing: frozenset[str], expected: frozenset[str]) -> str:
    totals = Counter(name[-2:] for name in expected)
    gaps = Counter(name[-2:] for name in missing)
    return "\n".join(f"actor {actor}: {gaps[actor]} of {totals[actor]} clips missing" for actor in sorted(gaps))


def _looked_for(part: str, folder: Path) -> str:
    return f"looked for {ARCHIVES[part]} or Actor_01 to Actor_24 in {folder}"


def _remedy(part: str) -> str:
    return (
        f"Get it ({BYTES[part]:,} bytes from {URL}): emobench data fetch ravdess-{part} --accept-licence\n"
        f"Or say where {ARCHIVES[part]} lies unpacked: --data ravdess-{part}=DIR"
    )


def _listing(names: Iterable[str]) -> str:
    every = list(names)
    more = [f"and {len(every) - SHOWN} more"] if len(every) > SHOWN else []
    return "\n".join([*every[:SHOWN], *more])


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


@hookimpl
def emobench_datasets() -> Iterator[Dataset]:
    """RAVDESS speech and song."""
    for part, card, clips in (("speech", SPEECH, speech_clips), ("song", SONG, song_clips)):
        yield Dataset(card, clips=clips, official=partial(official_files, part), doubles=DOUBLES[part])
