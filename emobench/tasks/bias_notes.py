"""What must be known to read the scores of a `fad_bias` record? Notes on what is missing, and on what is biased."""

from collections.abc import Iterator, Sequence

import numpy as np

from emobench.metrics.uncertainty import MINIMUM_GROUPS
from emobench.tasks.bias_intervals import Jackknife
from emobench.tasks.bias_relative import Compared
from emobench.tasks.emotion_distances import EmotionDistances

LEAST_ROWS = 1000  # of which FAD-inf can be extrapolated


def notes_of(distances: EmotionDistances, jackknife: Jackknife) -> Iterator[str]:
    """Notes that hold for every geometry."""
    first, second = distances.datasets
    where = (f"in both {first} and {second}", f"in {first} only", f"in {second} only")
    for stratum in jackknife.few:
        people = jackknife.people[stratum]
        yield f"no intervals by people left out: {people} people {where[stratum]}, at least {MINIMUM_GROUPS} are needed"
    least, most = int(distances.clips.min()), int(distances.clips.max())
    clips = f"an emotion has {least} to {most} clips in a dataset" if least < most else f"an emotion has {least} clips"
    yield (
        f"FAD-inf is null with clips: it needs {LEAST_ROWS:,} rows or more, and more rows than numbers, and "
        f"{clips}; view=frames has it"
    )
    widths = [width for width in distances.widths if least <= width]
    if widths:
        yield (
            f"Frechet: {clips}, and {len(widths)} of {len(distances.widths)} layers have as many numbers or more (up "
            f"to {max(widths)}): covariances are singular there, so that the distances rest on a subspace and are "
            "biased upwards; fad_excess is the comparison that cancels this"
        )
    if any(np.isnan(values).any() for arrays in distances.frames.values() for values in arrays.values()):
        yield (
            f"FAD-inf of frames is null where an emotion has fewer than {LEAST_ROWS:,} frames, or no more than a layer "
            "has numbers"
        )


def notes_on_layers(distances: EmotionDistances, geometry: str, layers: Sequence[Compared]) -> Iterator[str]:
    """Notes on layers of a geometry that say nothing, or less."""
    still = [one for one in layers if not _bandwidth(distances, geometry, one) > 0]
    undefined = [one for one in layers if not np.isfinite(one.relative[0]).all()]
    equal = [one for one in undefined if one not in still]
    unsure = [one for one in layers if one not in undefined and not np.isfinite(one.relative).all()]
    for some, what in (
        (still, "features do not vary, nothing is said of kernel distances, and the mean over layers goes without"),
        (equal, "different emotions are no distance apart, nothing is relative to it, and the mean goes without"),
        (unsure, "without some block of people a distance is undefined or emotions are not apart: no emotion bias"),
    ):
        if some:
            names = ", ".join(str(one.layer) for one in some)
            yield f"{geometry}, {'layer' if len(some) == 1 else 'layers'} {names}: {what}"


def _bandwidth(distances: EmotionDistances, geometry: str, one: Compared) -> float:
    return float(distances.arrays[str(one.layer)][f"{geometry}.bandwidth"])
