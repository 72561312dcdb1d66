"""How does a backbone's module come to its device, with the weights its plan names?"""

import gc

import torch
from torch import nn

from emobench.catalog.contracts import Backbone, StopsEarly, WeightFiles
from emobench.domain.errors import BrokenEnvironment, EmobenchError
from emobench.domain.plan import BackbonePlan
from emobench.domain.stages import RANDOM_SEED


def load_backbone(backbone: Backbone, plan: BackbonePlan, device: torch.device) -> nn.Module:
    """The model in eval mode on its device; random ones are seeded, whatever the caller's generators hold.

    Where the plan wants fewer layers than the model has, a module with ``keep_layers`` is told.

    Raises:
        DataError: weights that do not fit.
        BrokenEnvironment: a package that the model needs is missing or does not load.
        EmobenchError: whatever else the plugin raises, with its name.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(RANDOM_SEED)
            module = backbone.load(plan.whole, WeightFiles(dict(plan.files)))
            if plan.cut and isinstance(module, StopsEarly):
                module.keep_layers(len(plan.card.layers))
    except EmobenchError:
        raise
    except (ImportError, OSError) as problem:
        raise BrokenEnvironment(
            f"backbone '{plan.card.name}' cannot be loaded here.",
            found=f"{type(problem).__name__}: {problem}",
            remedy="`emobench doctor` tells which package is broken and what to install.",
        ) from problem
    except (Exception, SystemExit) as problem:
        what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) fails to load it."
        raise EmobenchError(what, found=f"{type(problem).__name__}: {problem}") from problem
    if not isinstance(module, nn.Module):
        what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) loads no torch module."
        raise EmobenchError(what, found=f"found: {type(module).__name__}")
    return module.eval().requires_grad_(requires_grad=False).to(device)


def free(device: torch.device) -> None:
    """Give the memory of a model that is no longer referred to back to the device."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
