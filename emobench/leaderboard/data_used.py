"""What data does a record rest on, one dataset or a pair? And when is it the same data as another's?"""

from collections.abc import Mapping
from typing import Any

from emobench.domain.record import Record


def datasets_used(record: Record) -> Mapping[str, Mapping[str, Any]]:
    """What was used of every dataset, one or a pair, by name and in the order asked."""
    used = record.used
    if "datasets" in used:
        return {str(name): used["datasets"][name] for name in record.asked["datasets"]}
    return {str(record.asked["dataset"]): used["dataset"]}


def identity_of(record: Record) -> tuple[str, ...]:
    """What must be equal before two records are laid side by side: identities of all datasets, then the split's."""
    split = record.used.get("split")
    known = tuple(str(facts["identity"]) for facts in datasets_used(record).values())
    return known if split is None else (*known, str(split["digest"]))
