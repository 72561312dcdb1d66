"""Is the code that runs the code that a run was planned with? A package may be edited while a run is under way."""

import torch
from torch import nn

from emobench.catalog.catalog import Catalog
from emobench.catalog.discovery import PluginModule
from emobench.catalog.plugin_code import code_digest
from emobench.domain.errors import EmobenchError
from emobench.domain.pair import MethodPlan
from emobench.domain.plan import BackbonePlan
from emobench.features.loading import load_backbone


def load_planned(catalog: Catalog, plan: BackbonePlan, device: torch.device) -> nn.Module:
    """A backbone as its plan names it, loaded by the code whose digest is in its keys.

    Raises:
        EmobenchError: the plugin's files are others than when the run was planned; or as `load_backbone` raises.
    """
    offer = catalog.backbone(plan.card.name)
    module = load_backbone(offer.what, plan, device)
    _require_same(catalog.owner_of(offer, plan.whole), plan.identity.get("plugin"))  # now that it is all imported
    return module


def require_planned_methods(catalog: Catalog, method: MethodPlan) -> None:
    """Hold the code of PEFT methods against their plan.

    Raises:
        EmobenchError: a plugin's files are others than when the run was planned.
    """
    for card in method.cards:
        _require_same(catalog.peft_method(card.name).owner, method.plugins.get(card.name))


def _require_same(plugin: PluginModule, planned: str | None) -> None:
    now = code_digest(plugin)
    if now != planned:
        raise EmobenchError(
            f"the code of plugin '{plugin.name}' ({plugin.distribution}) changed after the run was planned.",
            found=f"digests of its files: {(planned or 'none')[:12]} planned, {(now or 'none')[:12]} now",
            remedy="Run the same command again: it is planned with the code as it is, and keeps what is done.",
        )
