"""Where memory is too small for a batch, is the budget that fits found, named, and true?"""

import errno
import re
import threading
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features import memory, turns
from emobench.features.entering import enter
from emobench.features.extraction import Ear, extract
from emobench.features.loading import load_backbone
from emobench.features.memory import first_line, memory_for, out_of_memory, room_on, round_down
from emobench.testing.toys import HOP, MODEL, RATE, ToyModel

CPU = torch.device("cpu")
SHORT = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has"),
    MemoryError("Unable to allocate 20.0 GiB for an array"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you tried"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("could not create a primitive"),
]


class Cramped(ToyModel):
    """A toy on a device with room for so many samples, padding included; ``heard`` lists what came."""

    def __init__(self, room, problem=SHORT[0]):
        self.came = []
        super().__init__(lambda _: None)
        self.room, self.problem, self.held = room, problem, []

    def forward(self, audio):
        self.came.append(audio.waveform.numel())
        if threading.current_thread() is threading.main_thread():  # several threads may fail at the same moment
            assert all(held() is None for held in self.held), "what failed before still holds its tensors"
        if audio.waveform.numel() > self.room:
            block = torch.zeros(1)  # stands for the tensors of the batch, which the exception keeps
            self.held.append(weakref.ref(block))
            raise type(self.problem)(*self.problem.args)
        return super().forward(audio)


def ear(module, card=MODEL, most=10**9, device=CPU):
    return Ear(module, BackbonePlan(card, {}, "toys 1.0"), ReadingOptions(), "fp32", device, most)


def failing(listener, groups, done=None):
    with pytest.raises(EmobenchError) as caught:
        extract(listener, groups, (done if done is not None else []).append)
    assert caught.value.exit_code == 1
    return caught.value


def named(error):
    """The budget in seconds that an error names."""
    (found,) = re.findall(r"--batch-seconds ([\d.]+) ", error.remedy)
    return float(found)


@pytest.mark.parametrize("limits", [{}, {"longest_seconds": 0.1}, {"batches": "equal_length"}], ids=str)
@pytest.mark.parametrize("room", [7_200, 10_000, 16_000])
def test_the_budget_that_is_named_passes_and_gives_the_same(planned, room, limits):
    """With the budget of the message nothing fails any more, and every feature is what enough memory gives."""
    card, clips = MODEL.model_copy(update=limits), sorted(planned[:7], key=lambda clip: clip.seconds)
    clips = [planned[0], planned[5]] * 24 if "batches" in limits else clips
    error = failing(ear(Cramped(room), card), [clips])
    assert error.what == "memory is too small for what goes through 'toy-model' at once."
    budget = int(named(error) * RATE)
    assert HOP < budget <= max(room, 7_200)
    smaller = ear(Cramped(room), card, budget)
    found = extract(smaller, turns._cut(smaller, [clips]), lambda _: None)
    for values, truth in zip(found, extract(ear(Cramped(10**9), card), [clips], lambda _: None), strict=True):
        assert np.allclose(values, truth, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("problem", SHORT, ids=lambda problem: type(problem).__name__)
def test_what_was_found_is_told(planned, problem):
    """The model, the exception, how many clips of how many seconds, and the device's memory stand in the error."""
    error = failing(ear(Cramped(30_000, problem)), [planned[:7]])
    said, batch, room = error.found.splitlines()
    assert said == first_line(problem)
    assert said.startswith(type(problem).__name__)
    assert batch == f"in a batch: 7 clips, {7 * 7_199 / RATE:.1f} s with padding"
    assert re.fullmatch(r"cpu: \d+\.\d of \d+\.\d GB are free|cpu: nobody tells .*", room)
    assert "within 1e-4, and what is finished stays" in error.remedy


def test_the_batch_is_halved_until_it_passes(planned):
    """Seven clips fail as 7; halves of what they take are tried, the first that goes through is named, no other."""
    module = Cramped(2 * 2_401)
    clips = [planned[3], planned[6]] * 4
    error = failing(ear(module), [clips])
    assert module.came[0] == 8 * 2_401
    assert module.came[1] == 4 * 2_401
    assert module.came[2:] == [2 * 2_401] * 4
    assert named(error) == round_down(2 * 2_401 / RATE)


def test_what_was_done_before_stays_done_and_nothing_is_skipped(planned):
    """Groups that went through are reported, the one that failed and those after it are not."""
    done, groups = [], [[planned[4]], [planned[2]] * 4, [planned[0]]]
    error = failing(ear(Cramped(10_000)), groups, done)
    assert done == [1]
    assert "4 clips" in error.found


@pytest.mark.parametrize("count", [1, 3])
def test_threads_are_counted_and_given_back(planned, threads, count):
    """On a CPU as many groups as threads are in memory at once: the error says so, and no thread is left."""
    threads(count)
    card = MODEL.model_copy(update={"reentrant": True})
    error = failing(ear(Cramped(5_000), card), [planned[2:4]] * 5)
    assert ("in each of 3 threads" in error.found) == (count == 3)
    assert named(error) == round_down(3_199 / RATE)
    assert torch.get_num_threads() == count
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]


