"""Does it matter in which order, or by whom, the pieces of a run are done?"""

import random

import pytest
from pair_bench import digests
from stored_tensors import header_and_tensors

from emobench.files import sharing
from emobench.runs import extraction_stage, planning, prefix_stage, training_stage, units_stage


@pytest.fixture
def shuffled(monkeypatch):
    """Lets all stages take their pieces in an order drawn with a seed; what is tried too early comes again."""
    monkeypatch.setattr(sharing, "REST_SECONDS", 0.0)

    def shuffle(seed):
        def once_each(pieces, *rest):
            pieces = list(pieces)
            random.Random(seed).shuffle(pieces)
            sharing.once_each(pieces, *rest)

        for stage in (extraction_stage, prefix_stage, training_stage, units_stage):
            monkeypatch.setattr(stage, "once_each", once_each)

    return shuffle


def stored(home):
    """The bytes of everything that was computed, by file; seconds spent are left out."""
    found = {}
    for path in sorted(home.rglob("*.safetensors")):
        header, tensors = header_and_tensors(path)
        header.pop("spent", None)
        found[path.relative_to(home)] = (header, {name: values.tobytes() for name, values in tensors.items()})
    return found


def test_shards_and_units_in_any_order(bench, shuffled, monkeypatch):
    """Shards and units in shuffled orders leave the same bytes in every file, and the same record."""
    monkeypatch.setattr(planning, "SHARD_CLIPS", 20)
    result, first = digests(bench.run()), stored(bench.home)
    assert len([path for path in first if path.parts[0] == "features"]) >= 5
    for seed in (1, 2):
        bench.home, bench.out = bench.home.with_name(f"home-{seed}"), bench.out.with_name(f"out-{seed}")
        shuffled(seed)
        assert digests(bench.run()) == result
        assert stored(bench.home) == first


def test_trainings_in_any_order(pair, whole, shuffled):
    """Trainings in a shuffled order, second stages tried before their first ones, leave the same bytes."""
    shuffled(3)
    assert digests(pair.run(folds=(0,))) == digests(whole[1])
    assert stored(pair.home) == stored(whole[0].home)
    assert len(pair.trained) == 6
