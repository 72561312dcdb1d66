"""Does every stage that produces numbers still give those of its version?

When this fails and the change is meant: raise the stage's version in emobench/domain/stages.py, then write the new
numbers with `python tests/test_golden.py`. What was computed before is then never mixed with what comes after.
"""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from golden_bias import frames, measured, scored
from golden_pair import EMOTION, carried_over, cross_domain, numbers, question, training

from emobench.audio.batching import make_batch
from emobench.audio.decode import load_clip
from emobench.backbones import hubert_tiny, level_duration, logmel
from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import WeightFiles
from emobench.catalog.discovery import installed
from emobench.catalog.families import Settings
from emobench.domain.cards import BackboneCard
from emobench.domain.clip import Clip
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import AudioFacts, PlannedClip
from emobench.domain.stages import STAGES
from emobench.features.pooling import mean_over_time
from emobench.tasks.layerwise import run_part
from emobench.tasks.layerwise_scores import score
from emobench.tasks.predictions import Predictions
from emobench.testing.tiny_models import TINY

GOLDEN = Path(__file__).parent / "golden.json"


def chirp(seconds, rate):
    time = np.arange(int(seconds * rate)) / rate
    return 0.3 * np.sin(2 * np.pi * (200 * time + 900 * time**2)) * np.exp(-time)


def reading(folder):
    """A stereo file at 44.1 kHz, as it is and at equal level, at 16 kHz."""
    wave = np.stack([chirp(0.5, 44_100), 0.5 * chirp(0.5, 44_100)], axis=1)
    soundfile.write(folder / "chirp.wav", wave, 44_100, subtype="PCM_16")
    clip = Clip(id="chirp", path=folder / "chirp.wav", group="g", labels={})
    planned = PlannedClip(clip, AudioFacts("", len(wave), 44_100, 2), 4_410, len(wave))
    levels = ("as_is", "equal")
    return {level: numbers(load_clip(planned, 16_000, ReadingOptions(level=level))) for level in levels}


def extraction(_folder):
    """Two clips of different length through the built-in backbones and a tiny model of every family, pooled."""
    batch = make_batch([chirp(0.4, 16_000).astype(np.float32), chirp(0.9, 16_000).astype(np.float32)])
    found = {}
    for plugin in (logmel, level_duration, hubert_tiny):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            module = plugin.load(plugin.CARD, WeightFiles()).eval()
        with torch.inference_mode():
            pooled = mean_over_time(module(batch))
        found[plugin.CARD.name] = [numbers(layer) for layer in pooled.layers]
    return found | {name: [numbers(layer) for layer in layers] for name, layers in _families()}


def _families():
    """Two clips through a tiny model of every family: (name, pooled layers)."""
    families = build_catalog(*installed()).families
    for name, (model_type, config, preprocessor) in TINY.items():
        family, settings = families[model_type].what, Settings({"model_type": model_type, **config}, preprocessor)
        traits = family.traits(settings)
        card = BackboneCard(
            name="hf:tiny/model", pretrained_on="nothing", licence="none", paper="",
            **{field.name: getattr(traits, field.name) for field in fields(traits)},
        )  # fmt: skip
        module = _waved(family.load_random(card, settings))
        pooled = []
        for seconds in (0.4, 0.9):
            audio = make_batch([chirp(seconds, card.sample_rate).astype(np.float32)])
            with torch.inference_mode():
                pooled.append(mean_over_time(module(audio)).layers)
        yield name, [torch.cat(layers) for layers in zip(*pooled, strict=True)]


def _waved(module):
    """The module with weights that are sines of their places: the same on every version of torch."""
    for index, weight in enumerate(module.parameters()):
        values = torch.sin(torch.arange(weight.numel(), dtype=torch.float64) * 0.37 + index).reshape(weight.shape)
        scale = 0.3 if weight.dim() == 1 else (3 / weight[0].numel()) ** 0.5
        weight.data.copy_(values * scale + (weight.dim() == 1))
    return module.eval()


def probes(_folder):
    """Decisions of a layer, and of a weighted sum of twice that layer (so that its minimum is unique)."""
    asked, features = question()
    found = {}
    for name, part in (
        ("layer", run_part(asked, "0", features).predictions),
        ("weighted_sum", run_part(asked, None, torch.stack([features, features])).predictions),
    ):
        counts = {view: np.bincount(values, minlength=3).tolist() for view, values in part.views.items()}
        right = float((part.views["all"] == asked.truth).mean())
        found[name] = {"counts": counts, "right": right, "strength": part.strength.tolist()}
    return found


def layerwise(_folder):
    """Headline and intervals from fixed predictions."""
    asked, features = question()
    part = run_part(asked, "0", features).predictions
    for view, values in part.views.items():
        wrong = np.arange(len(values)) % (5 + len(view)) == 0
        part.views[view][:] = np.where(wrong, (asked.truth + 1) % 3, asked.truth)
        assert len(values) == len(wrong)
    clips = tuple(f"c{i:03}" for i in range(144))
    groups = tuple(f"g{i // 12}" for i in range(144))
    told = Predictions("corpus", EMOTION, clips, groups, asked.fold, asked.truth, asked.strengths, (part,))
    found = score(told, {f"g{i}": "female" if i % 2 else "male" for i in range(12)})
    return [[row.metric, row.view, row.fold, row.value, row.low, row.high] for row in found.scores]


STAGE = {
    "reading": reading,
    "extraction": extraction,
    "probes": probes,
    "layerwise": layerwise,
    "transfer": carried_over,
    "training": training,
    "cross_domain": cross_domain,
    "frames": frames,
    "distances": measured,
    "fad_bias": scored,
}


def close(found, golden):
    """Equal up to 1e-4 in numbers, exactly elsewhere."""
    if isinstance(golden, dict):
        return set(found) == set(golden) and all(close(found[key], golden[key]) for key in golden)
    if isinstance(golden, list):
        return len(found) == len(golden) and all(map(close, found, golden))
    if isinstance(golden, float):
        return found == pytest.approx(golden, rel=1e-3, abs=1e-4)
    return found == golden


@pytest.mark.parametrize("stage", STAGES)
def test_numbers_change_only_with_their_version(stage, tmp_path):
    """A stage gives the numbers that were noted for its version."""
    golden = json.loads(GOLDEN.read_text())
    assert golden[stage]["version"] == STAGES[stage], "the version was raised: run `python tests/test_golden.py`"
    found = json.loads(json.dumps(STAGE[stage](tmp_path)))
    assert close(found, golden[stage]["numbers"]), f"raise STAGES['{stage}'] if this change is meant"


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        noted = {s: {"version": STAGES[s], "numbers": STAGE[s](Path(temporary))} for s in STAGE}
    GOLDEN.write_text(json.dumps(noted, indent=1) + "\n")
