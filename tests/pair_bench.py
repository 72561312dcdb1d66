"""How is a spec run on the toy pair, in a home of its own, with every training told?"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs import training_files
from emobench.runs.running import carry_out, prepare, require_success
from emobench.runs.unit_store import UnitStore
from emobench.testing.toy_pair import toy_pair_catalog, write_toy_pair

DATASETS = ("toy-talk", "toy-song")
SMALL = {"train.epochs": 2, "train.batch": 8, "lora.rank": 2, "bottleneck.width": 4}


class Told(Silent):
    """Keeps what is said."""

    def __init__(self):
        self.lines = []

    def say(self, message):
        self.lines.append(message)


@dataclass
class PairBench:
    """Runs specs on the toy pair; ``trained`` lists the part of every training that was begun, in order.

    ``stop_at``: the training, counted from 1, at whose beginning a KeyboardInterrupt is raised.
    """

    corpora: Path
    home: Path
    out: Path
    catalog: object = field(default_factory=toy_pair_catalog)
    trained: list = field(default_factory=list)
    stop_at: int | None = None
    progress: Told = field(default_factory=Told)

    def elsewhere(self, name):
        """A bench with a home and a count of its own."""
        return replace(
            self, home=self.home.with_name(f"home-{name}"), out=self.out.with_name(f"out-{name}"), trained=[]
        )

    def where(self, **changes):
        places = {"data": {name: self.corpora / name for name in DATASETS}, "out": self.out}
        return Whereabouts.model_validate({**places, "device": "cpu", "threads": 1, **changes})

    def plan(self, where=None, options=None, **spec):
        asked = {"task": "cross_domain", "backbones": ("toy-learner",), "datasets": DATASETS, **spec}
        asked = {"peft": ("frozen", "lora"), "seeds": 1, **asked}
        names = {part for name in asked["peft"] or () for part in name.split("+")} | {"train"}
        small = {key: value for key, value in SMALL.items() if key.partition(".")[0] in names}
        spec = make_spec(**asked, options={**small, **(options or {})})
        env = {"EMOBENCH_HOME": str(self.home)}
        lying = {name: self.corpora / name for name in DATASETS if name in spec.datasets}
        return prepare(spec, where or self.where(data=lying), self.catalog, self.progress, env)

    def run(self, where=None, **spec):
        where = where or self.where()
        plan, device = self.plan(where, **spec)
        env = {"EMOBENCH_HOME": str(self.home)}
        before, training_files.run_training = training_files.run_training, self._counted(training_files.run_training)
        try:
            result = carry_out(plan, device, where, self.catalog, self.progress, ["run"], env)
        finally:
            training_files.run_training = before
        require_success(result)
        return result

    def record(self, **spec):
        """The path and the record of a run that gives one."""
        ((path, record),) = self.run(**spec).records
        return path, record

    def _counted(self, run_training):
        def counted(plan, unit, *rest):
            if self.stop_at == len(self.trained) + 1:
                self.stop_at = None
                raise KeyboardInterrupt
            self.trained.append(unit.part)
            return run_training(plan, unit, *rest)

        return counted

    @property
    def store(self):
        return UnitStore(self.home / "units")


def digests(result):
    """What must not differ: found, and the digest of predictions, by record."""
    return {path.name: (record.found_digest, record.predictions_digest) for path, record in result.records}


def rows(record, **fields):
    """The score rows with these fields, as plain mappings."""
    data = json.loads(record.model_dump_json(by_alias=True))["found"]["scores"]
    return [row for row in data if all(row[name] == value for name, value in fields.items())]


@pytest.fixture(scope="session")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy-pair")
    write_toy_pair(folder)
    return folder


@pytest.fixture
def pair(corpora, tmp_path):
    return PairBench(corpora, tmp_path / "home", tmp_path / "out")


@pytest.fixture(scope="session")
def whole(corpora, tmp_path_factory):
    """An undisturbed run of `frozen` and `lora` on fold 0: its bench, and what it gave."""
    folder = tmp_path_factory.mktemp("whole")
    pair = PairBench(corpora, folder / "home", folder / "out")
    return pair, pair.run(folds=(0,))
