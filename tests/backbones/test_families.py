"""Does every family give what transformers gives, clip by clip, from files as they are published?"""

import math
import re

import numpy as np
import pytest
import torch
import transformers
from tiny_families import SECONDS, batch_of, catalog, loaded, waves
from torch import nn

from emobench.catalog.contracts import WeightFiles
from emobench.catalog.families import settings_of
from emobench.files.weights import resolve_weights
from emobench.testing.tiny_models import TINY, write_tiny

WINDOWED = ("whisper", "ast", "clap")


@pytest.fixture(params=list(TINY))
def name(request):
    """A tiny model of each family, base and stable-layer-norm shapes."""
    return request.param


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Tiny models, written once each."""
    written = {}

    def folder(name, layout="safetensors"):
        if (name, layout) not in written:
            written[name, layout] = write_tiny(tmp_path_factory.mktemp("models") / name, name, layout)
        return written[name, layout]

    return folder


def valid(features, row):
    """Per layer the valid frames of one clip."""
    return [layer[row, : n[row]] for layer, n in zip(features.layers, features.lengths, strict=True)]


def reference(folder, name, wave):
    """All layers of one clip by transformers alone: its loading, its extractor, its call; (frames, width)."""
    model_type, _, _ = TINY[name]
    heard = transformers.AutoFeatureExtractor.from_pretrained(folder)
    inputs = heard(wave.numpy(), sampling_rate=heard.sampling_rate, return_tensors="pt")
    wanted = {"output_hidden_states": True}
    if model_type == "whisper":
        model = transformers.WhisperModel.from_pretrained(folder).eval().encoder
    elif model_type == "clap":
        model = transformers.ClapModel.from_pretrained(folder).eval().audio_model
        inputs.pop("is_longer")
        wanted["output_hidden_states_before_downsampling"] = True
    elif model_type == "mert_model":
        config = transformers.HubertConfig.from_pretrained(folder)
        model = transformers.HubertModel.from_pretrained(folder, config=config).eval()
    else:
        model = transformers.AutoModel.from_pretrained(folder).eval()
    inputs.pop("attention_mask", None) if model_type != "wav2vec2-bert" else None
    with torch.no_grad():
        found = model(**inputs, **wanted)
    states = [*found.hidden_states[:-1], found.last_hidden_state]
    return [as_frames(model_type, number, state, wave, len(states)) for number, state in enumerate(states)]


def as_frames(model_type, number, state, wave, count):
    """The states of one clip as frames in time, one after the other, those centred inside the clip: by loops."""
    state = state[0]
    if model_type == "whisper":
        return torch.stack([frame for k, frame in enumerate(state) if 320 * k < len(wave)])
    if model_type == "audio-spectrogram-transformer":
        return patches_in_time(state, wave)
    if model_type == "clap":
        return stage_in_time(state, number, number == count - 1, wave)
    if model_type == "wav2vec2-bert":
        return state[: (1 + (len(wave) - 400) // 160) // 2]  # the extractor pads an odd bank and masks the pair
    return state


def patches_in_time(state, wave):
    """Twelve bands of 101 columns, two tokens in front: the mean of each column."""
    frames = []
    for column in range(101):
        if column == 0 or (10 * column + 7.5) * 160 + 200 < len(wave):
            frames.append(torch.stack([state[2 + band * 101 + column] for band in range(12)]).mean(0))
    return torch.stack(frames)


def stage_in_time(state, number, last, wave):
    """Four chunks of time one below the other, each with its bands: the mean over the bands of each column."""
    patch, frames = 4 * 2 ** max(0, number - 1), []
    columns = 256 // patch
    for chunk in range(4):
        for column in range(columns):
            frame = chunk * columns + column
            if frame and (patch * frame + (patch - 1) / 2) * 1000 / 1023 * 480 >= len(wave):
                continue
            rows = columns // 4
            bands = state[:, :, frame] if last else state[:, chunk * rows : (chunk + 1) * rows, column]
            frames.append(bands.mean(1))
    return torch.stack(frames)


@pytest.mark.parametrize("layout", ["safetensors", "bin"])
def test_agrees_with_transformers_clip_by_clip(name, layout, shelf, tmp_path):
    """Every layer of every clip of a padded batch is what transformers gives for that clip alone, to 1e-5 of its size.

    Layer 0 enters the first block and the last is ``last_hidden_state``; weights come from both published formats.
    """
    card, module = loaded(shelf(name, layout), name, tmp_path)
    clips = waves(card)
    with torch.inference_mode():
        features = module(batch_of(*clips))
    assert len(features.layers) == len(card.layers)
    for row in (0, 1, 3):
        expected = reference(shelf(name), name, clips[row])
        for layer, truth in zip(valid(features, row), expected, strict=True):
            assert layer.shape == truth.shape
            assert (layer - truth).norm() <= 1e-5 * truth.norm()


def test_batch_mates_change_nothing(name, shelf, tmp_path):
    """A clip's pooled features are the same alone and beside others, to 1e-4 of their size, in float32."""
    card, module = loaded(shelf(name), name, tmp_path)
    clips = waves(card, seconds=(*SECONDS, 0.05))
    with torch.inference_mode():
        together = module(batch_of(*clips))
        for row, clip in enumerate(clips):
            alone = valid(module(batch_of(clip)), 0)
            for layer, truth in zip(valid(together, row), alone, strict=True):
                assert layer.shape == truth.shape
                assert (layer.mean(0) - truth.mean(0)).norm() <= 1e-4 * truth.mean(0).norm()


