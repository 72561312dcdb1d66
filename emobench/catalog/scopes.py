"""Under which names can `--set scope.key=value` change something? The core's scopes, and those of PEFT methods."""

from collections.abc import Mapping

from emobench.catalog.catalog import Catalog
from emobench.domain.frozen import Frozen
from emobench.domain.options import SCOPES


def scopes_of(catalog: Catalog) -> dict[str, type[Frozen]]:
    """Scope -> the type of its options; a PEFT method without options has no scope."""
    methods: Mapping[str, type[Frozen]] = {name: offer.what.options for name, offer in catalog.peft_methods.items()}
    return {**SCOPES, **{name: options for name, options in methods.items() if options.model_fields}}
