"""Does the store of what enters give back what was written, notice damage, and stay within its bound?"""

import os
import time
from dataclasses import replace

import pytest
import torch
from safetensors.numpy import save_file
from stored_tensors import header_and_tensors

from emobench.catalog.contracts import Entered
from emobench.domain.plan import FeaturePlan, ShardPlan
from emobench.features.prefix_store import NoRoom, PrefixStore, encoded, shards_of
from emobench.features.store import DamagedShard
from emobench.files.atomic import once

CLIPS = 150
KEYS = tuple(f"{number:064x}" for number in range(CLIPS))
HOURS = 3600


@pytest.fixture
def features():
    """150 clips in shards of 100 and 50, whose batches do not end where files of 64 do."""
    order = tuple(int(place) for place in torch.randperm(CLIPS, generator=torch.Generator().manual_seed(1)))
    shards = (ShardPlan("a", order[:100], (30, 30, 30, 10)), ShardPlan("b", order[100:], (50,)))
    return FeaturePlan("f" * 64, "hf:org/model", "toys", KEYS, shards, 1_000)


@pytest.fixture
def store(tmp_path):
    return PrefixStore(tmp_path / "prefixes", "hf:org/model", "f" * 64, 10**9)


def rows_of_clip(clip, below=2):
    """Pieces of a clip, by its number: every fifth clip has three."""
    draw = torch.Generator().manual_seed(clip)
    return [
        Entered(
            torch.randn(1, 1 + (clip + piece) % 4, 6, generator=draw),
            torch.tensor([100 * clip + piece]),
            below=tuple(torch.randn(1, 3 + layer, generator=draw) for layer in range(below)),
        )
        for piece in range(3 if clip % 5 == 0 else 1)
    ]


def keys_of(shard):
    return [KEYS[clip] for clip in shard.clips]


def fill(store, shards, hours_ago=0.0):
    """Write shards, last used so many hours ago; their paths."""
    for shard in shards:
        rows = [rows_of_clip(clip) for clip in shard.clips]
        once(store.path(shard), lambda file, shard=shard, rows=rows: store.write(file, keys_of(shard), rows))
        used(store.path(shard), hours_ago)
    return [store.path(shard) for shard in shards]


def used(path, hours_ago):
    os.utime(path, (time.time() - hours_ago * HOURS,) * 2)


def bytes_below(root):
    return sum(path.stat().st_size for path in root.glob("*/*") if path.is_file())


def other(store, letter, most=None):
    """The store of another backbone in the same folder."""
    return replace(store, backbone=letter, key=letter * 64, most_bytes=most or store.most_bytes)


def test_files_hold_64_clips_of_the_plan_in_its_order(features):
    """Every clip is in one file, in the plan's order, at most 64 together, and no batch of the plan grows."""
    shards = shards_of(features)
    assert [len(shard.clips) for shard in shards] == [64, 36, 50]
    assert [clip for shard in shards for clip in shard.clips] == [c for shard in features.shards for c in shard.clips]
    assert [shard.batches for shard in shards] == [(30, 30, 4), (26, 10), (50,)]
    assert len({shard.key for shard in shards}) == 3


@pytest.mark.parametrize("below", [0, 2])
def test_rows_come_back_bit_by_bit_in_the_order_of_the_plan(store, features, below):
    """Every piece of every clip, its samples and the layers below it are what was written, clip 0 first."""
    shards = shards_of(features)
    for shard in shards:
        data = encoded(keys_of(shard), [rows_of_clip(clip, below) for clip in shard.clips])
        once(store.path(shard), lambda file, data=data: file.write_bytes(data) and None)
        store.verify(shard)
    found, expected = store.rows(shards), [piece for clip in range(CLIPS) for piece in rows_of_clip(clip, below)]
    assert len(found) == len(expected)
    for row, truth in zip(found, expected, strict=True):
        assert row.state.dtype == torch.float32
        assert torch.equal(row.state, truth.state)
        assert torch.equal(row.samples, truth.samples)
        assert len(row.below) == below
        assert all(torch.equal(*layers) for layers in zip(row.below, truth.below, strict=True))


