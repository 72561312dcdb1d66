"""Is a batch that fails told with its clips, and the one that fits found where memory is too small?"""

import weakref

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from learning_toys import Adapted, Toy, adapted, learner_of, tones, whole

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.memory import out_of_memory
from emobench.learning.fitting_batch import carried_out, fitting_batch
from emobench.learning.learner import predict
from emobench.learning.sources import Waveforms
from emobench.learning.training import train

OPTIONS = TrainOptions(epochs=2, batch=16, learning_rate=1e-2)
SHORT = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("[enforce fail] . DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
    RuntimeError("CUDA error: out of memory"),
]


class Small(Toy):
    """A toy on a device with room for so many clips; with ``backward``, only where gradients are wanted."""

    def __init__(self, room, backward=False, problem=SHORT[0]):
        super().__init__()
        self.room, self.backward, self.problem = room, backward, problem
        self.seen, self.held = [], []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.blocks[1].inner = Adapted(self.blocks[1].inner)

    def resume(self, entered):
        count = len(entered.samples)
        if torch.is_grad_enabled() or not self.backward:
            self.seen.append(entered.samples.tolist())
            assert all(held() is None for held in self.held)  # what failed before is gone
            if count > self.room:
                block = torch.zeros(1)  # stands for the batch's tensors, which the exception keeps
                self.held.append(weakref.ref(block))
                raise type(self.problem)(*self.problem.args)
        return super().resume(entered)


def failed(room, backward=True, problem=SHORT[0], options=OPTIONS):
    """The learner, and the error of training it."""
    learner = learner_of(Small(room, backward, problem))
    with pytest.raises(EmobenchError) as caught:
        train(learner, whole(), lambda _: 0.0, options, seed=0)
    return learner, caught.value


def longest(count):
    return sorted((len(wave) for wave in tones()[0]), reverse=True)[:count]


@pytest.mark.parametrize("problem", SHORT, ids=lambda problem: type(problem).__name__)
def test_a_step_without_memory_names_the_batch_that_fits(problem):
    """Room for four clips: a step with 15 of 16 says where it stopped, with which clips, and that four fit."""
    learner, error = failed(room=4, problem=problem)
    first = learner.backbone.seen[0]
    assert error.what == (
        f"memory is too small for training, epoch 1, step 1 of 4: 15 clips of {min(first)} to {max(first)} samples."
    )
    assert type(problem).__name__ in error.found
    assert "--set train.batch=4" in error.remedy


def test_the_search_halves_the_longest_clips():
    """After a batch of 16, the 8, then the 4, then the 2 longest of all clips are tried, until some go through."""
    learner, error = failed(room=3)
    assert [sorted(seen, reverse=True) for seen in learner.backbone.seen[1:]] == [longest(8), longest(4), longest(2)]
    assert "--set train.batch=2" in error.remedy


def test_statistics_without_memory_name_a_batch_that_can_be_trained():
    """Where the first pass fails, a backward has to fit too: four fit forward and two backward, so two are named."""

    class Heavier(Small):
        def resume(self, entered):
            self.room = 2 if torch.is_grad_enabled() else 4
            return super().resume(entered)

    with pytest.raises(EmobenchError, match="hearing the training clips: 16 clips") as caught:
        train(learner_of(Heavier(4)), whole(), lambda _: 0.0, OPTIONS, seed=0)
    assert "--set train.batch=2" in caught.value.remedy


def test_predicting_without_memory_names_the_batch_that_fits():
    """Predicting says so itself, with the batch that a pass without gradients takes."""
    learner = learner_of(Small(room=5))
    with pytest.raises(EmobenchError, match="memory is too small for predicting: 21 clips") as caught:
        predict(learner, Waveforms(tones(21)[0]), 64)
    assert "--set train.batch=5" in caught.value.remedy  # 21 are tried as 10 and 5


@pytest.mark.parametrize(("room", "said"), [(1, "One clip fits, but a step needs two."), (0, "Not even one clip fits")])
def test_no_batch_that_training_could_take(room, said):
    """Where fewer than two clips fit, no batch is named, but what else helps."""
    _, error = failed(room)
    assert said in error.remedy
    assert "train.batch" not in error.remedy
    assert "up_to_layer" in error.remedy


def test_nothing_is_learned_from_the_search():
    """Afterwards weights are as before, gradients are thrown away, and the caller's generator stands where it stood."""
    before = learner_of(Small(4)).learned()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    learner, _ = failed(room=4)
    assert torch.equal(torch.rand(2), expected)
    for name, weight in learner.trainable().items():
        assert torch.equal(weight, before[name])
        assert weight.grad is None
    assert not any(part.training for part in learner.modules())


