"""Are evenly spaced frames stored once and whole beside the features, which stay as they were?"""

import json
from dataclasses import dataclass, replace
from math import floor

import numpy as np
import pytest
import torch
from pair_bench import Told
from safetensors import safe_open
from stored_tensors import header_and_tensors

from emobench.audio.decode import load_clip
from emobench.catalog.contracts import AudioBatch
from emobench.domain.canonical import digest
from emobench.domain.stages import STAGES
from emobench.features.store import DamagedShard
from emobench.runs import planning
from emobench.runs.extraction_stage import Workplace, ensure_features, store_of
from emobench.runs.keys import feature_set_key
from emobench.runs.planning import CPU_BATCH_SECONDS, plan_features
from emobench.testing.toys import RATE, ToyModel, toy_backbone, toy_catalog

PAIR = ("toy-model", "toy-corpus")
CLIPS, WIDTH, MOST = 108, 81, 16


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """108 clips are three shards."""
    monkeypatch.setattr(planning, "SHARD_CLIPS", 40)


@dataclass
class Scene:
    """A plan with frames, and where it is carried out; the bench tells what was heard."""

    bench: object
    plan: object
    work: Workplace

    def ensure(self, kind="frames"):
        return ensure_features(self.plan, [PAIR], self.work, kind)

    def store(self, kind="frames"):
        return store_of(self.plan, PAIR, self.work.home, kind)

    def files(self, kind="frames"):
        return sorted((self.work.home / kind).rglob("*.safetensors"))

    def contents(self, kind="frames"):
        """What is stored, by file, but for what it cost."""
        found = {}
        for path in self.files(kind):
            header, tensors = header_and_tensors(path)
            told = {name: text for name, text in header.items() if name != "spent"}
            found[path.name] = (told, {name: values.tobytes() for name, values in tensors.items()})
        return found


def scene_of(bench, most=MOST, **spec):
    """A plan on the toy corpus whose frames are wanted, in the bench's home."""
    plan, device = bench.plan(**spec)
    backbone, dataset = plan.backbones[PAIR[0]], plan.datasets[PAIR[1]]
    features = plan_features(backbone, dataset, plan.reading, plan.spec.precision, CPU_BATCH_SECONDS, most)
    return Scene(bench, replace(plan, frames={PAIR: features}), Workplace(bench.catalog, bench.home, device, Told()))


def elsewhere(scene, name):
    """The same plan in a home of its own."""
    home = scene.work.home.with_name(name)
    return replace(scene, work=replace(scene.work, home=home, progress=Told()))


def naive(scene):
    """All frames by the formula, (layers, clips, 16, width): every clip heard alone, every frame copied alone."""
    clips, module = scene.plan.datasets[PAIR[1]].clips, ToyModel(lambda _: None)
    chosen = np.full((2, len(clips), MOST, WIDTH), np.nan, np.float32)
    for row, planned in enumerate(clips):
        wave = torch.from_numpy(load_clip(planned, RATE, scene.plan.reading))[None]
        features = module(AudioBatch(wave, torch.tensor([wave.shape[1]])))
        for layer in range(2):
            valid = int(features.lengths[layer][0])
            count = min(MOST, valid)
            for place in range(count):
                chosen[layer, row, place] = features.layers[layer][0, floor((place + 0.5) * valid / count)]
    return chosen


def test_frames_are_those_of_every_clip_alone(bench):
    """What is stored is what a loop over clips and frames gives, in the order of the plan, NaN where frames lack."""
    here = scene_of(bench)
    assert here.ensure() == CLIPS == sum(bench.heard)
    expected = naive(here)
    for layer in range(2):
        found = here.store().frames_of(layer)
        assert (found.shape, found.dtype) == ((CLIPS, MOST, WIDTH), np.float32)
        np.testing.assert_allclose(found, expected[layer], rtol=1e-5, atol=1e-6)
    kept = np.isfinite(expected[0, :, :, 0]).sum(axis=1)
    assert kept.min() < MOST == kept.max(), "short and long clips are there, or this would prove little"
    assert len(here.files()) == len(here.plan.frames[PAIR].shards) == 3


def test_nothing_is_heard_twice(bench):
    """A second call computes nothing and touches no file."""
    here = scene_of(bench)
    here.ensure()
    before = {path: path.stat().st_mtime_ns for path in here.files()}
    assert here.ensure() == 0
    assert sum(bench.heard) == CLIPS
    assert {path: path.stat().st_mtime_ns for path in here.files()} == before


def test_features_and_frames_know_nothing_of_each_other(bench):
    """Each lies in a folder of its own and is heard by itself; features are the same bytes, frames or not."""
    here = scene_of(bench)
    alone = elsewhere(here, "alone")
    assert (here.ensure(), here.ensure("features"), alone.ensure("features")) == (CLIPS,) * 3
    assert here.contents("features") == alone.contents("features")
    assert alone.files() == []
    for layer in range(2):
        means = np.nanmean(here.store().frames_of(layer), axis=1)
        short = np.isnan(here.store().frames_of(layer)).any(axis=(1, 2))
        features = here.store("features").layer(layer)
        assert features.shape == (CLIPS, WIDTH)
        np.testing.assert_allclose(means[short], features[short], rtol=1e-4, atol=1e-5)
        assert not np.allclose(means[~short], features[~short], rtol=1e-2)


