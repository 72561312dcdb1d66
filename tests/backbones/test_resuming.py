"""Can every family stop where its front end ends, and go on from there as if it had never stopped?"""

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
import torch
from tiny_families import batch_of, loaded, waves
from torch import nn
from torch.overrides import TorchFunctionMode

from emobench.backbones.underway import Pass, begun
from emobench.catalog.contracts import Entered, Resumes
from emobench.domain.errors import EmobenchError
from emobench.features.pooling import mean_over_time
from emobench.testing.tiny_models import TINY, write_tiny


@pytest.fixture(params=list(TINY))
def name(request):
    """A tiny model of each family, base and stable-layer-norm shapes."""
    return request.param


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Card and module of tiny models, by the real path, loaded once each; a test gets a copy of its own."""
    known = {}

    def take(name):
        if name not in known:
            home = tmp_path_factory.mktemp("models")
            known[name] = loaded(write_tiny(home / name, name), name, home)
        card, module = known[name]
        return card, deepcopy(module)

    return take


def cut(entered):
    """One Entered a clip, without the frames of padding."""
    rows = []
    for row, samples in enumerate(entered.samples):
        frames = entered.state.shape[1] if entered.frames is None else int(entered.frames[row])
        rows.append(Entered(entered.state[row : row + 1, :frames], samples[None]))
    return rows


def together(rows):
    """Several clips that entered apart, padded with zeros to one Entered."""
    state = nn.utils.rnn.pad_sequence([row.state[0] for row in rows], batch_first=True)
    return Entered(state, torch.cat([row.samples for row in rows]))


def valid(features, row):
    """Per layer the valid frames of one clip."""
    return [layer[row, : n[row]] for layer, n in zip(features.layers, features.lengths, strict=True)]


class Computed(TorchFunctionMode):
    """The convolutions and spectra that are computed while inside, by the names of torch's functions."""

    def __init__(self, innocent):
        super().__init__()
        self.names, self.innocent = [], innocent

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = function.__name__
        if any(kind in name for kind in ("conv", "stft", "fft")) and name not in self.innocent:
            self.names.append(name)
        return function(*args, **(kwargs or {}))


def computed(module):
    """Counts what a front end computes; a conformer convolves in its blocks too, so there its inputs are counted."""
    counts = Computed(("conv1d",) if hasattr(module.model, "feature_projection") and hasattr(module, "inputs") else ())
    for part, inner in module.named_modules():
        if part in ("inputs", "model.feature_projection"):
            inner.register_forward_hook(lambda *_, part=part: counts.names.append(part))
    return counts


def test_every_family_resumes(name, shelf):
    """The modules of all families satisfy the contract."""
    _, module = shelf(name)
    assert isinstance(module, Resumes)


def test_resuming_is_forward(name, shelf):
    """``resume(enter(x))`` gives every layer of ``forward(x)`` in a padded batch, the same valid frames, to 1e-6."""
    card, module = shelf(name)
    audio = batch_of(*waves(card))
    with torch.inference_mode():
        expected, entered = module(audio), module.enter(audio)
        found = module.resume(entered)
    assert entered.state.dtype == torch.float32
    assert len(found.layers) == len(expected.layers) == len(card.layers)
    for lengths, truth in zip(found.lengths, expected.lengths, strict=True):
        assert torch.equal(lengths, truth)
    for row in range(len(audio.lengths)):
        for layer, truth in zip(valid(found, row), valid(expected, row), strict=True):
            assert (layer - truth).norm() <= 1e-6 * truth.norm()


def test_clips_that_entered_apart_go_on_together(name, shelf):
    """Entered one by one, or cut out of a batch, and padded anew: pooled features are the clip's own, to 1e-4."""
    card, module = shelf(name)
    clips = waves(card)
    with torch.inference_mode():
        alone = [module(batch_of(clip)) for clip in clips]
        one_by_one = [module.enter(batch_of(clip)) for clip in clips]
        batched = cut(module.enter(batch_of(*clips)))
        for rows, order in ((one_by_one, [2, 0]), (batched, [0, 3, 1])):
            features = mean_over_time(module.resume(together([rows[place] for place in order])))
            for row, place in enumerate(order):
                for layer, truth in zip(features.layers, mean_over_time(alone[place]).layers, strict=True):
                    assert (layer[row] - truth[0]).norm() <= 1e-4 * truth[0].norm()


def test_the_front_end_is_not_computed_again(name, shelf):
    """While a pass resumes, no spectrum, convolution or projection below the blocks is computed."""
    card, module = shelf(name)
    audio = batch_of(*waves(card)[:2])
    with torch.inference_mode(), computed(module) as calls:
        entered = module.enter(audio)
        assert calls.names
        calls.names.clear()
        module.resume(entered)
        assert not calls.names
        module(audio)
        assert calls.names


