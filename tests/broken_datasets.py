"""How can a dataset go wrong? A small good one, and for every law a reader or card that it alone catches."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import soundfile

from emobench.catalog.contracts import Dataset
from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.clip import Clip

RATE = 16_000
EMOTIONS = ("calm", "angry")
PEOPLE = ("p0", "p1", "p2", "p3")
GOOD = DatasetCard(
    name="good", title="Noise of four people", domain="speech", licence="CC-BY-4.0", citation="Nobody N (2026), Noise",
    url="https://example.org/good", group_is="speaker", people="good", folds=4, expected_clips=16, sample_rate=RATE,
    attributes=(Attribute(name="emotion", classes=EMOTIONS), Attribute(name="arousal", low=0, high=1)),
)  # fmt: skip


def write(root, rate=RATE):
    """Two clips of every person and emotion, a tenth of a second each, in folders by person."""
    draw = np.random.default_rng(3)
    for person, emotion, take in itertools.product(PEOPLE, EMOTIONS, range(2)):
        (root / person).mkdir(parents=True, exist_ok=True)
        soundfile.write(root / person / f"{person}-{emotion}-{take}.wav", draw.normal(0, 0.1, rate // 10), rate)


def clip_of(path, **changes):
    """The clip of a file that `write` made, with some of its fields changed."""
    person, emotion, _ = path.stem.split("-")
    labels = {"emotion": emotion, "arousal": float(EMOTIONS.index(emotion))}
    said = {"id": path.stem, "path": path, "group": person, "labels": labels, "transcript": "a noise", "sex": "female"}
    return Clip(**{**said, **changes})


def changed(change):
    """A reader that takes the fields which differ from what ``change(path)`` gives."""
    return lambda root: [clip_of(path, **change(path)) for path in sorted(root.rglob("*.wav"))]


read = changed(lambda _: {})


def numbered(root):
    """Numbers files as the disk lists them: the same ids, of other files."""
    return [clip_of(path, id=f"clip {number}") for number, path in enumerate(root.glob("*/*.wav"))]


def by_place(root):
    """Takes the whole path as the id."""
    return changed(lambda path: {"id": str(path)})(root)


def remembering():
    """Says another label whenever it lists."""
    calls = itertools.count()

    def clips(root):
        arousal = next(calls) / 10
        return changed(lambda path: {"labels": {"emotion": path.stem.split("-")[1], "arousal": arousal}})(root)

    return clips


def at_home(home):
    """Lists one folder, whichever it is given."""
    return lambda _: read(home)


def cut_short(root):
    """A file that ends before its header says."""
    path = min(root.rglob("*.wav"))
    path.write_bytes(path.read_bytes()[:-100])


def made(seeds):
    """Generates noise from the next seed."""

    def generate(root):
        draw = np.random.default_rng(next(seeds))
        write(root)
        soundfile.write(min(root.rglob("*.wav")), draw.normal(0, 0.1, RATE // 10), RATE)

    return generate


@dataclass(frozen=True)
class Fault:
    """What differs from the good dataset: fields of the card, its reader or generator, or its files."""

    card: dict = field(default_factory=dict)
    clips: object = read
    generate: object = None
    spoil: object = lambda _: None

    def dataset(self, root):
        """The dataset, its folder filled."""
        write(root)
        self.spoil(root)
        card = GOOD.model_copy(update=self.card)
        return Dataset(card, clips=at_home(root) if self.clips == "at home" else self.clips, generate=self.generate)


def first_only(fields):
    """A reader whose first clip has other fields."""
    return changed(lambda path: fields if path.stem == "p0-calm-0" else {})


# law -> a dataset that it alone catches
CAUGHT_BY = {
    "licence_named": Fault({"licence": "free for research"}),
    "citation_named": Fault({"citation": "TODO: author (2026)"}),
    "people_namespace": Fault({"people": "speakers"}),
    "lists_clips": Fault(clips=lambda root: [path.name for path in root.rglob("*.wav")]),
    "expected_clips": Fault({"expected_clips": 17}),
    "unique_ids": Fault(clips=first_only({"id": "p1-calm-0"})),
    "stable_ids": Fault(clips=by_place),
    "files_below_root": Fault(clips="at home"),
    "fingerprint_stable": Fault(clips=remembering()),
    "labels_in_space": Fault(clips=first_only({"labels": {"emotion": "Calm", "arousal": 0.0}})),
    "classes_used": Fault(
        {"attributes": (Attribute(name="emotion", classes=(*EMOTIONS, "happy")), GOOD.attributes[1])}
    ),
    "groups_meaningful": Fault(clips=changed(lambda path: {"group": path.stem})),
    "folds_work": Fault({"folds": (("p0",), ("p1",), ("p2",), ("p3",), ("p4",))}),
    "audio_readable": Fault(spoil=cut_short),
    "sample_rate": Fault({"sample_rate": 8_000}),
    "segments_inside": Fault(clips=first_only({"start_seconds": 0.05, "end_seconds": 0.2})),
    "generated": Fault({"generated": True}, generate=made(itertools.count())),
}
