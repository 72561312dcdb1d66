"""How is `fad_bias` run on the toy pair, in a home of its own?"""

from dataclasses import dataclass, field

from pair_bench import DATASETS, PairBench

from emobench.domain.spec import make_spec
from emobench.runs.running import prepare
from emobench.testing.toy_pair import toy_learner, toy_pair_catalog


@dataclass
class BiasBench(PairBench):
    """Runs specs of `fad_bias` on the toy pair; ``heard`` has the number of clips of every batch that is heard."""

    heard: list = field(default_factory=list)

    def __post_init__(self):
        self.catalog = toy_pair_catalog(toy_learner(lambda state: self.heard.append(len(state))))

    def plan(self, where=None, options=None, **spec):
        spec = make_spec(
            **{"task": "fad_bias", "backbones": ("toy-learner",), "datasets": DATASETS, **spec, "options": options}
        )
        lying = {name: self.corpora / name for name in DATASETS if name in spec.datasets}
        env = {"EMOBENCH_HOME": str(self.home)}
        return prepare(spec, where or self.where(data=lying), self.catalog, self.progress, env)