def test_the_card_describes_the_module(name, shelf, tmp_path):
    """Layers, widths, frame rates and parameters are those the card was given from the settings alone."""
    card, module = loaded(shelf(name), name, tmp_path)
    seconds = 2.05
    clip = torch.randn(round(seconds * card.sample_rate))
    with torch.inference_mode():
        features = module(batch_of(clip))
    for layer, said, frames in zip(features.layers, card.layers, features.lengths, strict=True):
        assert (layer.shape[2], layer.dtype) == (said.width, torch.float32)
        assert abs(int(frames) - seconds * said.hz) <= 2
    assert not any(part.training for part in module.modules())


def test_train_mode_drops_and_masks_nothing(name, shelf, tmp_path):
    """Layerdrop and SpecAugment are off: in train mode, without dropout, the features are those of eval mode."""
    card, module = loaded(shelf(name), name, tmp_path)
    audio = batch_of(*waves(card)[2:])
    with torch.inference_mode():
        expected = module(audio)
        module.train()
        for part in module.modules():
            if isinstance(part, (nn.Dropout, nn.modules.batchnorm._BatchNorm)):
                part.eval()
        for block in module.modules():  # what is dropped by a number, not by a module
            for field in ("dropout", "attention_dropout", "activation_dropout"):
                if isinstance(getattr(block, field, None), float):
                    setattr(block, field, 0.0)
        for _ in range(4):
            found = module(audio)
            assert len(found.layers) == len(expected.layers)
            for layer, truth in zip(found.layers, expected.layers, strict=True):
                torch.testing.assert_close(layer, truth, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_stopping_early_changes_nothing_below(name, kept, shelf, tmp_path):
    """With ``keep_layers(k)`` the first k layers are the same, the blocks above them are gone, and none is computed."""
    card, module = loaded(shelf(name), name, tmp_path)
    kept = min(kept, len(card.layers) - 1)
    audio = batch_of(*waves(card)[:2])
    with torch.inference_mode():
        whole = module(audio)
        before = sum(weight.numel() for weight in module.parameters())
        module.keep_layers(kept)
        first = module(audio)
    assert len(first.layers) == kept
    assert sum(weight.numel() for weight in module.parameters()) < before
    for layer, truth in zip(first.layers, whole.layers, strict=False):
        torch.testing.assert_close(layer, truth)


def test_adapt_places_exist(name, shelf, tmp_path):
    """Every place of the adapt card names modules; those of attention and feed-forward are Linears that are called."""
    card, module = loaded(shelf(name), name, tmp_path)
    parts, called = dict(module.named_modules()), set()

    def places(pattern):
        wanted = re.compile(re.escape(pattern).replace(r"\*", r"\d+") + "$")
        found = [part for part in parts if wanted.match(part)]
        assert found, pattern
        return found

    for front in card.adapt.front_end:
        places(front)
    assert len(places(card.adapt.blocks)) >= len(card.layers) - 1
    linears = [part for pattern in (*card.adapt.attention, *card.adapt.feed_forward) for part in places(pattern)]
    for part in linears:
        assert isinstance(parts[part], nn.Linear)
        parts[part].register_forward_hook(lambda *_, part=part: called.add(part))
    with torch.inference_mode():
        module(batch_of(*waves(card)[:1]))
    assert called == set(linears)


def test_sees_level_when_it_says_so(name, shelf, tmp_path):
    """Twice the amplitude changes the features of exactly those models whose card says that they see level."""
    card, module = loaded(shelf(name), name, tmp_path)
    clip = torch.randn(card.sample_rate, generator=torch.Generator().manual_seed(1)) / 10
    with torch.inference_mode():
        quiet, loud = (valid(module(batch_of(wave)), 0) for wave in (clip, 2 * clip))
    same = all((a - b).norm() <= 2e-3 * a.norm() for a, b in zip(quiet, loud, strict=True))
    assert same is not card.sees_level


def test_the_shortest_input_has_a_frame(name, shelf, tmp_path):
    """``min_seconds`` is enough for every layer, and one sample less is not, where the model has a shortest input."""
    card, module = loaded(shelf(name), name, tmp_path)
    shortest = math.ceil(card.min_seconds * card.sample_rate - 1e-6)
    with torch.inference_mode():
        assert all(int(frames) >= 1 for frames in module(batch_of(torch.randn(shortest))).lengths)
        if name not in WINDOWED:
            with pytest.raises((RuntimeError, ValueError, AssertionError, IndexError, UserWarning)):
                module(batch_of(torch.randn(shortest - card.sample_rate // 100)))


def test_silence_is_finite(name, shelf, tmp_path):
    """Digital silence gives numbers."""
    card, module = loaded(shelf(name), name, tmp_path)
    with torch.inference_mode():
        assert all(layer.isfinite().all() for layer in valid(module(batch_of(torch.zeros(card.sample_rate))), 0))


def test_gradients_reach_the_waveform(name, shelf, tmp_path):
    """All families are differentiable from the last layer to the samples."""
    card, module = loaded(shelf(name), name, tmp_path)
    audio = batch_of(torch.randn(card.sample_rate) / 10)
    audio.waveform.requires_grad_(True)
    weights = torch.randn(module(audio).layers[-1].shape)
    (gradient,) = torch.autograd.grad((module(audio).layers[-1] * weights).sum(), audio.waveform)
    assert gradient.isfinite().all()
    assert gradient.abs().max() > 0


def test_random_control_is_seeded_and_alike(name, shelf, tmp_path):
    """``hf:ORG/REPO@random`` needs the settings only, gives the same layers, and the same weights for the same seed."""
    backbone = catalog().backbone(f"hf:tiny/{name}@random").what
    found = resolve_weights(
        "tiny", backbone.card.weights, shelf(name), offline=True, home=tmp_path, env={}, settings_only=True
    )
    assert not any(file.endswith((".safetensors", ".bin")) for file in found.files)
    files = WeightFiles(dict(found.files))
    card = backbone.describe(backbone.card, files)
    assert card.random
    drawn = []
    for _ in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(5)
            drawn.append(backbone.load(card, files))
    published, _ = loaded(shelf(name), name, tmp_path)
    assert card.layers == published.layers
    for one, two in zip(drawn[0].parameters(), drawn[1].parameters(), strict=True):
        assert torch.equal(one, two)


def test_sharded_weights_are_put_together(name, shelf, tmp_path):
    """A checkpoint in several files, named by its index, gives the same weights."""
    _, whole = loaded(shelf(name), name, tmp_path)
    assert len(list(shelf(name, "shards").glob("*.safetensors"))) > 1
    _, joined = loaded(shelf(name, "shards"), name, tmp_path)
    for one, two in zip(whole.state_dict().values(), joined.state_dict().values(), strict=True):
        assert torch.equal(one, two)


def test_sdpa_where_transformers_has_it(name, shelf, tmp_path):
    """Attention runs through torch's scaled_dot_product_attention, except in families that bring their own kernel."""
    _, module = loaded(shelf(name), name, tmp_path)
    chosen = module.model.config._attn_implementation
    assert chosen == ("eager" if TINY[name][0] in ("wavlm", "clap") else "sdpa")


def test_threads_do_not_meet(name, shelf, tmp_path):
    """Two threads that send batches through one module get what each gets alone."""
    from concurrent.futures import ThreadPoolExecutor

    card, module = loaded(shelf(name), name, tmp_path)
    batches = [batch_of(*waves(card)[1:]), batch_of(*waves(card)[:2])] * 4

    def hear(audio):
        with torch.inference_mode():
            return module(audio)

    expected = [hear(audio) for audio in batches]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(hear, batches))
    for one, two in zip(found, expected, strict=True):
        for layer, truth in zip(one.layers, two.layers, strict=True):
            np.testing.assert_allclose(layer.numpy(), truth.numpy(), atol=1e-5, rtol=1e-4)


def test_settings_are_read_from_a_processor_file(shelf, tmp_path):
    """A ``processor_config.json``, as transformers 5 writes it with the extractor inside, gives the same settings."""
    import json
    import shutil

    folder = shutil.copytree(shelf("hubert"), tmp_path / "copy")
    extractor = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(json.dumps({"feature_extractor": extractor}))
    files = WeightFiles({path.name: path for path in folder.iterdir()})
    assert settings_of(files).preprocessor == extractor
    card, _ = loaded(folder, "hubert", tmp_path)
    assert card.sees_level is False
