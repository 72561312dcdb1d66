"""What do the distances of `fad_bias` add up to? Score rows with intervals, from what was measured alone.

Whoever holds a record and the table beside it gets the same numbers from this function: nothing else enters.
"""

from collections.abc import Sequence

from emobench.domain.record import Found, Headline, Score
from emobench.tasks.bias_intervals import Jackknife, jackknife_of
from emobench.tasks.bias_notes import notes_of, notes_on_layers
from emobench.tasks.bias_relative import Compared, compared, mean_of_finite, mean_over_layers, own, relative
from emobench.tasks.bias_rows import EMOTION_BIAS, TIED, Place, cell_rows, emotion_rows, layer_rows, relative_rows
from emobench.tasks.emotion_distances import ALIGNED, FRAMES, RAW, EmotionDistances

IN_ORDER = (ALIGNED, RAW)  # the headline first
EXTRAPOLATED = ("fad_inf", "fad_inf_r2", "fad_inf_unreplaced", "fad_inf_unreplaced_r2")


def score(distances: EmotionDistances, notes: Sequence[str] = ()) -> Found:
    """Headline, score rows and notes of one record.

    The headline is the emotion bias of the aligned geometry in the mean over layers: it describes and does not rank.

    Args:
        distances: of a pair.
        notes: that come before those made here.
    """
    jackknife = jackknife_of(distances)
    rows: list[Score] = []
    told = [*notes, *notes_of(distances, jackknife)]
    for geometry in IN_ORDER:
        layers = [compared(layer, geometry, distances.arrays[layer], jackknife) for layer in distances.layers]
        rows += _clip_rows(distances, jackknife, geometry, layers)
        if distances.frames:
            rows += _frame_rows(distances, jackknife, geometry)
        told += notes_on_layers(distances, geometry, layers)
    best = rows[0]
    if best.value is None and len(distances.attribute.classes) > TIED:
        told.append("no emotion bias: in the mean over layers distances are undefined, or emotions not surely apart")
    return Found(
        headline=Headline(
            metric=EMOTION_BIAS,
            value=best.value,
            low=best.low,
            high=best.high,
            chance=0.0,
            higher_is_better=None,
        ),
        choices=[],
        scores=rows,
        notes=told,
    )


def _clip_rows(
    distances: EmotionDistances, jackknife: Jackknife, geometry: str, layers: Sequence[Compared]
) -> list[Score]:
    """The mean over layers, then every layer."""
    mean = mean_over_layers(layers, jackknife)
    whole = Place(distances, jackknife, geometry, layer=None)
    rows = relative_rows(whole, mean)
    rows += cell_rows(whole, "relative_mmd", mean.relative) + cell_rows(whole, "relative_fad", mean.fad)
    for one in layers:
        here = Place(distances, jackknife, geometry, one.layer)
        rows += relative_rows(here, one) + layer_rows(here, distances.arrays[str(one.layer)])
    return rows


def _frame_rows(distances: EmotionDistances, jackknife: Jackknife, geometry: str) -> list[Score]:
    """The same cells from frames, and what every layer says of endlessly many."""
    matrices = {layer: arrays[f"{geometry}.fad"] for layer, arrays in distances.frames.items()}
    whole = Place(distances, jackknife, geometry, None, FRAMES)
    rows = cell_rows(whole, "relative_fad", mean_of_finite([relative(matrix) for matrix in matrices.values()]))
    for layer, matrix in matrices.items():
        here = Place(distances, jackknife, geometry, layer, FRAMES)
        rows += emotion_rows(here, "fad", own(matrix))
        for metric in EXTRAPOLATED:
            rows += emotion_rows(here, metric, distances.frames[layer][f"{geometry}.{metric}"])
    return rows
