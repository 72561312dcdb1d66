"""Distances between the emotions of two datasets, drawn at random: enough to score, to draw and to store."""

import numpy as np

from emobench.domain.cards import Attribute
from emobench.tasks.emotion_distances import EmotionDistances

SPEECH, MUSIC = DATASETS = ("talk", "song")
EMOTIONS = ("calm", "angry", "happy", "sad")
GEOMETRIES = ("raw", "aligned")


def distances(
    layers=2,
    emotions=EMOTIONS,
    people=10,
    seed=0,
    *,
    shared=True,
    only_first=0,
    blocks=None,
    draws=30,
    moved=(),
    far=1.0,
    scatter=0.02,
    constant=(),
    frames=False,
):
    """An `EmotionDistances` of ``layers`` layers, equal for equal arguments.

    Every person contributes an (E, E) matrix of distances, and what is measured is the mean of the people there are, so
    left-out values are what a jackknife would see.

    ``people`` are in both datasets if ``shared``, else so many in either; ``only_first`` more in the first one alone.
    They are dealt into ``blocks`` parts, one each without it. ``draws`` are permutations of the labels. Different
    emotions are .1 apart and equal ones .03, but ``moved`` ones .1 times ``far``; ``scatter`` is how much people
    differ. ``constant`` are places of layers whose features do not vary. ``frames``: is there a frame view?
    """
    rng = np.random.default_rng(seed)
    found_in = [0] * people if shared else [1] * people + [2] * people
    found_in += [1] * only_first
    block_of, stratum = _dealt(np.array(found_in), blocks)
    names = tuple(str(layer) for layer in range(layers))
    clips_of = rng.integers(2, 5, (2, len(found_in), len(emotions)))
    for side in (0, 1):
        clips_of[side][np.array(found_in) == 2 - side] = 0
    size = (rng, emotions, clips_of, block_of, draws)
    plan = [_matrix(emotions, moved, far, scatter) for _ in names]
    drawn = {name: _layer(*size, one) for name, one in zip(names, plan, strict=True)}
    for place in constant:
        drawn[names[place]] = _nothing(drawn[names[place]])
    return EmotionDistances(
        datasets=DATASETS,
        attribute=Attribute(name="emotion", classes=tuple(emotions)),
        layers=names,
        widths=tuple(8 + layer for layer in range(layers)),
        people=tuple(f"p{person:02}" for person in range(len(found_in))),
        blocks=tuple(f"b{block:02}" for block in range(len(stratum))),
        block_of=block_of,
        stratum=stratum,
        clips_of=clips_of,
        arrays=drawn,
        frames={name: _frames(rng, len(emotions)) for name in names} if frames else {},
    )


def replaced(toy, layer, **arrays):
    """The toy with other aligned arrays in a layer."""
    own = toy.arrays[layer] | {f"aligned.{name}": values for name, values in arrays.items()}
    return type(toy)(**{**vars(toy), "arrays": {**toy.arrays, layer: own}})


def without(toy, layer):
    """The toy without a layer."""
    kept = [place for place, name in enumerate(toy.layers) if name != layer]
    names, widths = (tuple(values[place] for place in kept) for values in (toy.layers, toy.widths))
    arrays = {name: toy.arrays[name] for name in names}
    return type(toy)(**{**vars(toy), "layers": names, "widths": widths, "arrays": arrays})


def _dealt(found_in, blocks):
    """The block of every person, and the stratum of every block; a block has people of one stratum only."""
    if blocks is None:
        return np.arange(len(found_in)), found_in
    turn = np.array([np.sum(found_in[:person] == here) for person, here in enumerate(found_in)])
    pairs = sorted({(int(here), int(place) % blocks) for here, place in zip(found_in, turn, strict=True)})
    block_of = [pairs.index((int(here), int(place) % blocks)) for here, place in zip(found_in, turn, strict=True)]
    return np.array(block_of), np.array([here for here, _ in pairs])


def _matrix(emotions, moved, far, scatter):
    """Distances of the emotions if nobody differed, and how much people differ."""
    base = np.full((len(emotions), len(emotions)), 0.1)
    np.fill_diagonal(base, [0.1 * far if emotion in moved else 0.03 for emotion in emotions])
    return base, scatter


def _layer(rng, emotions, clips_of, block_of, draws, plan):
    """The arrays of both geometries."""
    found = {}
    for geometry in GEOMETRIES:
        base, scatter = plan
        offset = 0.05 if geometry == "raw" else 0.0  # what one domain has and the other has not
        each = base + offset + scatter * rng.normal(size=(len(block_of), *base.shape))
        for name, values in _of_geometry(rng, each, len(emotions), clips_of, block_of, draws).items():
            found[f"{geometry}.{name}"] = values
    return found


def _of_geometry(rng, each, emotions, clips_of, block_of, draws):
    """The arrays of one geometry, from every person's matrix."""
    kept = [np.ones(len(block_of), bool), *(block_of != block for block in range(block_of.max() + 1))]
    mmd = np.array([each[people].mean(axis=0) if people.any() else np.full_like(each[0], np.nan) for people in kept])
    same = np.diagonal(mmd, axis1=1, axis2=2)
    floor = 0.2 + 0.1 * (mmd.mean(axis=2) - mmd[0].mean())
    mixed = each.mean(axis=(1, 2)).mean()
    right = rng.random((2, len(block_of), emotions)) < 0.7
    said = np.where(right, np.arange(emotions), rng.integers(0, emotions, right.shape))
    fad = 20 * mmd[0] + 5 + 0.1 * rng.random(mmd[0].shape)
    return {
        "bandwidth": rng.uniform(3, 5),
        "mmd": mmd,
        "mmd_signal": floor + same,
        "mmd_floor": floor,
        "null": mixed + 0.01 * rng.normal(size=(draws, emotions)),
        "retrieved": np.where(clips_of > 0, said, -1),
        "fad": fad,
        "fad_left_out": np.diagonal(fad) + 20 * (same[1:] - same[0]),
        "fad_equal": fad + 2,
        "fad_signal": 20 * (floor + same),
        "fad_floor": 20 * floor,
    }


def _nothing(arrays):
    """What is left of a layer whose features do not vary: a bandwidth of 0, and Frechet distances of 0."""
    gone = {name: np.full_like(np.asarray(values, float), np.nan) for name, values in arrays.items()}
    gone |= {name: np.zeros_like(values) for name, values in arrays.items() if ".fad" in name}
    gone |= {name: np.where(values == -1, -1, np.nan) for name, values in arrays.items() if "retrieved" in name}
    return gone | {name: np.array(0.0) for name in arrays if "bandwidth" in name}


def _frames(rng, emotions):
    """The arrays of the frame view; in the last emotion nothing can be extrapolated."""
    found = {}
    for geometry in GEOMETRIES:
        found[f"{geometry}.fad"] = rng.uniform(1, 2, (emotions, emotions)) - 0.5 * np.eye(emotions)
        for name in ("fad_inf", "fad_inf_r2", "fad_inf_unreplaced", "fad_inf_unreplaced_r2"):
            found[f"{geometry}.{name}"] = np.append(rng.uniform(0.5, 1, emotions - 1), np.nan)
    return found
