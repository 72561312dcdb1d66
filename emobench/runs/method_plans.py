"""Which PEFT methods will be used, with which options, and at which rate?"""

from collections.abc import Callable, Mapping, Sequence

from emobench.catalog.catalog import Catalog
from emobench.catalog.contracts import PeftMethod
from emobench.catalog.plugin_code import code_digest
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.pair import MethodPlan
from emobench.domain.training import TrainOptions
from emobench.learning.training import paced
from emobench.peft.combination import combined


def lookup(catalog: Catalog) -> Callable[[str], PeftMethod]:
    """Finds a PEFT method by its name. What is returned raises UsageError with a near miss."""
    return lambda name: catalog.peft_method(name).what


def plan_methods(
    names: Sequence[str], catalog: Catalog, options: Mapping[str, Frozen], train: TrainOptions
) -> dict[str, MethodPlan]:
    """The methods of a run, by the names of the combinations, in the order asked.

    Args:
        names: as asked.
        catalog: of all methods.
        options: scope -> validated options.
        train: how training was asked for.

    Raises:
        UsageError: an unknown method, methods that do not go together, none at all.
    """
    found: dict[str, MethodPlan] = {}
    for name in names:
        combination = combined(name, lookup(catalog))
        cards = tuple(method.card for method in combination.methods)
        owners = {card.name: catalog.peft_method(card.name).owner for card in cards}
        found[combination.name] = MethodPlan(
            name=combination.name,
            cards=cards,
            options={m.card.name: options.get(m.card.name, m.options()) for m in combination.methods},
            head=combination.head,
            trains_backbone=combination.trains_backbone,
            train=paced(train, cards),
            plugins={part: code for part, owner in owners.items() if (code := code_digest(owner)) is not None},
            distributions={part: owner.distribution for part, owner in owners.items()},
        )
    if not found:
        raise UsageError("a pair needs at least one PEFT method.", remedy="Name some: --peft frozen,lora.")
    return found
