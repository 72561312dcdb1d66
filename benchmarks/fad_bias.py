"""What does it cost to hold the emotions of a pair apart, once its features are stored?

    python benchmarks/fad_bias.py                          # 13 layers of 768 numbers, a thread a core
    python benchmarks/fad_bias.py --layers 2 --threads 1
    python benchmarks/fad_bias.py --layers 1 --frames      # 16 frames a clip: FAD and FAD-inf

Clips, people and emotions are those of RAVDESS's speech and song: 1,012 clips of 23 people in either dataset, neutral
half as often. The features are random numbers; time does not depend on them. Both geometries, kernel and Frechet
distances, signal and floor, the jackknife over 23 people, 200 permutations, then the table and all scores, the exact
permutations of the six emotions among them. Peak memory is that of the process, libraries included.
"""

import argparse
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from emobench.domain.bias import FRAMES
from emobench.domain.cards import Attribute
from emobench.metrics.feature_sets import Array
from emobench.tasks.bias_frames import measure_frames
from emobench.tasks.bias_layer import measure
from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.bias_table import to_table
from emobench.tasks.emotion_distances import EmotionDistances
from emobench.tasks.fad_bias_scores import score

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful")
CLIPS = (4, 8, 8, 8, 8, 8)  # of a person in either dataset
PEOPLE = 23


def pair() -> tuple[Scene, tuple[str, ...], tuple[str, ...]]:
    """Who says what in RAVDESS's speech and song."""
    emotion = np.tile(np.repeat(np.arange(len(EMOTIONS)), CLIPS), PEOPLE)
    people = np.repeat([f"{person:02d}" for person in range(PEOPLE)], sum(CLIPS)).tolist()
    return scene_of(len(EMOTIONS), (emotion, emotion), (people, people))


def features(scene: Scene, width: int, layer: int) -> Array:
    """(n, width) numbers that lean on emotion, person and dataset."""
    generator = np.random.default_rng(layer)
    leaning = [generator.normal(size=(size, width)) for size in (len(EMOTIONS), PEOPLE, 2)]
    return generator.normal(size=(len(scene.emotion), width)) + sum(
        table[of] for table, of in zip(leaning, (scene.emotion, scene.person, scene.domain), strict=True)
    )


def frames(scene: Scene, width: int, layers: int) -> None:
    """Print what FAD and FAD-inf of 16 frames a clip cost, one layer after another in one thread."""
    generator = np.random.default_rng(0)
    for layer in range(layers):
        of_clips = features(scene, width, layer).astype(np.float32)
        heard = of_clips[:, None] + generator.normal(size=(len(of_clips), FRAMES, width)).astype(np.float32)
        wall, cpu = time.perf_counter(), time.process_time()
        with threadpool_limits(1):
            measure_frames(scene, heard)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"frames of layer {layer}, {width} numbers: {wall:.1f} s wall, {cpu:.1f} s CPU")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=13)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--frames", action="store_true", help="frames instead of clips")
    asked = parser.parse_args()
    scene, people, blocks = pair()
    if asked.frames:
        frames(scene, asked.width, asked.layers)
        return
    names = [str(layer) for layer in range(asked.layers)]
    wall, cpu = time.perf_counter(), time.process_time()
    with threadpool_limits(1), ThreadPoolExecutor(asked.threads) as pool:
        found = pool.map(lambda name: measure(scene, features(scene, asked.width, int(name))), names)
        arrays = dict(zip(names, found, strict=True))
    measured = time.perf_counter() - wall
    clips_of = np.tile(np.array(CLIPS), (2, PEOPLE, 1))
    distances = EmotionDistances(
        datasets=("speech", "song"), attribute=Attribute(name="emotion", classes=EMOTIONS), layers=tuple(names),
        widths=(asked.width,) * asked.layers, people=people, blocks=blocks, block_of=scene.block_of,
        stratum=scene.stratum, clips_of=clips_of, arrays=arrays, frames={},
    )  # fmt: skip
    rows, told = to_table(distances).num_rows, score(distances)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{asked.layers} layers x {asked.width}, {asked.threads} threads: {wall:.1f} s wall, {cpu:.1f} s CPU")
    print(f"  of these {measured:.1f} s wall to measure; {rows:,} rows of matrices, {len(told.scores):,} scores")
    print(f"  peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
