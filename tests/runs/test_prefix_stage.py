"""Is what enters a backbone computed once and whole, in the room that it may take?"""

import os
import pickle
import time
from dataclasses import replace

import pytest
from prefix_scenes import CPU, SHARDS, scene_of
from stored_tensors import header_and_tensors

from emobench.features import turns
from emobench.features.extraction import Ear
from emobench.runs.prefix_stage import expected_bytes


@pytest.fixture
def scene(corpus, tmp_path):
    """Makes scenes of tiny models, which share a home."""
    return lambda tiny: scene_of(tiny, corpus, tmp_path)


def contents(scene):
    """What is stored, by file, whatever the order of its header."""
    found = {}
    for path in scene.files():
        header, tensors = header_and_tensors(path)
        found[path.name] = (header, {name: values.tobytes() for name, values in tensors.items()})
    return found


def test_nothing_is_computed_twice(scene, monkeypatch):
    """Once stored, neither another process nor another method computes anything; all that goes between is small."""
    here = scene("wav2vec2")
    store = here.ensure()
    assert sum(here.work.progress.clips) == len(here.clips) == 108
    assert len(here.files()) == len(here.shards) == SHARDS
    monkeypatch.setattr(turns, "load_group", None)  # whoever listens fails
    assert here.ensure() == store == pickle.loads(pickle.dumps(store))
    assert here.work.progress.said == []


def test_a_restart_computes_only_what_is_missing(scene):
    """Killed between two files: what was written stays as it is, and the rest is what an undisturbed run writes."""
    here = scene("wav2vec2")
    here.ensure()
    whole = contents(here)
    lost = here.files()[0]
    lost.unlink()
    here.work.progress.clips.clear()
    here.ensure()
    assert contents(here) == whole
    (own,) = [shard for shard in here.shards if shard.key.startswith(lost.stem)]
    assert sum(here.work.progress.clips) == len(own.clips) < len(here.clips)


def test_a_kill_leaves_no_half_of_a_file(scene, monkeypatch):
    """When a process ends inside its second file, the first is there, whole, and nothing else."""
    here, real, calls = scene("wav2vec2"), turns.load_group, []

    def dying(ear, group):
        calls.append(len(group))
        if sum(calls) > 80:
            raise KeyboardInterrupt
        return real(ear, group)

    monkeypatch.setattr(turns, "load_group", dying)
    with pytest.raises(KeyboardInterrupt):
        here.ensure()
    monkeypatch.undo()
    assert len(here.files()) == 1
    folder = here.files()[0].parent
    assert {path.name for path in folder.iterdir()} == {here.files()[0].name, ".locks"}
    assert here.ensure() is not None


def test_a_damaged_file_is_named_and_computed_again(scene, caplog):
    """A flipped bit is set aside, said with the reason, and what is computed again is as before."""
    here = scene("wav2vec2")
    here.ensure()
    path, before = here.files()[1], contents(here)
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)
    here.ensure()
    (said,) = [line.getMessage() for line in caplog.records if line.levelname == "WARNING"]
    assert here.work.progress.said == [], "it is told once"
    assert "has another digest than its header says" in said
    assert f"{path.name}.damaged-1" in said
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == bytes(data)
    assert contents(here) == before


def test_the_older_backbone_makes_room(scene):
    """Two backbones that do not fit together: the one that was not used for hours leaves, the bound holds."""
    one, two = scene("wav2vec2"), scene("hubert")
    one.ensure()
    first = one.files()
    size = sum(path.stat().st_size for path in first)
    for path in first:
        os.utime(path, (time.time() - 7_200,) * 2)
    most = int(1.5 * size)
    store = two.ensure(most)
    assert store is not None
    assert two.work.progress.said == []
    assert not all(path.exists() for path in first)
    assert sum(path.stat().st_size for path in two.files()) <= most
    assert len(two.source(store).rows) == 108


def test_a_backbone_in_use_keeps_its_room(scene):
    """What another backbone used within the hour stays: the second one hears waveforms, and says so."""
    one, two = scene("wav2vec2"), scene("hubert")
    one.ensure()
    first = one.files()
    assert two.ensure(int(1.5 * sum(path.stat().st_size for path in first))) is None
    assert two.files() == first
    assert len(two.work.progress.said) == 1


def test_a_bound_that_is_too_small_means_waveforms(scene):
    """Nothing is stored, one line says how much is needed and allowed, and the source decodes waveforms."""
    here = scene("wav2vec2")
    store = here.ensure(most=50_000)
    assert store is None
    assert here.files() == []
    (said,) = here.work.progress.said
    assert "hf:tiny/wav2vec2 on toy-corpus" in said
    assert "50.0 kB" in said
    assert here.source(store).batch([0, 5]).waveform.shape[0] == 2


@pytest.mark.parametrize(("tiny", "seconds"), [("wav2vec2", None), ("wav2vec2", 0.12), ("sew", None), ("ast", None)])
def test_the_size_is_foretold(scene, tiny, seconds):
    """What one clip tells about all is never less than what is written, and at most two frames a piece more."""
    here = scene(tiny) if seconds is None else scene(tiny).in_pieces(seconds)
    backbone = here.plan.backbones[here.pair[0]]
    ear = Ear(here.module, backbone, here.plan.reading, "fp32", CPU, 10**6)
    pieces = here.source(here.ensure()).rows
    written = sum(path.stat().st_size for path in here.files())
    frame = 4 * pieces[0].state.shape[2]
    assert written <= expected_bytes(ear, here.clips) <= written + 2 * frame * len(pieces)


def test_slices_share_the_work(scene):
    """Each of two slices begins with shards of its own, and alone finishes them all."""
    here = scene("wav2vec2")
    orders = []
    for index in (1, 2):
        home = here.work.home.with_name(f"home-{index}")
        own = replace(here, work=replace(here.work, home=home, shard=(index, 2)))
        own.ensure()
        orders.append([path.name for path in sorted(own.files(), key=lambda path: path.stat().st_mtime_ns)])
    assert orders[0] == orders[1][::-1]
    assert len(orders[0]) == SHARDS
