"""Do the batches of a plan fit what a model's card says of lengths and windows?"""

import shutil
from collections import Counter
from itertools import chain

import pytest
import soundfile
import torch

from emobench.audio.decode import length_at
from emobench.runs.estimate import extraction_seconds
from emobench.runs.planning import CPU_BATCH_SECONDS
from emobench.testing.toys import MODEL, RATE, toy_backbone, toy_catalog

PAIR = ("toy-model", "toy-corpus")


@pytest.fixture
def few_lengths(bench, tmp_path):
    """A copy of the toy corpus whose clips have one of five lengths."""
    bench.corpus = shutil.copytree(bench.corpus, tmp_path / "corpus")
    for path in bench.corpus.glob("*.wav"):
        samples, rate = soundfile.read(path, dtype="int16")
        soundfile.write(path, samples[: len(samples) // 800 * 800], rate, subtype="PCM_16")
    return bench


def batches(bench, **changes):
    """The lengths of the clips in every batch of the plan, for the toy model with changes of its card."""
    bench.catalog = toy_catalog(toy_backbone(bench.heard.append, MODEL.model_copy(update=changes)))
    plan, _ = bench.plan()
    clips, found = plan.datasets["toy-corpus"].clips, []
    for shard in plan.features[PAIR].shards:
        places = iter(shard.clips)
        found += [[length_at(clips[next(places)], RATE) for _ in range(size)] for size in shard.batches]
    return found


def test_models_whose_padding_leaks_get_batches_of_one_length(few_lengths):
    """With ``batches='equal_length'`` no batch mixes lengths, clips of one length share theirs, none is lost."""
    mixed, equal = batches(few_lengths), batches(few_lengths, batches="equal_length")
    assert any(len(set(batch)) > 1 for batch in mixed)
    assert all(len(set(batch)) == 1 for batch in equal)
    assert Counter(chain.from_iterable(equal)) == Counter(chain.from_iterable(mixed))
    room = int(CPU_BATCH_SECONDS * RATE)
    for length, clips in Counter(chain.from_iterable(equal)).items():
        assert sum(batch[0] == length for batch in equal) == -(-clips // (room // length))


def test_models_whose_padding_leaks_hear_what_was_planned(few_lengths):
    """The batches that reach the model are those of the plan: none is split again."""
    planned = batches(few_lengths, batches="equal_length")
    few_lengths.run()
    assert sorted(few_lengths.heard) == sorted(len(batch) for batch in planned)


def test_a_fixed_window_counts_whole(bench):
    """A model with a window of a second hears a second a clip: eight fit where 0.3-second clips would be dozens."""
    assert max(map(len, batches(bench))) > 8
    assert [len(batch) for batch in batches(bench, window_seconds=1.0)] == [8] * 13 + [4]


def test_a_clip_of_two_windows_counts_twice(bench):
    """Rows times windows of the longest stay within the budget; a batch mixes no counts of windows."""
    window, room = int(0.2 * RATE), int(CPU_BATCH_SECONDS * RATE)
    found = batches(bench, window_seconds=0.2)
    costs = [[-(-length // window) * window for length in batch] for batch in found]
    assert {cost for batch in costs for cost in batch} == {window, 2 * window}
    assert all(len(batch) * max(batch) <= room for batch in costs)
    assert all(len(set(batch)) == 1 for batch in costs)


def test_the_estimate_counts_whole_windows(bench):
    """What a model of a million weights adds grows with the seconds it hears: 108 windows, not the clips' own 20 s."""
    cpu, added = torch.device("cpu"), {}
    for window in (None, 1.0):
        seconds = []
        for parameters in (0, 1_000_000):
            card = MODEL.model_copy(update={"window_seconds": window, "parameters": parameters})
            bench.catalog = toy_catalog(toy_backbone(card=card))
            plan, _ = bench.plan()
            seconds.append(extraction_seconds(plan, bench.home, cpu))
        added[window] = seconds[1] - seconds[0]
    assert added[1.0] / added[None] == pytest.approx(108 * 1.0 / plan.datasets["toy-corpus"].seconds, rel=1e-3)