def test_a_single_clip_that_does_not_fit_is_told(planned, threads):
    """Where not even one clip goes through there is no budget to name: its length is told, and what else helps."""
    threads(2)
    error = failing(ear(Cramped(5_000)), [[planned[4], planned[2]]])
    assert error.what == f"memory is too small for a single clip of {7_199 / RATE:.1f} s in 'toy-model'."
    assert "--batch-seconds" not in str(error)
    assert "--threads 1" in error.remedy
    alone = failing(ear(Cramped(5_000)), [[planned[4]]])
    assert alone.what == error.what
    assert "1 clip, " in alone.found
    threads(1)
    assert "--threads" not in failing(ear(Cramped(5_000)), [[planned[4]]]).remedy


def test_a_batch_that_cannot_be_put_together_counts(planned, monkeypatch):
    """Memory that is too small for decoded clips, before any model, names the budget as well."""
    real = turns.make_batch

    def short(waves):
        if sum(map(len, waves)) > 10_000:
            raise MemoryError
        return real(waves)

    monkeypatch.setattr(turns, "make_batch", short)
    error = failing(ear(Cramped(10**9)), [[planned[2]] * 6])
    assert named(error) == round_down(3 * 3_199 / RATE)
    assert error.found.startswith("MemoryError\n")


def test_what_enters_a_model_names_its_budget_too(planned):
    """The pass below the first block says the same as the whole one."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles()).eval()
    real = module.enter

    def cramped(audio):
        if audio.waveform.numel() > 10_000:
            raise RuntimeError(SHORT[2].args[0])
        return real(audio)

    module.enter = cramped
    with pytest.raises(EmobenchError, match="memory is too small for what goes through 'hubert-tiny-random'") as caught:
        enter(ear(module, hubert_tiny.CARD), [[planned[2]] * 6])
    assert named(caught.value) == round_down(3 * 3_199 / RATE)


def test_another_failure_in_the_search_is_told(planned):
    """A model that raises something else for a smaller batch ends with that, not with a budget."""

    class Odd(Cramped):
        def forward(self, audio):
            if len(audio.lengths) == 3:
                raise ValueError("not three")
            return super().forward(audio)

    error = failing(ear(Odd(4_000)), [[planned[2]] * 6])
    assert "not three" in error.found


def test_weights_that_do_not_fit_are_told():
    """Loading a model, and moving it to its device, say whose weights memory was too small for."""
    plan = BackbonePlan(MODEL, {}, "toys 1.0")

    class Heavy(ToyModel):
        def to(self, *_):
            raise torch.OutOfMemoryError("CUDA out of memory.")

    def refuse(*_):
        raise MemoryError

    for load in (lambda *_: Heavy(lambda _: None), refuse):
        with pytest.raises(EmobenchError) as caught:
            load_backbone(Backbone(MODEL, load=load), plan, CPU)
        assert caught.value.what == "memory is too small for the weights of backbone 'toy-model'."
        assert "smaller model" in caught.value.remedy


def test_only_memory_is_taken_for_memory():
    """Whatever else is raised passes as it is; what a stranger wrapped is told with its own words."""
    with pytest.raises(DataError, match="gone"), memory_for("a copy", CPU):
        raise DataError("gone.")
    wrapped = ValueError("adapter failed")
    wrapped.__cause__ = SHORT[1]
    with pytest.raises(EmobenchError, match="too small for a copy") as caught, memory_for("a copy", CPU):
        raise wrapped
    assert caught.value.found.startswith("MemoryError: Unable to allocate 20.0 GiB")
    assert not out_of_memory(OSError(errno.ENOSPC, "no space"))


def test_a_machine_that_does_not_tell_its_memory(tmp_path, monkeypatch):
    """Without the kernel's figures the error says that nobody tells; with them, free and whole in GB."""
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "absent")
    assert room_on(CPU) == "cpu: nobody tells how much memory is free"
    (tmp_path / "absent").write_text("MemTotal: 16000000 kB\nMemFree: 1 kB\nMemAvailable:  2500000 kB\nHugePages: x\n")
    assert room_on(CPU) == "cpu: 2.6 of 16.4 GB are free"


@given(st.floats(0.01, 86_400))
def test_budgets_are_rounded_down_to_what_a_person_writes(seconds):
    """Never more than what passed, at least nine tenths of it, and no more than five digits."""
    rounded = round_down(seconds)
    assert 0.9 * seconds <= rounded <= seconds * (1 + 1e-12)
    assert len(f"{rounded:g}".replace(".", "").lstrip("0")) <= 5


def test_the_search_leaves_precision_and_order_alone(planned):
    """After an error, arithmetic is the caller's again, and a repeated call gives the same message."""
    torch.set_float32_matmul_precision("high")
    try:
        first, second = (failing(ear(Cramped(9_000)), [planned[:7]]) for _ in range(2))
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert first.remedy == second.remedy
