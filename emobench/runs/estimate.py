"""How long will a plan take? A rough answer, from what the same backbone cost before or from its size."""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from emobench.audio.decode import length_at
from emobench.audio.pieces import samples_heard
from emobench.domain.bias import FRAMES
from emobench.domain.cards import BackboneCard
from emobench.domain.plan import BackbonePlan, DatasetPlan, Plan, Unit
from emobench.files.home import home as home_folder
from emobench.runs.bias_units import kind_of
from emobench.runs.extraction_stage import store_of
from emobench.runs.training_estimate import training_seconds
from emobench.runs.unit_store import UnitStore
from emobench.tasks.bias_notes import LEAST_ROWS

CPU_FLOPS_PER_THREAD = 2e10  # of probes, whose products are small
MODEL_SPEEDUP = 4  # the products of models are large
GPU_FLOPS = 2e13
FLOP_PER_PARAMETER_AND_FRAME = 4  # 2 FLOP a weight, as much again for the convolutions
BYTES_PER_PARAMETER = 4
SECONDS_PER_AUDIO_SECOND = 0.004  # decoding, resampling, pooling
ITERATIONS = 18  # on the average of the strengths, counted at the speed above


# Seconds of one thread to hold emotions apart, as measured with six emotions of 23 people.
CLIPS_COST, KERNEL_WIDTH = 2.0e-9, 600  # a pair of clips and number of a clip; what a pair costs beside its numbers
CELL_COST, LINE_COST = 3e-10, 2e-8  # of frames, a cube of the width: a pair of emotions; a line to FAD-inf


def _speed(device: torch.device) -> float:
    return GPU_FLOPS if device.type == "cuda" else CPU_FLOPS_PER_THREAD * torch.get_num_threads()


def _measured(files: Iterable[Path]) -> float | None:
    """Wall seconds per clip of the first shards that tell, or None."""
    for path in list(files)[:3]:
        try:
            with safe_open(path, framework="np") as file:
                header = file.metadata()
                return float(json.loads(header["spent"])["wall_seconds"]) / max(1, len(json.loads(header["clips"])))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError):
            continue
    return None


def extraction_seconds(plan: Plan, home: Path, device: torch.device) -> float:
    """Seconds to compute the shards that are missing."""
    total = 0.0
    read = {(unit.backbone, name, kind_of(unit)) for unit in plan.units if unit.layers for name in unit.datasets}
    for backbone, name, kind in sorted(read):
        pair = (backbone, name)
        store = store_of(plan, pair, home, kind)
        missing = sum(len(shard.clips) for shard in store.missing())
        if not missing:
            continue
        dataset, card = plan.datasets[pair[1]], store.card
        measured = _measured(store.folder.glob("*.safetensors"))
        if measured is None:
            frames = max(layer.hz for layer in card.layers) * _seconds_heard(card, dataset)
            flops = FLOP_PER_PARAMETER_AND_FRAME * _parameters(plan.backbones[pair[0]]) * frames / MODEL_SPEEDUP
            measured = (SECONDS_PER_AUDIO_SECOND * dataset.seconds + flops / _speed(device)) / len(dataset.clips)
        total += measured * missing
    return total


def _parameters(backbone: BackbonePlan) -> float:
    """The parameters of a card, of the layers that are wanted; of one that does not say, what its files could hold."""
    files = sum(path.stat().st_size for path in backbone.files.values())
    whole = backbone.card.parameters or files / BYTES_PER_PARAMETER
    return whole * len(backbone.card.layers) / len(backbone.whole.layers)


def _seconds_heard(card: BackboneCard, dataset: DatasetPlan) -> float:
    """Seconds of audio that a model hears, the padding of fixed windows included."""
    rate = card.sample_rate
    return sum(samples_heard(length_at(planned, rate), card) for planned in dataset.clips) / rate


def probe_seconds(plan: Plan, home: Path, device: torch.device) -> float:
    """Seconds to run the units that are missing."""
    store, flops = UnitStore(home / "units"), 0.0
    for unit in plan.units:
        if unit.training is not None or plan.bias is not None or store.done(unit):
            continue
        card, folds = plan.backbones[unit.backbone].card, plan.splits[unit.datasets[0]].count
        clips = sum(len(plan.datasets[name].clips) for name in unit.datasets)
        problems = 2 * folds if plan.pair is not None else folds * (folds + 3) / 2
        width = max(layer.width for layer in card.layers)
        outputs = max(1, len(unit.attribute.classes))
        flops += 4 * problems * len(plan.probe.c) * ITERATIONS * clips * width * outputs
    return flops / _speed(device)


def distance_seconds(plan: Plan, home: Path) -> float:
    """Seconds to hold emotions apart in the layers that are missing; numpy works on the processor."""
    store, total = UnitStore(home / "units"), 0.0
    for unit in plan.units if plan.bias is not None else ():
        if store.done(unit):
            continue
        width = plan.backbones[unit.backbone].card.layers[unit.layers[0]].width
        if kind_of(unit) == "frames":
            total += _frames_seconds(plan, unit, width)
        else:
            clips = sum(len(plan.datasets[name].clips) for name in unit.datasets)
            total += CLIPS_COST * clips**2 * (width + KERNEL_WIDTH)
    return total / torch.get_num_threads()


def _frames_seconds(plan: Plan, unit: Unit, width: int) -> float:
    """Seconds of one layer's frames: with few of them only as many numbers count, and no line is drawn."""
    emotions = len(unit.attribute.classes)
    rows = min(len(plan.datasets[name].clips) for name in unit.datasets) * FRAMES / emotions
    lines = LINE_COST * emotions if rows > max(width, LEAST_ROWS) else 0.0
    return (CELL_COST * emotions**2 + lines) * min(width, rows) ** 3


def estimated_hours(plan: Plan, device: torch.device, home: Path | None = None) -> float:
    """Hours for everything that is not done yet; right within a factor of a few."""
    folder = home_folder() if home is None else home
    heard = extraction_seconds(plan, folder, device)
    asked = probe_seconds(plan, folder, device) + distance_seconds(plan, folder)
    return (heard + asked + training_seconds(plan, folder, device)) / 3600
