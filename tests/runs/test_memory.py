"""Does a run whose batches do not fit end with a budget, with which the same command goes on to the same record?"""

import re
import shutil
from dataclasses import replace

import pytest
import torch

from emobench.domain.errors import EmobenchError
from emobench.testing.toys import MODEL, RATE, ToyModel, toy_backbone, toy_catalog

ROOM = RATE // 2  # samples that go through at once; the longest clip has 0.3 s


class Cramped(ToyModel):
    """The toy model on a device with room for half a second, padding included."""

    def forward(self, audio):
        if audio.waveform.numel() > ROOM:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return super().forward(audio)


def cramped(heard=lambda _: None, card=MODEL):
    return toy_catalog(replace(toy_backbone(card=card), load=lambda card, files: Cramped(heard)))


def test_the_run_goes_on_with_the_budget_that_is_named(bench, tmp_path):
    """Exit code 1 and a budget; with it every clip passes once, and the record is that of a machine with room."""
    roomy = bench.run().records[0][1]
    bench.home, bench.out, heard = tmp_path / "other-home", tmp_path / "other-out", []
    bench.catalog = cramped(heard.append)
    with pytest.raises(EmobenchError) as caught:
        bench.run()
    assert caught.value.exit_code == 1
    (budget,) = re.findall(r"--batch-seconds ([\d.]+) passes here", str(caught.value))
    assert not list((bench.home / "features").rglob("*.safetensors"))
    heard.clear()
    ((_, record),) = bench.run(where=bench.where(batch_seconds=float(budget))).records
    assert sum(heard) == 108
    assert (record.key, record.found.headline) == (roomy.key, roomy.found.headline)


def test_what_is_finished_stays(bench, monkeypatch):
    """Shards that another device had finished are not heard again with the budget that fits this one."""
    monkeypatch.setattr("emobench.runs.planning.SHARD_CLIPS", 40)
    bench.run()
    shards = sorted((bench.home / "features").glob("toy-model-*/*.safetensors"))
    kept = {path: path.stat().st_mtime_ns for path in shards[1:]}
    shards[0].unlink()
    shutil.rmtree(bench.home / "units")
    bench.catalog = cramped(bench.heard.append)
    with pytest.raises(EmobenchError, match="too small for what goes through 'toy-model'"):
        bench.run()
    bench.heard.clear()
    bench.run(where=bench.where(batch_seconds=0.5))
    assert sum(bench.heard) in (40, 28)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_budget_is_in_the_plan_and_in_no_key(bench):
    """`batch_seconds` cuts the same shards into other batches, none of which takes more than it, but for one clip."""
    (usual, _), (small, _) = bench.plan(), bench.plan(where=bench.where(batch_seconds=0.6))
    (usual_features,), (small_features,) = usual.features.values(), small.features.values()
    assert small_features.most_samples == int(0.6 * RATE)
    assert [unit.key for unit in usual.units] == [unit.key for unit in small.units]
    assert usual_features.clip_keys == small_features.clip_keys
    assert [(shard.key, shard.clips) for shard in usual_features.shards] == [
        (shard.key, shard.clips) for shard in small_features.shards
    ]
    assert max(max(shard.batches) for shard in small_features.shards) <= 6
    tiny, _ = bench.plan(where=bench.where(batch_seconds=0.01))
    assert {size for shard in next(iter(tiny.features.values())).shards for size in shard.batches} == {1}
