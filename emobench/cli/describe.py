"""`emobench describe`: what does a card say? Never imports torch."""

import json as json_format
from pathlib import Path
from typing import Annotated, Any

import typer

from emobench.catalog.catalog import Catalog, Offer, T
from emobench.catalog.contracts import PeftMethod, WeightFiles
from emobench.catalog.families import HUB, RANDOM
from emobench.catalog.known import known_plugins
from emobench.domain.names import on_one_line
from emobench.domain.options import SCOPES
from emobench.domain.own_names import TABLE, as_table
from emobench.domain.suggestion import unknown


def _option_rows(scope: str) -> dict[str, Any]:
    fields = SCOPES[scope].model_fields
    return {f"{scope}.{name}": f"{field.description} (default {field.default!r})" for name, field in fields.items()}


def _method(offer: Offer[PeftMethod]) -> dict[str, Any]:
    """A PEFT method with its options, by the names that ``--set`` gives them."""
    name, fields = offer.what.card.name, offer.what.options.model_fields
    told = {f"{name}.{field}": f"{of.description} (default {of.default!r})" for field, of in fields.items()}
    return {**_offered("peft method", offer), **({"options": told} if told else {})}


def _offered(kind: str, offer: Offer[T]) -> dict[str, Any]:
    return {"kind": kind, "from": offer.owner.distribution, **offer.what.card.model_dump(mode="json")}


def _hub_card(catalog: Catalog, name: str, given: Path | None) -> dict[str, Any]:
    """The card that a repository's settings give; only its settings are fetched, and no weights."""
    import os

    from emobench.files.home import home
    from emobench.files.weights import resolve_weights

    offer = catalog.backbone(name)
    describe, card = offer.what.describe, offer.what.card
    assert describe is not None
    found = resolve_weights(
        name, card.weights, given, offline=False, home=home(), env=os.environ, settings_only=True,
        say=lambda text: typer.echo(text, err=True),
    )  # fmt: skip
    card = describe(card, WeightFiles(dict(found.files)))
    return {"kind": "backbone", "from": catalog.owner_of(offer, card).distribution, **card.model_dump(mode="json")}


def _card(catalog: Catalog, name: str, given: Path | None = None) -> dict[str, Any]:
    """What is known under ``name``: a backbone, a dataset, a PEFT method, or the options of a task or scope."""
    if name in SCOPES:
        return {"options": _option_rows(name)}
    if name.startswith(HUB):
        return _hub_card(catalog, name, given)
    if name.startswith(TABLE) or as_table(name):
        catalog.dataset(name)  # refuses it, and says how a table is seen
    twins = {(twin.kind, twin.name) for twin in catalog.twins}
    if name.removesuffix(RANDOM) in catalog.backbones or ("backbone", name) in twins:
        return _offered("backbone", catalog.backbone(name))
    if name in catalog.datasets or ("dataset", name) in twins:
        return _offered("dataset", catalog.dataset(name))
    if name in catalog.families:
        offer = catalog.families[name]
        told = {"kind": "family", "from": offer.owner.distribution, **offer.what.card.model_dump(mode="json")}
        return {**told, "any repository": f"hf:ORG/REPO whose config.json says model_type '{name}'"}
    if name in catalog.peft_methods or ("peft method", name) in twins:
        return _method(catalog.peft_method(name))
    everything = [*catalog.backbones, *catalog.families, *catalog.datasets, *catalog.peft_methods, *SCOPES]
    raise catalog.beside_broken(
        unknown("backbone, dataset, PEFT method or scope", name, everything, see="emobench list")
    )


def _lines(key: str, value: Any, indent: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [f"{indent}{key}:", *(line for k, v in value.items() for line in _lines(k, v, indent + "  "))]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        inner = [", ".join(f"{k} {v}" for k, v in item.items() if v not in (None, [])) for item in value]
        return [f"{indent}{key}:", *(f"{indent}  {on_one_line(line)}" for line in inner)]
    if isinstance(value, list):
        value = ", ".join(" ".join(map(str, item)) if isinstance(item, list) else str(item) for item in value)
    return [] if value in (None, "", {}) else [f"{indent}{key}: {on_one_line(value)}"]


def command(
    name: Annotated[str, typer.Argument(help="A backbone, dataset, PEFT method, or an option scope such as probe.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    weights: Annotated[Path | None, typer.Option(help="A folder with the files of an hf:ORG/REPO.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
) -> None:
    """Show a card: who made it, licence, shapes, where its weights lie; or the options of a scope."""
    card = _card(known_plugins(plugin or ()), name, weights)
    text = "\n".join(line for key, value in card.items() for line in _lines(key, value))
    typer.echo(json_format.dumps(card, indent=1) if json else text)
