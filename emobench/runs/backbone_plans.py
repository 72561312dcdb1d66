"""Which weights will a backbone have, and what do they make of its card?"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.families import HUB, RANDOM
from emobench.catalog.plugin_code import code_digest
from emobench.catalog.plugin_faults import said
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError, UsageError
from emobench.domain.options import ExtractionOptions
from emobench.domain.plan import BackbonePlan
from emobench.domain.progress import Progress, megabytes
from emobench.domain.spec import Whereabouts
from emobench.domain.stages import RANDOM_SEED
from emobench.files.weights import resolve_weights


def plan_backbone(
    offer: Offer[Backbone], catalog: Catalog, where: Whereabouts, asked: ExtractionOptions, *,
    home: Path, env: Mapping[str, str], progress: Progress,
) -> BackbonePlan:  # fmt: skip
    """A backbone with its weights found and its card completed; random ones are identified by recipe and versions.

    Raises:
        UsageError: weights for a backbone that has none.
        DataError: weights that are missing or not what the card says.
    """
    card = offer.what.card
    base = card.name.removesuffix(RANDOM) if card.name.startswith(HUB) else card.name
    given = where.weights.get(card.name, where.weights.get(base))  # a control of the Hub has its model's settings
    if given is not None and card.weights is None:
        raise UsageError(f"backbone '{card.name}' takes no weights.", remedy=f"Leave --weights {card.name}=... out.")
    weights = resolve_weights(
        card.name, card.weights, given, offline=where.offline, home=home, env=env, settings_only=card.random,
        progress=megabytes(f"downloading {card.name}", progress), say=progress.say,
    )  # fmt: skip
    whole = _described(offer, card, WeightFiles(dict(weights.files)))
    owner = catalog.owner_of(offer, whole)
    identity: dict[str, Any] = {"weights": _published(weights.identity, card)}
    if card.random:
        versions = {name: version(name) for name in ("torch", "transformers")}  # whose initialisers draw the weights
        identity["random"] = {"seed": RANDOM_SEED, **versions}
    code = code_digest(owner)
    if code is not None:
        identity["plugin"] = code
    return BackbonePlan(
        _first_layers(whole, asked.up_to_layer), identity, owner.distribution, dict(weights.files), whole
    )


def _described(offer: Offer[Backbone], card: BackboneCard, files: WeightFiles) -> BackboneCard:
    """The card as the files complete it; whatever a plugin raises is told with its name."""
    if offer.what.describe is None:
        return card
    try:
        return offer.what.describe(card, files)
    except EmobenchError:
        raise
    except Exception as problem:
        what = f"the settings of backbone '{card.name}' ({offer.owner.distribution}) cannot be understood."
        raise EmobenchError(what, found=said(problem)) from problem


def _published(identity: Mapping[str, Any], card: BackboneCard) -> dict[str, Any]:
    """What a record tells of weights: names of files only where a repository gave them, other names are the user's."""
    told = ["digest", "matches_card"]
    if card.weights is not None and card.weights.repo is not None:
        told += ["repo", "revision", "files"]
    return {name: identity[name] for name in told if name in identity}


def _first_layers(card: BackboneCard, up_to: int | None) -> BackboneCard:
    return card if up_to is None else card.model_copy(update={"layers": card.layers[: up_to + 1]})
