"""Are features on a GPU those of the CPU, whatever is in the batch? Runs where there is one."""

import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from emobench.audio.scan import examine
from emobench.audio.segment import plan_clip
from emobench.backbones import hubert_tiny
from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import AudioBatch, WeightFiles
from emobench.catalog.discovery import installed
from emobench.catalog.families import Settings
from emobench.domain.clip import Clip
from emobench.domain.errors import EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features.extraction import Ear, exact_arithmetic, extract
from emobench.features.memory import give_back
from emobench.features.pooling import mean_over_time
from emobench.testing.tiny_models import TINY

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.fixture(params=list(TINY))
def model(request):
    """A tiny model of each family on the CPU, and its rate and kind of batches."""
    model_type, config, preprocessor = TINY[request.param]
    family = build_catalog(*installed()).families[model_type].what
    settings = Settings({"model_type": model_type, **config}, preprocessor)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return family.load_random(None, settings).eval(), family.traits(settings)


def batch(traits):
    generator = torch.Generator().manual_seed(1)
    seconds = (0.3, 0.8, 1.7) if traits.batches == "padded" else (1.0, 1.0, 1.0)
    clips = [torch.randn(round(s * traits.sample_rate), generator=generator) / 10 for s in seconds]
    return AudioBatch(nn.utils.rnn.pad_sequence(clips, batch_first=True), torch.tensor([len(c) for c in clips]))


def pooled(module, audio, device, *, half=False):
    there = AudioBatch(audio.waveform.to(device), audio.lengths.to(device))
    with exact_arithmetic(), torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=half):
        return [layer.cpu() for layer in mean_over_time(module.to(device)(there)).layers]


def test_a_gpu_gives_the_features_of_a_cpu(model):
    """float32 without TF32: every layer of every clip within 1e-4 of the CPU's."""
    module, traits = model
    audio = batch(traits)
    for layer, truth in zip(pooled(module, audio, "cuda"), pooled(module, audio, "cpu"), strict=True):
        assert ((layer - truth).norm(dim=1) <= 1e-4 * truth.norm(dim=1)).all()


def test_batch_mates_change_nothing_on_a_gpu(model):
    """A clip's features are the same alone and beside others, to 1e-4."""
    module, traits = model
    audio = batch(traits)
    together = pooled(module, audio, "cuda")
    for row, samples in enumerate(audio.lengths.tolist()):
        alone = AudioBatch(audio.waveform[row : row + 1, :samples], audio.lengths[row : row + 1])
        for layer, truth in zip(together, pooled(module, alone, "cuda"), strict=True):
            assert (layer[row] - truth[0]).norm() <= 1e-4 * truth[0].norm()


def test_half_precision_is_finite_on_a_gpu(model):
    """bfloat16 gives numbers, and about the same ones."""
    module, traits = model
    audio = batch(traits)
    for layer, truth in zip(pooled(module, audio, "cuda", half=True), pooled(module, audio, "cuda"), strict=True):
        assert layer.isfinite().all()
        assert (layer - truth).norm() <= 0.1 * truth.norm()


def test_a_gpu_that_is_too_small_names_the_budget_that_fits(tmp_path):
    """With a cap on its memory the error names device and budget; with that budget the same clips go through."""
    rng, clips = np.random.default_rng(3), []
    for number in range(24):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, rng.uniform(-0.1, 0.1, 10 * 16_000), 16_000, subtype="PCM_16")
        clips.append(plan_clip(Clip(id=str(number), path=path, group="g", labels={}), examine(path)))
    device, card = torch.device("cuda", 0), hubert_tiny.CARD
    module = hubert_tiny.load(card, WeightFiles()).eval().to(device)
    ear = Ear(module, BackbonePlan(card, {}, "toys 1.0"), ReadingOptions(), "fp32", device, 240 * 16_000)
    give_back()
    torch.cuda.reset_peak_memory_stats(device)
    roomy = extract(ear, [clips], lambda _: None)
    whole = torch.cuda.max_memory_reserved(device)
    give_back()
    total = torch.cuda.mem_get_info(device)[1]
    torch.cuda.set_per_process_memory_fraction(whole / 3 / total, device)
    try:
        with pytest.raises(EmobenchError, match="memory is too small for what goes through") as caught:
            extract(ear, [clips], lambda _: None)
        (budget,) = re.findall(r"--batch-seconds ([\d.]+) passes here", caught.value.remedy)
        smaller = replace(ear, most_samples=int(float(budget) * 16_000))
        rows = smaller.most_samples // 160_000
        found = extract(smaller, [clips[first : first + rows] for first in range(0, 24, rows)], lambda _: None)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    assert "CUDA out of memory" in caught.value.found
    assert f"{device} ({torch.cuda.get_device_name(device)}): " in caught.value.found
    assert "24 clips, 240.0 s with padding" in caught.value.found
    for values, truth in zip(found, roomy, strict=True):
        assert (np.linalg.norm(values - truth, axis=1) <= 1e-4 * np.linalg.norm(truth, axis=1)).all()