def test_no_block_is_computed_on_entering(name, shelf):
    """The pass of ``enter`` ends in front of the first block."""
    card, module = shelf(name)
    left = []
    for block in module._blocks[0]:
        block.register_forward_hook(lambda *_: left.append(1))
    with torch.inference_mode():
        module.enter(batch_of(*waves(card)[:2]))
    assert not left


def test_gradients_reach_the_first_block_and_not_the_front_end(name, shelf):
    """From the last layer, gradients flow to weights of the first block as in forward, and to nothing that entered."""
    card, module = shelf(name)
    module.requires_grad_(False)
    learning = dict(module._blocks[0][0].named_parameters())
    for weight in learning.values():
        weight.requires_grad_(True)
    audio = batch_of(*waves(card)[:2])
    entered = module.enter(audio)
    assert not entered.state.requires_grad

    def gradients(features):
        last = mean_over_time(features).layers[-1]
        draw = torch.randn(last.shape, generator=torch.Generator().manual_seed(1))
        return torch.autograd.grad((last * draw).sum(), list(learning.values()), allow_unused=True)

    found, expected = gradients(module.resume(entered)), gradients(module(audio))
    reached = [one for one in found if one is not None and one.norm() > 0]
    assert len(reached) > len(found) / 2
    for one, truth in zip(found, expected, strict=True):
        assert (one is None) == (truth is None)
        if one is not None:
            torch.testing.assert_close(one, truth, rtol=1e-4, atol=1e-4 * float(truth.abs().max()) + 1e-6)


def test_what_entered_tells_that_the_front_end_learns(name, shelf):
    """With gradients on, the state requires one exactly where a weight below the first block may learn."""
    card, module = shelf(name)
    audio = batch_of(*waves(card)[:1])
    calls = []
    for part in module.modules():
        if isinstance(part, (nn.Conv1d, nn.Conv2d, nn.Linear)):
            part.register_forward_hook(lambda part, *_: calls.append(part))
    module.requires_grad_(False)
    assert not module.enter(audio).state.requires_grad
    calls[0].requires_grad_(True)
    assert module.enter(audio).state.requires_grad


def test_stopping_early_resumes_too(name, shelf):
    """With ``keep_layers(2)`` resuming gives the first two layers."""
    card, module = shelf(name)
    audio = batch_of(*waves(card)[:2])
    with torch.inference_mode():
        expected = module(audio).layers[:2]
        module.keep_layers(2)
        found = module.resume(module.enter(audio)).layers
    assert len(found) == 2
    for layer, truth in zip(found, expected, strict=True):
        torch.testing.assert_close(layer, truth)


def test_what_entered_is_not_written_to(name, shelf):
    """The state of a clip is the same after any number of passes."""
    card, module = shelf(name)
    with torch.inference_mode():
        entered = module.enter(batch_of(*waves(card)[:2]))
        before = entered.state.clone()
        module.resume(entered)
    assert torch.equal(entered.state, before)


def test_copies_resume_too(name, shelf):
    """A copy of a module has its weights under the same names, and skips its front end as well."""
    card, module = shelf(name)
    twin = deepcopy(module)
    assert [part for part, _ in twin.named_parameters()] == [part for part, _ in module.named_parameters()]
    entered = module.enter(batch_of(*waves(card)[:1]))
    with torch.inference_mode(), computed(twin) as calls:
        twin.resume(entered)
    assert not calls.names


@pytest.mark.parametrize("name", ["wavlm", "whisper", "w2v-bert"])
def test_threads_do_not_meet(name, shelf):
    """One thread resumes, another goes through from audio at the same moment, both in one module: each gets its own."""
    card, module = shelf(name)
    audio = batch_of(*waves(card)[:2])
    meeting = threading.Barrier(2)
    with torch.inference_mode():
        entered, expected = module.enter(audio), module(audio).layers[-1]
    module._blocks[0][0].register_forward_pre_hook(lambda *_: [meeting.wait(30), None][1])

    def go(what):
        with torch.inference_mode():
            return what().layers[-1]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(go, (lambda: module.resume(entered), lambda: module(audio))))
    for layer in found:
        torch.testing.assert_close(layer, expected, rtol=1e-5, atol=1e-5)


def test_padding_that_leaks_is_refused_here_too(shelf):
    """SEW's clips go on in batches of one length only, as in forward."""
    _, module = shelf("sew")
    state = torch.zeros(2, 10, 32)
    with pytest.raises(EmobenchError, match="one length only"):
        module.resume(Entered(state, torch.tensor([6_500, 3_000])))


def test_a_pass_that_begins_with_audio_skips_nothing(shelf):
    """Outside of a resuming pass, the modules of a front end are what they were."""
    _, module = shelf("hubert")
    embed, hidden = module.model.encoder.pos_conv_embed, torch.randn(1, 20, 32)
    with torch.inference_mode():
        plain = embed(hidden)
        with begun(Pass(torch.tensor([6_500]))):
            assert torch.equal(embed(hidden), plain)
        with begun(Pass(torch.tensor([6_500]), resumed=hidden)):
            assert embed(hidden) is hidden
