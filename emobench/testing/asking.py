"""In which order are laws asked, and which are left out because what they rest on does not hold?"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from emobench.testing.laws import Law, Verdict, judged, name_of, not_asked

T = TypeVar("T")


def asked_in_order(
    laws: tuple[Law[T], ...], rests_on: Mapping[Law[T], tuple[Law[T], ...]], tried: T
) -> Iterator[Verdict]:
    """One verdict per law, in their order, each when it is asked for.

    A law that rests on one that does not hold, or was not asked, is not asked.
    """
    held: set[Law[T]] = set()
    for law in laws:
        lacking = [name_of(basis) for basis in rests_on.get(law, ()) if basis not in held]
        if lacking:
            yield from not_asked((law,), f"rests on {' and '.join(lacking)}")
            continue
        verdict = judged(law, tried)
        if verdict.holds:
            held.add(law)
        yield verdict
