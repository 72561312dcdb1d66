"""How does a backbone's module come to its device, with the weights its plan names?"""

import gc
from typing import NoReturn

import torch
from torch import nn

from emobench.catalog.contracts import Backbone, StopsEarly, WeightFiles
from emobench.catalog.plugin_faults import said
from emobench.domain.errors import BrokenEnvironment, EmobenchError
from emobench.domain.names import on_one_line
from emobench.domain.plan import BackbonePlan
from emobench.domain.stages import RANDOM_SEED
from emobench.features.memory import memory_for, out_of_memory


def load_backbone(backbone: Backbone, plan: BackbonePlan, device: torch.device) -> nn.Module:
    """The model in eval mode on its device; random ones are seeded, whatever the caller's generators hold.

    Where the plan wants fewer layers than the model has, a module with ``keep_layers`` is told.

    Raises:
        DataError: weights that do not fit.
        BrokenEnvironment: a package that the model needs is missing or does not load.
        EmobenchError: whatever else the plugin raises, with its name; memory is too small for the weights.
    """
    with memory_for(f"the weights of backbone '{plan.card.name}'", device):
        module = _loaded(backbone, plan)
        return module.eval().requires_grad_(requires_grad=False).to(device)


def _loaded(backbone: Backbone, plan: BackbonePlan) -> nn.Module:
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(RANDOM_SEED)
            module = backbone.load(plan.whole, WeightFiles(dict(plan.files)))
            if plan.cut and isinstance(module, StopsEarly):
                module.keep_layers(len(plan.card.layers))
    except EmobenchError:
        raise
    except (Exception, SystemExit) as problem:
        if out_of_memory(problem):
            raise  # told by whoever knows the device
        _refuse(plan, problem)
    if not isinstance(module, nn.Module):
        what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) loads no torch module."
        raise EmobenchError(what, found=f"found: {type(module).__name__}")
    return module


def _refuse(plan: BackbonePlan, problem: BaseException) -> NoReturn:
    """Tell what a plugin raised while it loaded a model."""
    told = said(problem)
    if isinstance(problem, ImportError | OSError):
        what = f"backbone '{plan.card.name}' ({plan.distribution}) cannot be loaded here."
        remedy = "`emobench doctor` tells which package is broken and what to install."
        if isinstance(problem, ModuleNotFoundError) and problem.name:  # which the doctor need not know
            module = on_one_line(problem.name)
            remedy = f"'{module}' has to be installed beside emobench: `emobench check {plan.card.name}` says more."
        raise BrokenEnvironment(what, found=told, remedy=remedy) from problem
    what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) fails to load it."
    raise EmobenchError(what, found=told) from problem


def free(device: torch.device) -> None:
    """Give the memory of a model that is no longer referred to back to the device."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
