"""How does a test make a small corpus of chosen files, bounds, labels and groups?"""

import os
from dataclasses import dataclass, field

import numpy as np
import soundfile

from emobench.catalog.contracts import Dataset
from emobench.domain.clip import Clip
from emobench.testing.toys import CORPUS, toy_backbone, toy_catalog

RATE = 16_000
NAMES = ("calm", "angry", "happy")


def tone(seconds=0.6, seed=0, rate=RATE):
    """A sound like no other of another seed, (samples,)."""
    draw = np.random.default_rng(seed)
    return 0.3 * np.sin(np.cumsum(0.1 * draw.standard_normal(int(seconds * rate)))) + 0.1


@dataclass
class Corpus:
    """A folder that is filled clip by clip; three groups, three classes, two clips each, all different and good."""

    root: object
    folds: object = 3
    listed: list = field(default_factory=list)

    def __post_init__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        for group in range(3):
            for place, name in enumerate(NAMES):
                for number in range(2):
                    seed = 100 * group + 10 * place + number
                    self.add(f"g{group}-{name}-{number}", tone(seed=seed), group=f"g{group}", emotion=name)

    def add(self, name, samples=None, *, group="g0", emotion="calm", start=0.0, end=None, file=None, rate=RATE, **how):
        """Write samples to a file of its own (or take part of an earlier one), and list a clip of it."""
        path = self.root / (file or f"{name}.wav")
        if samples is not None:
            soundfile.write(os.fsencode(path), samples, rate, **how)
        labels = {"emotion": emotion, "arousal": 0.0}
        self.listed.append(
            Clip(id=name, path=path, group=group, labels=labels, start_seconds=start, end_seconds=end)
        )  # fmt: skip
        return path

    @property
    def dataset(self):
        """The corpus as a plugin offers it."""
        card = CORPUS.model_copy(update={"expected_clips": len(self.listed), "folds": self.folds})
        return Dataset(card, clips=lambda _: list(self.listed))

    def catalog(self, *backbones):
        """A catalog of it and the toy model."""
        return toy_catalog(*(backbones or (toy_backbone(),)), dataset=self.dataset)
