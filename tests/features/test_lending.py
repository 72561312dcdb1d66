"""What do shards of one selection lend to another, and how often is a file looked at?"""

import numpy as np
import pytest

from emobench.domain.plan import FeaturePlan, ShardPlan
from emobench.features.lending import Lender
from emobench.features.store import FeatureStore
from emobench.testing.toys import MODEL

WIDTH = MODEL.layers[0].width


def store_of(root, *shards):
    """The store of a plan whose shards hold clips with these keys."""
    keys = [key for shard in shards for key in shard]
    places = iter(range(len(keys)))
    plans = tuple(ShardPlan("".join(shard), tuple(next(places) for _ in shard), (len(shard),)) for shard in shards)
    return FeatureStore(root, FeaturePlan("a" * 64, "toy-model", "toy-corpus", tuple(keys), plans, 1), MODEL)


def fill(store):
    """Write all shards; the vectors of a clip are the number of its letter, in layer 1 a hundred more."""
    store.folder.mkdir(parents=True, exist_ok=True)
    for shard in store.plan.shards:
        rows = np.array([[ord(key)] * WIDTH for key in store.keys(shard)], dtype=np.float32)
        store.path(shard).write_bytes(store.encoded(shard, {"layer.0": rows, "layer.1": rows + 100}, {}))


def lent(lender, shard):
    return {place: (float(first[0]), float(second[0])) for place, (first, second) in lender.lend(shard).items()}


def test_what_others_hold_is_lent(tmp_path):
    """Rows of clips that another selection computed come with their places in the shard, all layers of them."""
    fill(store_of(tmp_path, "ab", "cd"))
    store = store_of(tmp_path, "xbc", "yz")
    lender = Lender(store)
    assert lent(lender, store.plan.shards[0]) == {1: (98, 198), 2: (99, 199)}
    assert lent(lender, store.plan.shards[1]) == {}


def test_shards_of_one_plan_lend_nothing_to_each_other(tmp_path):
    """The same audio twice in a corpus is heard twice, or its rows would depend on the order of the shards."""
    store = store_of(tmp_path, "ab", "ca")
    fill(store)
    assert lent(Lender(store), store.plan.shards[1]) == {}


def test_files_that_come_later_lend_too(tmp_path):
    """A process that computes another selection meanwhile is noticed at the next shard."""
    store = store_of(tmp_path, "ax", "bx")
    lender = Lender(store)
    assert lent(lender, store.plan.shards[0]) == {}
    fill(store_of(tmp_path, "b"))
    assert lent(lender, store.plan.shards[1]) == {0: (98, 198)}


@pytest.mark.parametrize("harm", [lambda data: data[:50], lambda data: data[:-1] + bytes([data[-1] ^ 1])])
def test_damaged_files_lend_nothing(tmp_path, harm):
    """Neither a file that cannot be read nor one whose numbers have another digest."""
    other = store_of(tmp_path, "ab")
    fill(other)
    path = other.path(other.plan.shards[0])
    path.write_bytes(harm(path.read_bytes()))
    store = store_of(tmp_path, "axy")
    assert lent(Lender(store), store.plan.shards[0]) == {}


def test_every_file_is_looked_at_once(tmp_path, monkeypatch):
    """The clips of a file are read once, however many shards ask: a large corpus has thousands of them."""
    fill(store_of(tmp_path, *"abcd"))
    store = store_of(tmp_path, *("ax", "bx", "cx"))
    looked, real = [], FeatureStore.clips_of
    monkeypatch.setattr(FeatureStore, "clips_of", lambda self, path: looked.append(path) or real(self, path))
    lender = Lender(store)
    for shard in store.plan.shards:
        lender.lend(shard)
    assert len(looked) == len(set(looked)) == 4
