"""With other threads, budgets, slices or another device: the same keys and folds, and nearly the same numbers?

Features of every layer and clip are within 1e-4 of their norm, at least 99.5 % of all test predictions are equal, and
so are the layers and strengths that were chosen.
"""

from dataclasses import replace

import pytest
import torch
from determined import Place, catalog_of, largest_deviation, share_of_equal_decisions, write_corpus, write_models

from emobench.catalog.contracts import FrameFeatures
from emobench.testing.toys import ToyModel, toy_backbone, toy_catalog

FEATURES, DECISIONS = 1e-4, 0.995
SLICES = [{"shard": (1, 2), "batch_seconds": 2}, {"shard": (2, 2), "batch_seconds": 60}]
OTHERWISE = {
    "two threads": [{"threads": 2}],
    "three threads, small batches": [{"threads": 3, "batch_seconds": 2}],
    "large batches": [{"batch_seconds": 60}],
    "two slices with budgets of their own": SLICES,
    "three slices": [{"shard": (number, 3)} for number in (3, 1, 2)],
}


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A run with one thread and the budget of a CPU, 8 s."""
    root = tmp_path_factory.mktemp("determinism")
    return Place(root / "first", write_corpus(root / "corpus"), write_models(root / "models")).run()


def nearly_the_same(one, other):
    """What has to hold of two runs of the same question on other machines, threads and budgets."""
    assert one.keys() == other.keys()
    assert largest_deviation(one, other) <= FEATURES
    assert min(share_of_equal_decisions(one, other).values()) >= DECISIONS
    assert one.choices() == other.choices()


def batches(place):
    return {pair: [shard.batches for shard in features.shards] for pair, features in place.plan.features.items()}


@pytest.mark.parametrize("changes", OTHERWISE.values(), ids=OTHERWISE.keys())
def test_how_it_is_computed_changes_no_key_and_hardly_a_number(start, tmp_path, changes):
    """Threads, budgets and slices: same keys, folds and splits; features within 1e-4; decisions and choices equal."""
    other = replace(start, root=tmp_path / "other")
    for where in changes:
        other.run(**where)
    assert (batches(other) != batches(start)) == any("batch_seconds" in where for where in changes)
    nearly_the_same(other, start)


def test_features_of_another_budget_are_taken(start, tmp_path):
    """In a home that a run with another budget filled nothing is heard again, and no record is another one."""
    other = replace(start, root=tmp_path / "other", backbones=("logmel",), weights={}).run(batch_seconds=1)
    assert other.passed > 0
    again = replace(other, root=other.root).run(batch_seconds=100, out=tmp_path / "again")
    assert again.passed == 0
    assert again.found() == other.found()


def test_features_of_a_selection_are_lent_to_the_whole(start, tmp_path):
    """In a home that holds a selection of the corpus, only the rest is heard: same keys, nearly the same numbers."""
    warm, quick = replace(start, root=tmp_path / "warm"), {"layerwise.weighted_sum": False, "probe.c": 0.01}
    warm.run(limit=4, options=quick, out=tmp_path / "limited").run()
    assert 0 < warm.passed < start.passed
    nearly_the_same(warm, start)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("changes", [{}, {"batch_seconds": 3}], ids=["240 s", "3 s"])
def test_a_gpu_finds_what_a_cpu_finds(start, tmp_path, changes):
    """On a GPU: same keys and folds; features within 1e-4; decisions and choices equal."""
    nearly_the_same(replace(start, root=tmp_path / "gpu").run(device="cuda", **changes), start)


def test_half_precision_is_another_question(start, tmp_path):
    """bf16 on request shares no key of clips, shards, units or records; folds and splits stay."""
    half = replace(start, root=tmp_path / "half", backbones=("logmel",), weights={}).run(precision="bf16").keys()
    whole = start.keys()
    assert half["splits"] == whole["splits"]
    assert set(half["units"]).isdisjoint(whole["units"])
    for kind in ("clips", "shards"):
        for name, keys in half[kind].items():
            assert set(keys).isdisjoint(whole[kind][name])
    assert set(half["records"].values()).isdisjoint(whole["records"].values())


def test_what_leaks_between_batch_mates_would_be_seen(start, tmp_path):
    """A model that subtracts the mean of its batch is further than 1e-4 from itself under another budget."""

    class Leaking(ToyModel):
        def forward(self, audio):
            features = super().forward(audio)
            return FrameFeatures(tuple(layer - layer.mean() for layer in features.layers), features.lengths)

    leaking = replace(toy_backbone(), load=lambda card, files: Leaking(lambda _: None))
    dataset = catalog_of().datasets[next(iter(start.plan.datasets))].what
    places = [
        Place(tmp_path / name, start.corpus, {}, ("toy-model",), toy_catalog(leaking, dataset=dataset)).run(**where)
        for name, where in {"small": {"batch_seconds": 1}, "large": {"batch_seconds": 60}}.items()
    ]
    assert largest_deviation(*places) > 10 * FEATURES
