"""Are the files of a training there? Its result, the weights that others go on from, adapters that are asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from safetensors.torch import save

from emobench.domain.errors import DamageError
from emobench.domain.plan import Plan, Unit
from emobench.files.atomic import try_once, write_bytes
from emobench.learning.training import restore
from emobench.peft.combination import combined
from emobench.peft.saving import CARD_FILE, save_adapters
from emobench.runs.method_plans import lookup
from emobench.runs.training_unit import Before, Outcome, Workshop, run_training
from emobench.runs.training_weights import read_weights, write_weights
from emobench.runs.unit_store import UnitStore


def ensure_training(
    plan: Plan, unit: Unit, shop: Workshop, begin: Callable[[], None] = lambda: None
) -> Literal["made", "found", "busy"]:
    """Run one training unless its files are there, or another process is at it; who needs its weights finds them.

    ``begin`` is called when it is really run, before the first step.

    Raises:
        EmobenchError: what went wrong.
        DamageError: what it goes on from is damaged or gone.
    """
    store = UnitStore(shop.work.home / "units")
    needed = any(other.needs == unit.key for other in plan.units)

    def compute(file: Path) -> None:
        begin()
        outcome = run_training(plan, unit, shop, _before(store, unit))
        _keep_adapters(plan, unit, store, outcome, shop)
        result = store.encoded(unit, outcome.result)
        if needed:
            write_bytes(store.path(unit), result)
            write_weights(outcome.weights, file)
        else:
            file.write_bytes(result)

    path = store.weights_path(unit.task, unit.key) if needed else store.path(unit)
    return try_once(path, compute, lambda: whole(plan, unit, store))


def _before(store: UnitStore, unit: Unit) -> Before | None:
    """What the training left that this one goes on from."""
    if unit.needs is None:
        return None
    weights = read_weights(store.weights_path(unit.task, unit.needs))
    result = store.read_key(unit.task, unit.needs)
    if result is None:
        raise DamageError("the training to go on from has vanished.", remedy="Run the same command again.")
    score = float(result.arrays["score"].item()) if "score" in result.arrays else 0.0
    return Before(weights, int(result.arrays["best_epoch"].item()), score)


def whole(plan: Plan, unit: Unit, store: UnitStore) -> bool:
    """Whether a training has left everything that is asked of it."""
    wanted = plan.the_pair.train.save_adapters and unit.training is not None and unit.training.stage != "shuffled"
    return store.done(unit) and (not wanted or (store.adapters_path(unit) / CARD_FILE).is_file())


def _keep_adapters(plan: Plan, unit: Unit, store: UnitStore, outcome: Outcome, shop: Workshop) -> None:
    """Write what learned, and the head over it, where that is asked for."""
    if not plan.the_pair.train.save_adapters or unit.training is None or unit.training.stage == "shuffled":
        return
    restore(outcome.learner, outcome.weights)
    folder = store.adapters_path(unit)
    head = {name: value.detach().cpu().contiguous() for name, value in outcome.learner.head.state_dict().items()}
    write_bytes(folder / "head.safetensors", save(head))
    method = plan.the_pair.methods[unit.training.method]
    combination = combined(method.name, lookup(shop.work.catalog))
    card = plan.backbones[unit.backbone].card
    save_adapters(folder, outcome.learner.backbone, card, combination, method.options)
