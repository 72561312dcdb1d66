"""How is a unit of `fad_bias` run, from stored features of a layer to matrices of distances between emotions?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from emobench.domain.plan import Plan, Unit
from emobench.runs.bias_units import kind_of, people_of
from emobench.runs.extraction_stage import Workplace, store_of
from emobench.runs.keys import labels_of
from emobench.runs.unit_store import UnitResult
from emobench.tasks.bias_frames import measure_frames
from emobench.tasks.bias_layer import measure
from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.ruler import truths

Array = np.ndarray[Any, Any]


def run_bias_unit(plan: Plan, unit: Unit, work: Workplace) -> UnitResult:
    """Hold the emotions of one layer apart, in one thread; arrays are called ``<geometry>.<quantity>``."""
    (layer,), frames = unit.layers, kind_of(unit) == "frames"
    stores = [store_of(plan, (unit.backbone, name), work.home, kind_of(unit)) for name in unit.datasets]
    wall, cpu = time.perf_counter(), time.thread_time()
    values = np.concatenate([store.frames_of(layer) if frames else store.layer(layer) for store in stores])
    scene, _, _ = scene_for(plan)
    arrays = measure_frames(scene, values) if frames else measure(scene, values)
    spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.thread_time() - cpu}
    return UnitResult(arrays, spent)


@contextmanager
def one_thread_each() -> Iterator[int]:
    """While inside, linear algebra works in the thread that asks; gives how many may ask at once.

    The matrices of this task are small: threads that share one wait for each other more than they work, and no bit
    depends on their number this way.
    """
    threads = torch.get_num_threads()  # now: the limit holds for torch, too
    with threadpool_limits(1):
        yield threads


def scene_for(plan: Plan) -> tuple[Scene, tuple[str, ...], tuple[str, ...]]:
    """Who says what in which dataset, in the order of the plan's clips; names of the people and of their blocks."""
    bias = plan.the_bias
    truth = [truths(bias.attribute, labels_of(plan.datasets[name], bias.attribute.name)) for name in bias.datasets]
    people = [people_of(plan, name) for name in bias.datasets]
    return scene_of(len(bias.attribute.classes), (truth[0], truth[1]), (people[0], people[1]))
