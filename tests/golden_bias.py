"""What do the stages of `fad_bias` compute from small, fixed problems? The numbers that `test_golden` holds them to."""

import numpy as np
import torch
from bias_toys import distances
from golden_pair import numbers

from emobench.catalog.contracts import FrameFeatures
from emobench.features.frames import evenly_spaced
from emobench.tasks.bias_frames import measure_frames
from emobench.tasks.bias_layer import measure
from emobench.tasks.bias_scene import scene_of
from emobench.tasks.fad_bias_scores import score


def frames(_folder):
    """The frames kept of two clips, of 40 frames and of 5."""
    layer = torch.sin(torch.arange(2 * 40 * 3, dtype=torch.float32)).reshape(2, 40, 3)
    kept = evenly_spaced(FrameFeatures((layer,), (torch.tensor([40, 5]),)), 16).layers[0]
    return [numbers(row[np.isfinite(row)]) for row in kept.numpy()]


def measured(_folder):
    """The arrays of a layer of 240 clips by ten people, and of four frames of each; features are sines."""
    index = np.arange(240)
    emotion, person, domain = index % 3, index // 12 % 10, index // 120
    features = np.sin(np.outer(index + 1, np.arange(1, 7)) * 1.7)
    features += 0.8 * np.cos(np.outer(emotion, np.arange(6))) + 0.3 * np.sin(np.outer(person, np.arange(6)))
    features += 0.5 * domain[:, None]
    names = [f"p{one}" for one in person]
    scene, _, _ = scene_of(3, (emotion[:120], emotion[120:]), (names[:120], names[120:]))
    some = np.sin(np.arange(4) * 2.1)[None, :, None] + features[:, None, :]
    clips, more = measure(scene, features), measure_frames(scene, some.astype(np.float32))
    return {name: numbers(values[np.isfinite(values)]) for name, values in clips.items()} | {
        f"frames {name}": numbers(values[np.isfinite(values)])
        for name, values in more.items()
        if np.isfinite(values).any()
    }


def scored(_folder):
    """Scores and intervals of two layers drawn once."""
    told = score(distances(moved=("happy",), far=3.0))
    return [
        [row.metric, row.layer, row.class_, row.source, row.value, row.low, row.high, row.p]
        for row in told.scores
        if row.class_b is None and row.geometry == "aligned" and row.layer in (None, "1")
    ]
