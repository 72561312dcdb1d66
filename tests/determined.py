"""What does a run leave that has to be the same again, and how far from it is another run?"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import soundfile
from stored_tensors import header_and_tensors

from emobench.backbones import logmel
from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.contracts import Dataset
from emobench.catalog.discovery import PluginModule, installed
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import carry_out, prepare
from emobench.testing.tiny_models import write_tiny
from emobench.testing.toys import CLASSES, CORPUS, RATE, toy_clips

PEOPLE, CLIPS = 6, 2  # of every class
CARD = CORPUS.model_copy(update={"expected_clips": PEOPLE * len(CLASSES) * CLIPS})
# Group norm over time, gated relative positions, batches of one length, fixed windows; and a front end of the core.
FAMILIES = ("hubert", "wavlm", "sew", "ast")
BACKBONES = (*(f"hf:tiny/{name}" for name in FAMILIES), logmel.CARD.name)
KEYS = ("layer", "view", "fold", "clip")


def write_corpus(folder: Path) -> Path:
    """36 tones in noise, 0.2 to 1.4 s long, pairs of equal length; pitch and level lean on the class."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    for person in range(PEOPLE):
        for place, name in enumerate(CLASSES):
            for number in range(CLIPS):
                time = np.arange(int((0.2 + 0.15 * rng.integers(0, 9)) * RATE)) / RATE
                hertz = 300 + 250 * place + rng.normal(0, 60)
                wave = (0.1 + 0.05 * place) * np.sin(2 * np.pi * hertz * time) + rng.normal(0, 0.05, len(time))
                soundfile.write(folder / f"p{person}-{name}-{number}.wav", wave, RATE, subtype="PCM_16")
    return folder


def write_models(folder: Path) -> dict[str, Path]:
    """Tiny models of the families, as they are published; name -> folder."""
    return {f"hf:tiny/{name}": write_tiny(folder / name, name) for name in FAMILIES}


def catalog_of(listed=lambda clips: clips) -> Catalog:
    """All that is built in, and the corpus, whose clips come in the order that ``listed`` gives them."""

    class Plugin:
        @hookimpl
        def emobench_datasets(self) -> Iterable[Dataset]:
            yield Dataset(CARD, clips=lambda root: listed(list(toy_clips(root))))

    modules, broken = installed()
    return build_catalog([*modules, PluginModule("toys", Plugin(), "toys 1.0")], broken)


@dataclass
class Place:
    """A home, where records go, and what is run there; every change stands in the arguments of `run`."""

    root: Path
    corpus: Path
    weights: dict[str, Path] = field(default_factory=dict)
    backbones: tuple[str, ...] = BACKBONES
    catalog: Catalog = field(default_factory=catalog_of)
    options: dict = field(default_factory=lambda: {"layerwise.statements": False})

    def run(self, *, precision: str = "fp32", limit: int | None = None, options: dict | None = None, **where):
        """Run layerwise; gives the records by backbone, with their tables."""
        spec = make_spec(
            backbones=self.backbones, datasets=(CARD.name,), precision=precision, limit=limit,
            options={**self.options, **(options or {})},
        )  # fmt: skip
        places = {"data": {CARD.name: self.corpus}, "weights": self.weights, "out": self.root / "out"}
        where = Whereabouts.model_validate({**places, "device": "cpu", "threads": 1, **where})
        env = {"EMOBENCH_HOME": str(self.root / "home")}
        self.plan, device = prepare(spec, where, self.catalog, Silent(), env)
        result = carry_out(self.plan, device, where, self.catalog, Silent(), ["run"], env)
        self.passed = result.clips_passed
        self.records = {record.asked["backbone"]: (path, record) for path, record in result.records}
        return self

    def tensors(self) -> dict[str, dict[str, tuple]]:
        """Every stored file by its place below the home, its tensors as bytes with type and shape."""
        return tensors_below(self.root / "home")

    def found(self) -> dict[str, tuple[str, str, str]]:
        """Of every record: its key, and the digests of what was found and predicted."""
        return {
            name: (record.key, record.found_digest, record.predictions_digest)
            for name, (_, record) in self.records.items()
        }

    def keys(self) -> dict:
        """All that decides what is compared with what: keys of clips, shards, units and records, folds, splits."""
        plan = self.plan
        return {
            "clips": {pair: features.clip_keys for pair, features in plan.features.items()},
            "shards": {pair: [shard.key for shard in features.shards] for pair, features in plan.features.items()},
            "units": [unit.key for unit in plan.units],
            "splits": {name: (dict(split.fold_of), split.digest) for name, split in plan.splits.items()},
            "records": {name: record.key for name, (_, record) in self.records.items()},
        }

    def features(self) -> dict[tuple[str, str], list[np.ndarray]]:
        """Per backbone and clip key, all layers."""
        found = {}
        for (backbone, _), planned in self.plan.features.items():
            for path in (self.root / "home" / "features").rglob("*.safetensors"):
                header, tensors = header_and_tensors(path)
                for row, key in enumerate(json.loads(header["clips"])):
                    if key in planned.clip_keys:
                        layers = [tensors[f"layer.{layer}"][row] for layer in range(len(tensors))]
                        found[backbone, key] = layers
        return found

    def decisions(self) -> dict[str, dict[tuple, str]]:
        """Per backbone, what was predicted for every test clip by every layer and view."""
        found = {}
        for name, (path, _) in self.records.items():
            rows = [row for row in pq.read_table(path.with_suffix(".parquet")).to_pylist() if row["split"] == "test"]
            found[name] = {tuple(row[key] for key in KEYS): row["prediction"] for row in rows}
            assert len(found[name]) == len(rows) > 0
        return found

    def choices(self) -> dict[str, list[tuple]]:
        """Per backbone, the layer and strength that were chosen for every fold."""
        return {
            name: [
                (row["method"], row["fold"], row["layer"], row["strength"])
                for row in record.found.choices
                if row["chosen"]
            ]
            for name, (_, record) in self.records.items()
        }


def tensors_below(home: Path) -> dict[str, dict[str, tuple]]:
    """Every file of tensors by its place below a folder: name -> type, shape and bytes."""
    return {
        path.relative_to(home).as_posix(): {
            name: (values.dtype.str, values.shape, values.tobytes())
            for name, values in header_and_tensors(path)[1].items()
        }
        for path in sorted(home.rglob("*.safetensors"))
    }


def largest_deviation(one: Place, other: Place) -> float:
    """The largest distance of a clip's features in a layer, relative to their norm, over backbones, clips, layers."""
    mine, theirs = one.features(), other.features()
    assert mine.keys() == theirs.keys()
    return max(
        float(np.linalg.norm(here - there) / np.linalg.norm(there))
        for key, layers in mine.items()
        for here, there in zip(layers, theirs[key], strict=True)
    )


def share_of_equal_decisions(one: Place, other: Place) -> dict[str, float]:
    """Per backbone, the share of test predictions that are the same in both."""
    mine, theirs = one.decisions(), other.decisions()
    assert {name: rows.keys() for name, rows in mine.items()} == {name: rows.keys() for name, rows in theirs.items()}
    return {name: float(np.mean([rows[key] == theirs[name][key] for key in rows])) for name, rows in mine.items()}
