"""What data does a record rest on, one dataset or a pair? And when is it the same data as another's?"""

from collections.abc import Mapping, Sequence
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


def in_which_they_differ(identities: Sequence[tuple[str, ...]]) -> list[str]:
    """The beginnings of the digests by which each identity is told from the others; empty for a single one."""
    places = [place for place, digests in enumerate(zip(*identities, strict=True)) if len(set(digests)) > 1]
    return [" and ".join(one[place][:12] for place in places) for one in identities]