def test_the_key_of_features_says_nothing_of_frames(bench):
    """What was stored before there were frames is found again: the pooled key is the digest of the same parts."""
    here = scene_of(bench)
    backbone, reading = here.plan.backbones[PAIR[0]], here.plan.reading
    parts = {
        "stages": {"reading": STAGES["reading"], "extraction": STAGES["extraction"]},
        "backbone": {"name": "toy-model", "version": 1, **backbone.identity, "weights": {"digest": None}},
        "numeric": backbone.card.numeric(),
        "reading": {"level": "as_is"},
        "precision": "fp32",
    }
    assert digest(parts) == feature_set_key(backbone, reading, "fp32") == here.plan.features[PAIR].key
    stages = {**parts["stages"], "frames": STAGES["frames"]}
    assert digest({**parts, "stages": stages, "frames": MOST}) == here.plan.frames[PAIR].key


def test_every_number_of_frames_has_a_key_of_its_own(bench):
    """Means, 16 frames and 8 frames differ in the keys of set, clips and shards, and go through in the same batches."""
    here, fewer = scene_of(bench), scene_of(bench, most=8)
    plans = [here.plan.features[PAIR], here.plan.frames[PAIR], fewer.plan.frames[PAIR]]
    assert [plan.frames for plan in plans] == [0, 16, 8]
    assert len({plan.key for plan in plans}) == 3
    assert len({key for plan in plans for key in plan.clip_keys}) == 3 * CLIPS
    assert len({shard.key for plan in plans for shard in plan.shards}) == 9
    assert len({tuple((shard.clips, shard.batches) for shard in plan.shards) for plan in plans}) == 1


@pytest.mark.parametrize("harm", ["flip", "truncate", "empty"])
def test_a_damaged_shard_is_set_aside_and_computed_again(bench, harm, caplog):
    """A shard with flipped, missing or no bytes costs its own clips again, and gives what it gave."""
    here = scene_of(bench)
    here.ensure()
    before, victim = here.contents(), here.files()[1]
    content = victim.read_bytes()
    harmed = {"flip": content[:-5] + bytes([content[-5] ^ 1]) + content[-4:], "truncate": content[:-9], "empty": b""}
    victim.write_bytes(harmed[harm])
    (own,) = [shard for shard in here.plan.frames[PAIR].shards if shard.key.startswith(victim.stem)]
    assert here.ensure() == len(own.clips) < CLIPS
    assert here.contents() == before
    assert victim.with_name(f"{victim.name}.damaged-1").read_bytes() == harmed[harm]
    (said,) = [line.getMessage() for line in caplog.records if line.levelname == "WARNING"]
    assert f"set aside as {victim.name}.damaged-1" in said
    assert here.work.progress.lines == [], "it is told once"


def test_a_shard_of_another_width_is_damaged(bench):
    """A file with the right clips and one vector a clip instead of 16 frames is not believed."""
    here = scene_of(bench)
    store, shard = here.store(), here.plan.frames[PAIR].shards[0]
    store.folder.mkdir(parents=True)
    for width, fits in ((WIDTH, False), (MOST * WIDTH, True)):
        layers = {f"layer.{layer}": np.zeros((len(shard.clips), width), np.float32) for layer in range(2)}
        store.path(shard).write_bytes(store.encoded(shard, layers, {}))
        if fits:
            store.verify(shard)
            continue
        with pytest.raises(DamagedShard, match=r"has shape \(40, 81\) of float32 instead of \(40, 1296\)"):
            store.verify(shard)


def test_an_interrupted_pass_continues_to_the_same_bytes(bench):
    """Stopped inside its second shard and started again, a pass hears only what is missing and stores the same."""
    whole = scene_of(bench)
    whole.ensure()
    heard = []

    def stop(size):
        heard.append(size)
        if sum(heard) > 50:
            raise KeyboardInterrupt

    here = elsewhere(whole, "other")
    stopping = replace(here, work=replace(here.work, catalog=toy_catalog(toy_backbone(stop))))
    with pytest.raises(KeyboardInterrupt):
        stopping.ensure()
    assert len(here.files()) == 1
    (done,) = [shard for shard in here.plan.frames[PAIR].shards if shard.key.startswith(here.files()[0].stem)]
    assert here.ensure() == CLIPS - len(done.clips)
    assert here.contents() == whole.contents()


def test_another_selection_hears_only_what_is_new(bench):
    """Frames of clips that a first look heard are borrowed: every clip passes once, and the bytes are the same."""
    look, here = scene_of(bench, limit=12), scene_of(bench)
    assert look.ensure() == 36
    assert here.ensure() == CLIPS - 36
    assert sum(bench.heard) == CLIPS
    undisturbed = elsewhere(here, "other")
    undisturbed.ensure()
    for layer in range(2):
        expected = undisturbed.store().frames_of(layer)
        assert np.array_equal(here.store().frames_of(layer), expected, equal_nan=True)


def test_frames_of_the_first_layers_are_those_of_the_whole(bench):
    """With `extraction.up_to_layer` the layers that are left have the frames they have in the whole run."""
    whole, first = scene_of(bench), scene_of(bench, options={"extraction.up_to_layer": 0})
    whole.ensure()
    first.ensure()
    assert first.plan.frames[PAIR].key != whole.plan.frames[PAIR].key
    assert np.array_equal(first.store().frames_of(0), whole.store().frames_of(0), equal_nan=True)
    with safe_open(first.store().path(first.plan.frames[PAIR].shards[0]), framework="np") as file:
        assert list(file.keys()) == ["layer.0"]
        assert len(json.loads(file.metadata()["clips"])) == 40
