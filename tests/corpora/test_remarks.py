"""Is a user told of groups that are none?"""

from pathlib import Path

import pytest
from corpus_toys import Corpus

from emobench.catalog.contracts import Dataset
from emobench.corpora.remarks import lines_about
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import prepare
from emobench.testing.toys import toy_backbone, toy_catalog


@pytest.fixture
def lines_of(tmp_path):
    """What is said of a corpus when it is planned: of its groups only."""
    corpus = Corpus(tmp_path / "corpus")

    def planned(*, alone, limit=None, **card):
        given = [clip.model_copy(update={"group": clip.id} if alone else {}) for clip in corpus.listed]
        changed = Dataset(corpus.dataset.card.model_copy(update=card), clips=lambda _: given)
        catalog = toy_catalog(toy_backbone(), dataset=changed)
        spec = make_spec(backbones=("toy-model",), datasets=("toy-corpus",), limit=limit)
        where = Whereabouts(data={"toy-corpus": corpus.root}, out=Path(tmp_path / "out"), device="cpu", threads=1)
        plan, _ = prepare(spec, where, catalog, Silent(), {"EMOBENCH_HOME": str(tmp_path / "home")})
        return [line for line in lines_about(plan) if "a group of its own" in line]

    return planned


def test_a_group_for_each_clip_is_told(lines_of):
    """Where every clip of a whole corpus is its own group, and groups are people by the card, a plan says so."""
    (line,) = lines_of(alone=True, group_is="speaker")
    assert line.startswith("toy-corpus: a group of its own for each of 18 clips, and its card says that groups are spe")


@pytest.mark.parametrize("honest", [{"alone": False}, {"alone": True, "group_is": "Song"}, {"alone": True, "limit": 3}])
def test_groups_that_may_be_so_are_not(lines_of, honest):
    """Nothing is said of groups with several clips, of recordings, and of a selection, which may hold one of each."""
    assert lines_of(**{"group_is": "speaker", **honest}) == []
