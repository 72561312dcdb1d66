"""A toy corpus, and a way to run a spec on it in a home of its own."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pair_bench import corpora, pair, whole  # noqa: F401 - fixtures of the tests of pairs
from synthetic_cli import emobench, home  # noqa: F401 - fixtures: pytest finds them in this module

from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import carry_out, prepare, require_success
from emobench.testing.toys import toy_backbone, toy_catalog, write_toy_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy-corpus")
    write_toy_corpus(folder)
    return folder


@dataclass
class Bench:
    """Runs specs on the toy corpus; ``heard`` lists the sizes of all batches that went through the model."""

    corpus: Path
    home: Path
    out: Path
    heard: list = field(default_factory=list)
    catalog: object = None

    def __post_init__(self):
        self.catalog = self.catalog or toy_catalog(toy_backbone(self.heard.append))

    def where(self, **changes):
        places = {"data": {"toy-corpus": self.corpus}, "out": self.out, "device": "cpu", "threads": 1}
        return Whereabouts.model_validate({**places, **changes})

    def plan(self, where=None, **spec):
        spec = make_spec(**{"backbones": ("toy-model",), "datasets": ("toy-corpus",), **spec})
        env = {"EMOBENCH_HOME": str(self.home)}
        return prepare(spec, where or self.where(), self.catalog, Silent(), env)

    def run(self, where=None, **spec):
        where = where or self.where()
        plan, device = self.plan(where, **spec)
        env = {"EMOBENCH_HOME": str(self.home)}
        result = carry_out(plan, device, where, self.catalog, Silent(), ["run"], env)
        require_success(result)
        return result


@pytest.fixture
def bench(corpus, tmp_path):
    return Bench(corpus, tmp_path / "home", tmp_path / "out")
