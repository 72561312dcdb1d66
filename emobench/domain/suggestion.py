"""Which known name did the user probably mean?"""

from collections.abc import Iterable
from difflib import get_close_matches

from emobench.domain.errors import UsageError


def near_miss(name: str, known: Iterable[str]) -> str:
    """Say ``Did you mean 'x'?`` for the known name closest to ``name``; an empty string when none is close."""
    matches = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
    return f"Did you mean '{matches[0]}'?" if matches else ""


def unknown(kind: str, name: str, known: Iterable[str], see: str = "") -> UsageError:
    """The error for a ``kind`` (backbone, dataset, task, option ...) that has no such ``name``.

    ``see`` names a command that lists what there is; without one the known names are listed.
    """
    names = sorted(known)
    what = f"no {kind} named '{name}'."
    listing = f"See `{see}`." if see else f"Known: {', '.join(names) or 'none'}."
    return UsageError(f"{what} {near_miss(name, names)}".rstrip(), remedy=listing)