def test_what_is_open_can_be_read_after_it_was_deleted(store, features):
    """Rows that somebody holds stay readable when another process makes room."""
    shards = shards_of(features)
    paths = fill(store, shards)
    rows = store.rows(shards)
    for path in paths:
        path.unlink()
    assert torch.equal(rows[-1].state, rows_of_clip(CLIPS - 1)[-1].state)
    with pytest.raises(DamagedShard, match="cannot be read"):
        store.rows(shards)


def flip(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def relabel(path):
    """The clips of another place, tensors and digest as they were."""
    header, tensors = header_and_tensors(path)
    save_file(tensors, path, {**header, "clips": '["0"]'})


def recount(path):
    """As many pieces, shared out among the clips in another way."""
    header, tensors = header_and_tensors(path)
    save_file(tensors, path, {**header, "pieces": header["pieces"].replace("3", "2", 1).replace("1", "2", 1)})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (flip, "another digest"),
        (cut, "cannot be read"),
        (relabel, "other clips"),
        (recount, "another digest"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
    ],
)
def test_damage_is_noticed(store, features, harm, message):
    """One bit, a lost byte, other clips, other pieces, nothing at all: verifying says what is wrong."""
    shard = shards_of(features)[0]
    (path,) = fill(store, [shard])
    store.verify(shard)
    harm(path)
    with pytest.raises(DamagedShard, match=message):
        store.verify(shard)


def test_the_longest_unused_of_other_backbones_leave_first(store, features):
    """Room for a file is made of other keys' oldest files, one by one and no more than needed; its own come last."""
    shard, *rest = shards_of(features)
    old, older, own = other(store, "b"), other(store, "c"), store
    (own_path,) = fill(own, rest[:1], hours_ago=9)
    (old_path,), (older_path,) = fill(old, [shard], hours_ago=2), fill(older, [shard], hours_ago=3)
    size = old_path.stat().st_size
    full = replace(store, most_bytes=bytes_below(store.root) + 10)
    assert full.make_room(10)
    assert all(path.exists() for path in (own_path, old_path, older_path))
    assert full.make_room(size)
    assert [path.exists() for path in (own_path, old_path, older_path)] == [True, True, False]
    assert full.make_room(2 * size + 10)
    assert [path.exists() for path in (own_path, old_path)] == [True, False]
    assert full.make_room(full.most_bytes)
    assert not own_path.exists()


@pytest.mark.parametrize(
    "use",
    [
        lambda store, shard: used(store.path(shard), 0.9),
        lambda store, shard: store.verify(shard),
        lambda store, shard: store.rows([shard]),
    ],
)
def test_what_was_used_within_the_hour_stays(store, features, use):
    """A file of another backbone that was written, verified or opened within the hour makes no room."""
    shard, neighbour = shards_of(features)[0], other(store, "b")
    (path,) = fill(neighbour, [shard], hours_ago=5)
    use(neighbour, shard)
    full = replace(store, most_bytes=path.stat().st_size + 5)
    assert not full.make_room(10)
    assert path.exists()
    used(path, 1.1)
    assert full.make_room(10)


def test_what_is_to_be_kept_stays(store, features):
    """Files that the caller is about to read make no room for each other."""
    kept, idle = fill(store, shards_of(features)[:2], hours_ago=5)
    assert replace(store, most_bytes=bytes_below(store.root)).make_room(10, keep=[kept])
    assert (kept.exists(), idle.exists()) == (True, False)


def test_what_does_not_fit_deletes_nothing_and_is_not_written(store, features):
    """A file that is larger than the bound is refused, and nobody else's file is lost for it."""
    first, second, _ = shards_of(features)
    (path,) = fill(other(store, "b"), [first], hours_ago=5)
    small = replace(store, most_bytes=path.stat().st_size // 4)
    with pytest.raises(NoRoom):
        fill(small, [second])
    assert path.exists()
    assert not small.path(second).exists()


def test_the_bound_holds_after_every_file(store, features):
    """However many backbones are stored one after the other, the folder never holds more than it may."""
    shards = shards_of(features)
    fill(store, shards)
    most = int(bytes_below(store.root) * 1.4)
    for path in store.folder.glob("*.safetensors"):
        used(path, 2)
    for letter in "bcd":
        mine = other(store, letter, most)
        for shard in shards:
            fill(mine, [shard], hours_ago=1.5)
            assert bytes_below(store.root) <= most
        assert all(mine.path(shard).exists() for shard in shards)
