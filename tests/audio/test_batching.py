"""Does every clip go through the model once, with little padding, and in time?"""

import itertools
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.batching import Shard, batches_by_length, make_batch, prefetched

lengths = st.lists(st.integers(1, 100_000), max_size=200)
budgets = st.integers(1, 1_000_000)


@given(lengths, budgets, st.integers(1, 40))
def test_every_clip_is_in_one_batch(samples, budget, shard_clips):
    """Batches cover each clip exactly once, shards are whole batches, and none is larger than asked."""
    shards = batches_by_length(samples, budget, shard_clips)
    runs = [run for shard in shards for run in shard.runs()]
    assert sorted(itertools.chain.from_iterable(runs)) == list(range(len(samples)))
    for shard in shards:
        assert 1 <= len(shard.clips) == sum(shard.batches) <= shard_clips
        assert tuple(itertools.chain.from_iterable(shard.runs())) == shard.clips


@given(lengths, budgets)
def test_batches_fit_and_are_hardly_padded(samples, budget):
    """Padded size stays within the budget unless a clip alone exceeds it, and at most a fifth is padding."""
    for shard in batches_by_length(samples, budget):
        for run in shard.runs():
            longest = max(samples[position] for position in run)
            assert len(run) == 1 or len(run) * longest <= budget
            assert longest <= 1.25 * min(samples[position] for position in run)
            assert sum(samples[position] for position in run) >= 0.8 * len(run) * longest


@given(lengths, budgets)
def test_batches_depend_on_the_lengths_alone(samples, budget):
    """The same lengths give the same plan, sorted by length and then by position."""
    shards = batches_by_length(samples, budget)
    assert shards == batches_by_length(tuple(samples), budget)
    order = [position for shard in shards for position in shard.clips]
    assert order == sorted(order, key=lambda position: (samples[position], position))


@given(st.lists(st.integers(1, 12), max_size=60), st.integers(1, 60))
def test_a_ratio_of_one_puts_equal_lengths_together(samples, budget):
    """With no padding allowed, each batch is of one length, and it is full before another of that length begins."""
    runs = [run for shard in batches_by_length(samples, budget, 40, longest_to_shortest=1.0) for run in shard.runs()]
    assert sorted(itertools.chain.from_iterable(runs)) == list(range(len(samples)))
    assert all(len({samples[position] for position in run}) == 1 for run in runs)
    for run, following in itertools.pairwise(runs):
        if samples[run[0]] == samples[following[0]]:
            assert len(run) == 40 or (len(run) + 1) * samples[run[0]] > budget


def test_batches_are_as_large_as_allowed():
    """Equal clips fill the budget, and shards fill up to their size."""
    shards = batches_by_length([100] * 10, budget=350, shard_clips=7)
    assert [shard.batches for shard in shards] == [(3, 3), (3, 1)]
    assert batches_by_length([], budget=350) == ()
    assert batches_by_length([1_000], budget=350) == (Shard((0,), (1,)),)


@pytest.mark.parametrize("wrong", [([0], 1, 1), ([1], 0, 1), ([1], 1, 0)])
def test_nonsense_is_refused(wrong):
    """Lengths, budgets and shard sizes below one are mistakes of the caller."""
    with pytest.raises(ValueError, match="positive"):
        batches_by_length(*wrong)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_a_batch_holds_its_clips_and_zeros(sizes):
    """Row i of a batch is clip i, then zeros; lengths say where it ends."""
    waves = [np.arange(1, size + 1, dtype=np.float32) for size in sizes]
    batch = make_batch(waves)
    assert batch.waveform.shape == (len(sizes), max(sizes))
    assert (batch.waveform.dtype, batch.lengths.dtype) == (torch.float32, torch.int64)
    assert batch.lengths.tolist() == sizes
    for row, wave in zip(batch.waveform.numpy(), waves, strict=True):
        np.testing.assert_array_equal(row[: len(wave)], wave)
        assert not row[len(wave) :].any()


@pytest.mark.parametrize("waves", [[], [np.zeros(0, np.float32)], [np.zeros((3, 2), np.float32)]])
def test_a_batch_of_nothing_is_refused(waves):
    """A batch needs waveforms, each with samples, each mono."""
    with pytest.raises(ValueError, match="at least one waveform"):
        make_batch(waves)


@given(st.lists(st.integers(), max_size=30), st.integers(0, 5), st.integers(1, 4))
def test_prefetching_changes_nothing(items, depth, workers):
    """Items come loaded, all of them, in their order, whatever the depth and the number of threads."""
    assert list(prefetched(items, str, depth, workers)) == [str(item) for item in items]


def test_the_order_stays_when_later_items_are_ready_first():
    """Of two items loaded at once the second is done first, and still comes second."""
    second_done = threading.Event()

    def load(item):
        if item == 0:
            assert second_done.wait(30)
        if item == 1:
            second_done.set()
        return item

    assert list(prefetched(range(6), load, depth=2, workers=2)) == list(range(6))


def test_each_thread_begins_once():
    """``begin`` runs once in every thread that loads, before it loads anything, and in no other."""
    began, loaded, together = [], [], threading.Barrier(3)

    def load(item):
        assert threading.get_ident() in began
        loaded.append(threading.get_ident())
        together.wait(30)  # three at once: no thread can do the work of another
        return item

    stream = prefetched(range(9), load, depth=9, workers=3, begin=lambda: began.append(threading.get_ident()))
    assert list(stream) == list(range(9))
    assert len(began) == len(set(began)) == 3
    assert set(loaded) == set(began)
    assert threading.get_ident() not in began


def test_loading_goes_on_while_the_model_works():
    """While the consumer holds one item, the next ones are loaded, `depth` of them and no more."""
    loaded = []
    stream = prefetched(range(10), lambda item: loaded.append(item) or item, depth=2)
    assert next(stream) == 0
    deadline = time.monotonic() + 30
    while len(loaded) < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.05)
    assert loaded == [0, 1, 2]
    stream.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_arrives_where_it_happened(workers):
    """What was loaded before a failure still comes, then the failure itself, with its own type."""

    def load(item):
        if item == 2:
            raise FileNotFoundError(item)
        return item

    stream = prefetched(range(5), load, depth=5, workers=workers)
    assert [next(stream), next(stream)] == [0, 1]
    with pytest.raises(FileNotFoundError):
        next(stream)
    assert list(stream) == []


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("leave", ["close", "break", "raise"])
def test_stopping_early_leaves_no_thread(leave, workers):
    """When the consumer stops, loading stops: no thread is left and the remaining items are not loaded."""
    loaded = []

    def consume():
        stream = prefetched(range(1_000), lambda item: time.sleep(0.01) or loaded.append(item), 20, workers)
        next(stream)
        if leave == "close":
            stream.close()
        if leave == "raise":
            stream.throw(KeyboardInterrupt())

    if leave == "raise":
        with pytest.raises(KeyboardInterrupt):
            consume()
    else:
        consume()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
    assert len(loaded) < 20
