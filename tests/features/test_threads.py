"""Do threads change nothing but the time: no bit, no order, no error, and nothing afterwards?"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import WeightFiles
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features.extraction import Ear, extract
from emobench.testing.toys import MODEL, ToyModel

REENTRANT = MODEL.model_copy(update={"reentrant": True})


def nothing(_):
    """Progress that nobody watches."""


TOY = ToyModel(nothing)


def ear(module, card, precision="fp32"):
    return Ear(module, BackbonePlan(card, {}, "toys 1.0"), ReadingOptions(), precision, torch.device("cpu"), 10**9)


def torch_threads():
    """How many threads torch uses in this thread, and in one that begins now."""
    with ThreadPoolExecutor(1) as pool:
        return torch.get_num_threads(), pool.submit(torch.get_num_threads).result()


def alone(clips):
    """Every clip a group of its own."""
    return [[clip] for clip in clips]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_number_of_threads_changes_no_bit(planned, threads, precision):
    """A model that allows it is heard by several threads at once and says the same bytes as to one, in order."""
    its_card = hubert_tiny.CARD.model_copy(update={"reentrant": True, "longest_seconds": 0.2})
    torch.manual_seed(0)
    listener = ear(hubert_tiny.load(hubert_tiny.CARD, WeightFiles()), its_card, precision=precision)
    groups, found = [planned[:2], *alone(planned[2:])], []
    for count in (1, 2, 3):
        threads(count)
        found.append([values.tobytes() for values in extract(listener, groups, nothing)])
        assert torch_threads() == (count, count)
    assert found[0] == found[1] == found[2]


def test_a_reentrant_model_is_entered_by_several_threads_at_once(planned, threads):
    """With two threads, two groups are inside the model at the same moment, each in a thread with one of torch's."""
    together, inner = threading.Barrier(2), []

    class Meeting(ToyModel):
        def forward(self, audio):
            together.wait(30)
            inner.append(torch.get_num_threads())
            return super().forward(audio)

    threads(2)
    extract(ear(Meeting(nothing), REENTRANT), alone(planned), nothing)
    assert inner == [1] * len(planned)


@pytest.mark.parametrize(("reentrant", "count"), [(False, 3), (True, 1)])
def test_other_models_are_never_entered_twice(planned, threads, reentrant, count):
    """A model that does not say it is reentrant, or that has one thread, hears one batch after the other."""
    inside, most, second = [], [], threading.Event()

    class Jealous(ToyModel):
        def forward(self, audio):
            inside.append(1)
            most.append(len(inside))
            if len(inside) > 1:
                second.set()
            second.wait(0.02)  # room for another thread to come in
            features = super().forward(audio)
            inside.pop()
            return features

    threads(count)
    extract(ear(Jealous(nothing), MODEL.model_copy(update={"reentrant": reentrant})), alone(planned), nothing)
    assert most == [1] * len(planned)


class Failing(ToyModel):
    """Raises, or gives infinity, when it hears the clip of 2,401 samples."""

    def __init__(self, problem):
        super().__init__(nothing)
        self.problem = problem

    def forward(self, audio):
        features = super().forward(audio)
        if 2_401 in audio.lengths.tolist():
            if isinstance(self.problem, BaseException):
                raise self.problem
            features.layers[1][0, 0, 0] = self.problem
        return features


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ValueError("boo"), "backbone 'toy-model' fails on a batch of 1 clips.\nValueError: boo"),
        (SystemExit(3), "backbone 'toy-model' fails on a batch of 1 clips.\nSystemExit: 3"),
        (float("inf"), "NaN or infinity in layer '1'.\nclips: clip-6"),
    ],
    ids=["exception", "exit", "infinity"],
)
def test_what_goes_wrong_in_a_thread_is_told_with_names(planned, threads, count, problem, words):
    """The backbone, and the clip where one is at fault, stand in the error; threads and precision are given back."""
    threads(count)
    done = []
    with pytest.raises(EmobenchError) as caught:
        extract(ear(Failing(problem), REENTRANT), alone(planned), done.append)
    assert words in str(caught.value)
    longer = sum(other.seconds > planned[6].seconds for other in planned)
    assert done == [1] * longer, "what came before it was done: the longer clips"
    assert torch_threads() == (count, count)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]


@pytest.mark.parametrize("count", [1, 3])
def test_audio_that_vanished_is_told_with_its_path(planned, threads, count, tmp_path):
    """A file that is gone since the plan was made is an error of the data that names it, whoever was reading."""
    threads(count)
    gone = replace(planned[3], clip=planned[3].clip.model_copy(update={"path": tmp_path / "gone.wav"}))
    with pytest.raises(DataError, match=r"gone\.wav"):
        extract(ear(TOY, REENTRANT), alone([*planned[:3], gone]), nothing)
    assert torch_threads() == (count, count)


@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupt_leaves_nothing_behind(planned, threads, count):
    """Stopped between two groups: no thread goes on, and threads and precision are what they were."""
    threads(count)
    torch.set_float32_matmul_precision("high")

    def stop(_):
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt) as stopped:
            extract(ear(TOY, REENTRANT), alone(planned), stop)
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
    assert torch_threads() == (count, count)
    assert stopped.tb is not None, "its frames are still there: what is gone was closed, not forgotten"


@pytest.mark.parametrize("count", [1, 3])
def test_long_clips_come_first(planned, threads, count):
    """Groups are heard from the longest clip down, and features come back in the order that was asked for."""
    threads(count)
    heard = []

    class Noting(torch.nn.Module):
        def forward(self, audio):
            heard.append(int(audio.lengths.max()))
            return TOY(audio)

    found = extract(ear(Noting(), MODEL), alone(planned), nothing)  # one at a time: not reentrant
    assert heard == sorted(heard, reverse=True)
    for place, clip in enumerate(planned):
        for layer, truth in zip(found, extract(ear(TOY, MODEL), alone([clip]), nothing), strict=True):
            assert layer[place].tobytes() == truth[0].tobytes()
