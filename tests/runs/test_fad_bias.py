"""Does a run of `fad_bias` hold the emotions of the toy pair apart, once, and record what follows from its matrices?"""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from bias_bench import BiasBench
from pair_bench import digests, rows
from threadpoolctl import threadpool_info

from emobench.domain.cards import Attribute
from emobench.runs.bias_stage import one_thread_each, scene_for
from emobench.runs.extraction_stage import store_of
from emobench.runs.record_store import read_record
from emobench.tasks.bias_layer import measure
from emobench.tasks.bias_table import from_table
from emobench.tasks.fad_bias_scores import score

EMOTIONS = ("calm", "angry", "happy")


@pytest.fixture(scope="module")
def bias(corpora, tmp_path_factory):
    """An undisturbed run with frames: its bench, and what it gave."""
    folder = tmp_path_factory.mktemp("bias")
    bench = BiasBench(corpora, folder / "home", folder / "out")
    return bench, bench.run(options={"fad_bias.view": "frames"})


@pytest.fixture
def fresh(corpora, tmp_path):
    return BiasBench(corpora, tmp_path / "home", tmp_path / "out")


def test_the_record_says_what_was_compared(bias):
    """Shared emotions and people only: what one lacks is dropped and counted, and there are no folds."""
    _, result = bias
    ((path, record),) = result.records
    used = record.used
    assert tuple(used["attribute"]["classes"]) == EMOTIONS
    assert used["pair"]["dropped"] == {"toy-talk": {"bored": 20, "people": 6}, "toy-song": {}}
    assert used["pair"]["common_people"] == 9
    assert "split" not in used
    assert all("fold" not in facts for facts in used["datasets"]["toy-talk"]["groups"].values())
    assert record.asked["datasets"] == ["toy-talk", "toy-song"]
    assert sorted(file.suffixes for file in path.parent.iterdir()) == [
        [".json"],
        [".layers", ".svg"],
        [".parquet"],
        [".svg"],
    ]


def test_every_number_follows_from_the_matrices(bias):
    """Whoever holds a record and the table beside it gets the same scores, intervals and headline."""
    _, result = bias
    ((path, record),) = result.records
    attribute = Attribute.model_validate(record.used["attribute"])
    distances = from_table(pq.read_table(path.with_suffix(".parquet")), attribute)
    again = score(distances, [])
    told = json.loads(record.model_dump_json(by_alias=True))["found"]
    for field in ("headline", "scores"):
        expected = json.loads(again.model_dump_json(by_alias=True))[field]
        expected = [expected] if field == "headline" else expected
        found = [told[field]] if field == "headline" else told[field]
        assert len(expected) == len(found)
        for ours, theirs in zip(expected, found, strict=True):
            assert ours.keys() == theirs.keys()
            for name, value in ours.items():
                close = isinstance(value, float) and np.isclose(value, theirs[name], rtol=1e-5)
                assert close or value == theirs[name], (name, ours, theirs)


def test_matrices_are_those_of_the_stored_features(bias):
    """The matrices of a layer are what `measure` makes of its pooled features, first dataset first."""
    bench, result = bias
    ((path, record),) = result.records
    plan, _ = bench.plan(options={"fad_bias.view": "frames"})
    features = [store_of(plan, ("toy-learner", name), bench.home).layer(1) for name in plan.the_bias.datasets]
    arrays = measure(scene_for(plan)[0], np.concatenate(features))
    attribute = Attribute.model_validate(record.used["attribute"])
    kept = from_table(pq.read_table(path.with_suffix(".parquet")), attribute).arrays["1"]
    assert arrays.keys() == kept.keys()
    for name, values in arrays.items():
        np.testing.assert_allclose(kept[name], values, rtol=1e-6, err_msg=name)


def test_each_clip_is_heard_once_for_means_and_once_for_frames(bias):
    """A clip passes once for its mean and once for its frames; asked again, it passes no more."""
    bench, _ = bias
    assert sum(bench.heard) == 2 * (54 + 54)
    before = len(bench.heard)
    bench.run(options={"fad_bias.view": "frames"})
    bench.run()
    assert len(bench.heard) == before


def test_frames_add_rows_and_change_none(bias, fresh):
    """A record with frames holds every row of one without, equal, and FAD on frames beside them."""
    ((_, with_frames),) = bias[1].records
    ((_, without),) = fresh.run().records
    clips = rows(with_frames, view="clips")
    assert clips == rows(without, view="clips")
    assert rows(without, view="frames") == []
    assert {row["metric"] for row in rows(with_frames, view="frames")} >= {"fad", "fad_inf", "fad_inf_r2"}
    assert all(row["value"] is None for row in clips if row["metric"] == "fad_inf")
    assert any("FAD-inf" in note for note in without.found.notes)


def test_a_pair_has_no_order(bias, fresh):
    """Speech stands first in the record, whichever dataset is named first."""
    ((path, _),) = fresh.run(options={"fad_bias.view": "frames"}, datasets=("toy-song", "toy-talk")).records
    assert path.name == bias[1].records[0][0].name


def test_slices_share_the_work(bias, fresh):
    """Two slices, one after the other, give the digests of an undisturbed run; the record comes with the last."""
    spec = {"options": {"fad_bias.view": "frames"}}
    assert fresh.run(where=fresh.where(shard=(1, 2)), **spec).records == ()
    assert digests(fresh.run(where=fresh.where(shard=(2, 2)), **spec)) == digests(bias[1])


def test_a_damaged_unit_is_measured_again(fresh):
    """A unit whose file was damaged is set aside and measured anew, and the record's digests stay."""
    first = fresh.run()
    plan, _ = fresh.plan()
    fresh.store.path(plan.units[0]).write_bytes(b"no tensors")
    for path, _ in first.records:
        path.unlink()
    assert digests(fresh.run()) == digests(first)


def test_emotions_merged_on_request(fresh):
    """Labels of a pair can be merged: two own labels of each dataset become one emotion of the pair."""
    merged = {"toy-talk": {"happy": "calm"}, "toy-song": {"happy": "calm", "relaxed": "calm"}}
    ((_, record),) = fresh.run(options={"fad_bias.labels": merged}).records
    assert list(record.used["attribute"]["classes"]) == [
        "calm",
        "angry",
    ]
    assert record.found.headline.value is None  # two emotions are equally far once aligned
    assert any("two emotions" in note for note in record.found.notes)
    (bias,) = rows(record, metric="emotion_bias", geometry="raw", layer=None)
    assert bias["value"] is not None


def test_a_repeated_run_prints_the_same_record(bias):
    """A record is not rewritten: the same command finds it, and it asks what it asked."""
    bench, result = bias
    ((path, record),) = result.records
    before = path.read_bytes()
    assert digests(bench.run(options={"fad_bias.view": "frames"})) == digests(result)
    assert path.read_bytes() == before
    assert read_record(path).key == record.key


def test_as_many_layers_at_once_as_there_are_threads():
    """Layers are measured in as many threads as a run may use, each with linear algebra of one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread_each() as threads:
            assert threads == 2
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    finally:
        torch.set_num_threads(before)


def test_a_broken_record_without_its_matrices_is_made_again(fresh):
    """A record file that holds no record is set aside also where its table is gone, and the run writes it anew."""
    ((path, record),) = fresh.run().records
    path.write_text("{}")
    path.with_suffix(".parquet").unlink()
    ((again, _),) = fresh.run().records
    assert again == path
    assert read_record(path).found_digest == record.found_digest
    assert path.with_suffix(".parquet").is_file()
