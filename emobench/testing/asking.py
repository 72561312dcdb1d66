"""In which order are laws asked, and which are left out because what they rest on does not hold?"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from emobench.testing.laws import Law, Verdict, judged, not_asked

T = TypeVar("T")


def asked_in_order(
    laws: tuple[Law[T], ...], rests_on: Mapping[Law[T], tuple[Law[T], ...]], tried: T
) -> Iterator[Verdict]:
    """One verdict per law, in their order, each when it is asked for.

    A law is not asked where one that it rests on does not hold, or was not asked either; the reason names those that
    were asked and do not hold.
    """
    lacking: dict[Law[T], tuple[str, ...]] = {}  # what nothing can rest on -> the laws that were asked and do not hold
    for law in laws:
        causes = tuple(dict.fromkeys(cause for basis in rests_on.get(law, ()) for cause in lacking.get(basis, ())))
        if causes:
            lacking[law] = causes
            yield from not_asked((law,), f"rests on {' and '.join(causes)}")
            continue
        verdict = judged(law, tried)
        if not verdict.holds:
            lacking[law] = (verdict.law,)
        yield verdict
