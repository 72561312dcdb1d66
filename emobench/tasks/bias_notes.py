"""What must be known to read the scores of a `fad_bias` record? Notes on what is missing, and on what is biased."""

from collections.abc import Iterator, Sequence
from math import factorial

import numpy as np

from emobench.metrics.uncertainty import MINIMUM_GROUPS
from emobench.tasks.bias_intervals import Jackknife
from emobench.tasks.bias_relative import Compared, in_the_mean
from emobench.tasks.bias_rows import MOVABLE, TIED
from emobench.tasks.emotion_distances import ALIGNED, GEOMETRIES, EmotionDistances

LEAST_ROWS = 1000  # of which FAD-inf can be extrapolated
SURE = 0.05


def notes_of(distances: EmotionDistances, jackknife: Jackknife) -> Iterator[str]:
    """Notes that hold for every geometry."""
    yield from _about_people(distances, jackknife)
    yield from _about_emotions(distances)
    yield from _about_frechet(distances)


def notes_on_layers(distances: EmotionDistances, geometry: str, layers: Sequence[Compared]) -> Iterator[str]:
    """Notes on layers of a geometry that say nothing, or less."""
    meant = in_the_mean(layers)
    still = [one for one in layers if not _bandwidth(distances, geometry, one) > 0]
    broken = [one for one in layers if one not in meant and one not in still]
    equal = [one for one in meant if not np.isfinite(one.relative).all()]
    for some, what in (
        (still, "features do not vary: no kernel distances, and no part in the mean over layers"),
        (
            broken,
            "a kernel distance is undefined, with everybody or without some block: no part in the mean over layers",
        ),
        (equal, "different emotions are not surely apart: nothing is said relative to their distance"),
    ):
        if some:
            names = ", ".join(str(one.layer) for one in some)
            yield f"{geometry}, {'layer' if len(some) == 1 else 'layers'} {names}: {what}"


def _about_people(distances: EmotionDistances, jackknife: Jackknife) -> Iterator[str]:
    first, second = distances.datasets
    where = (f"in both {first} and {second}", f"in {first} only", f"in {second} only")
    for stratum in jackknife.few:
        people = jackknife.people[stratum]
        yield (
            f"no intervals by people left out: people {where[stratum]}: {people}, at least {MINIMUM_GROUPS} are needed"
        )
    for name, share in zip(distances.datasets, distances.movable, strict=True):
        if share < MOVABLE:
            yield (
                f"{name}: the labels of {share:.0%} of the clips can be permuted inside people (who has one emotion "
                "gives none): nothing is said by permuted labels"
            )


def _about_emotions(distances: EmotionDistances) -> Iterator[str]:
    emotions = len(distances.attribute.classes)
    if emotions == TIED:
        yield f"{ALIGNED}: two emotions lie equally far by construction: no emotion bias"
    if 1 / factorial(emotions) > SURE:
        yield f"correspondence: of {emotions} emotions its p is 1/{factorial(emotions)} at best"


def _about_frechet(distances: EmotionDistances) -> Iterator[str]:
    least, most = int(distances.clips.min()), int(distances.clips.max())
    clips = f"an emotion has {least} to {most} clips in a dataset" if least < most else f"an emotion has {least} clips"
    yield (
        f"FAD-inf is null with clips: it is extrapolated from frames only (view=frames); it takes {LEAST_ROWS:,} rows "
        f"and more than a layer has numbers, and {clips}"
    )
    wide = [width for width in distances.widths if least <= width]
    if wide:
        yield (
            f"Frechet: {clips}, and {len(wide)} of {len(distances.widths)} layers have as many numbers or more (up to "
            f"{max(wide)}): covariances are singular there, distances of all clips are too large, and fad_excess, 0 in "
            "the mean where datasets do not differ, is too small where they do"
        )
    if any(np.isnan(a[f"{g}.fad_signal"][0]).any() for a in distances.arrays.values() for g in GEOMETRIES):
        yield "fad_excess is null: half of the people have fewer than two clips of some emotion"
    if any(np.isnan(values).any() for arrays in distances.frames.values() for values in arrays.values()):
        yield (
            f"FAD-inf of frames is null where an emotion has fewer than {LEAST_ROWS:,} frames, or no more than a layer "
            "has numbers; covariances of so few are singular, and FAD on them is too large"
        )


def _bandwidth(distances: EmotionDistances, geometry: str, one: Compared) -> float:
    return float(distances.arrays[str(one.layer)][f"{geometry}.bandwidth"])