@given(st.lists(st.integers(1, 999), min_size=1, max_size=40), st.integers(1, 64), st.integers(0, 20_000))
def test_the_largest_halving_that_fits(samples, batch, room):
    """With room for so many padded samples: the same as trying every halving, from one clip upwards."""

    def attempt(places):
        if len(places) * max(samples[place] for place in places) > room:
            raise MemoryError

    expected, size = 0, min(batch, len(samples))
    halvings = [size // 2**power for power in range(1, 8) if size // 2**power]
    for count in sorted(halvings):
        if count * max(samples) <= room:
            expected = count
    assert fitting_batch(attempt, samples, batch) == expected


def test_the_machines_own_refusal_is_known():
    """What torch really raises for more memory than there can be counts, wrapped by a stranger too."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert out_of_memory(caught.value)
    wrapped = ValueError("adapter failed")
    wrapped.__cause__ = caught.value
    assert out_of_memory(wrapped)


@pytest.mark.parametrize("problem", [RuntimeError("shapes cannot be multiplied"), ValueError("out of memory"), None])
def test_other_problems_are_not_memory(problem):
    """Neither other errors of torch nor the words in an error of another type are taken for it."""
    assert not out_of_memory(problem)


def breaking(backbone, problem, when=torch.is_grad_enabled):
    """A backbone whose upper block raises."""

    def raising(*_):
        if when():
            raise problem

    backbone.blocks[1].register_forward_hook(raising)
    return backbone


@pytest.mark.parametrize("problem", [ValueError("no such place"), KeyError("lora"), SystemExit(3)])
def test_what_a_stranger_raises_is_told(problem):
    """Whatever a module raises in a step is an error with its type, its words, and the step."""
    with pytest.raises(
        EmobenchError, match=r"the model fails in training, epoch 1, step 1 of 4: 15 clips of"
    ) as caught:
        train(learner_of(breaking(adapted(), problem)), whole(), lambda _: 0.0, OPTIONS, seed=0)
    assert caught.value.found == f"{type(problem).__name__}: {problem}"
    assert caught.value.__cause__ is problem


def test_what_a_stranger_raises_before_and_after_training_is_told():
    """The pass that looks for modes, and predicting, tell it as well."""
    learner = learner_of(breaking(adapted(), ValueError("no"), when=lambda: True))
    with pytest.raises(EmobenchError, match="training, before the first step: 1 clip of 40 samples"):
        train(learner, whole(), lambda _: 0.0, OPTIONS, seed=0)
    with pytest.raises(EmobenchError, match="the model fails in predicting: 5 clips"):
        predict(learner, Waveforms(tones(5)[0]), 8)


def test_a_failure_during_the_search_is_told():
    """A module that raises something else for fewer clips ends the search with an error that says so."""

    def attempt(places):
        raise ZeroDivisionError("division by zero")

    with pytest.raises(EmobenchError, match="the search for a batch that fits: 2 clips of 7 to 9 samples") as caught:
        fitting_batch(attempt, [5, 9, 7, 6], 4)
    assert "ZeroDivisionError" in caught.value.found


def test_our_own_errors_pass():
    """An error with an explanation stays what it is, with its exit code."""
    ours = DataError("a clip is gone.")

    def work():
        raise ours

    with pytest.raises(DataError) as caught:
        carried_out(work, "training", [1], lambda: 1)
    assert caught.value is ours


@pytest.mark.parametrize(
    "change",
    [
        lambda layers, lengths: ((*layers[:-1], layers[-1][..., :1]), lengths),
        lambda layers, lengths: ((*layers[:-1], layers[-1].mean(1)), lengths),
        lambda layers, lengths: ((*layers[:-1], layers[-1][:1]), lengths),
        lambda layers, lengths: ((*layers[:-1], layers[-1][:, ::2]), lengths),
        lambda layers, lengths: (layers[:-1], lengths[:-1]),
        lambda layers, lengths: (layers, lengths[:-1]),
    ],
    ids=["width", "no time", "clips", "frames", "layers", "lengths"],
)
def test_a_module_that_changes_its_shapes_is_told(change):
    """Other widths, clips, frames or layers than the head was made for are an error and never broadcast."""

    class Changing(Toy):
        def resume(self, entered):
            found = super().resume(entered)
            return FrameFeatures(*change(found.layers, found.lengths)) if torch.is_grad_enabled() else found

    toy = Changing()
    toy.blocks[1].requires_grad_(True)
    with pytest.raises(EmobenchError, match=r"changes its shapes|does not give the layers"):
        train(learner_of(toy), whole(), lambda _: 0.0, OPTIONS, seed=0)


def test_something_else_than_features_is_told():
    """A backbone that returns a tensor is an error that says what it returned."""

    class Bare(Toy):
        def forward(self, audio):
            return super().forward(audio).layers[-1]

    with pytest.raises(EmobenchError, match="FrameFeatures") as caught:
        predict(learner_of(Bare()), Waveforms(tones(3)[0]), 2)
    assert caught.value.found == "found: Tensor"
