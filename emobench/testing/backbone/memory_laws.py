"""Does a backbone give back the memory that it took? The laws of what is dropped and of what was heard."""

import gc
import weakref

from torch import Tensor

from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.laws import Answer, Law, broken, kept
from emobench.testing.sounds import batch_of, clips, heard

FIRST, FURTHER = 2, 3  # batches


def memory_freed(trial: BackboneTrial) -> Answer:
    """A module that nobody holds any more is gone, with its weights: the plugin keeps none."""
    module = trial.loaded_again()
    if module is trial.module:
        return broken("load gives the same module twice: the plugin holds it")
    heard(module, trial.audio)
    weights = [weakref.ref(weight) for weight in (*module.parameters(), *module.buffers())]
    itself = weakref.ref(module)
    del module
    gc.collect()
    left = sum(weight() is not None for weight in weights)
    if itself() is not None or left:
        return broken(f"still alive: {'the module and ' * (itself() is not None)}{left} of {len(weights)} weights")
    return kept(f"{len(weights)} weights are gone")


def inputs_forgotten(trial: BackboneTrial) -> Answer:
    """Further batches leave no more tensors alive than the first ones did: nothing that was heard is kept."""
    for seed in range(FIRST):
        _listen(trial, seed)
    before = _alive()
    for seed in range(FIRST, FIRST + FURTHER):
        _listen(trial, seed)
    more = _alive() - before
    if more > 0:
        return broken(f"{more} more tensors alive after {FURTHER} further batches")
    return kept(f"no more tensors after {FURTHER} further batches")


def _listen(trial: BackboneTrial, seed: int) -> None:
    """A short clip, of the same length each time; another sound."""
    heard(trial.module, batch_of(clips(trial.card, 20 + seed)[:1]))


def _alive() -> int:
    """Tensors that Python knows of; by their type, as asking an instance may wake a lazy proxy."""
    gc.collect()
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())


MEMORY_LAWS: tuple[Law[BackboneTrial], ...] = (memory_freed, inputs_forgotten)
