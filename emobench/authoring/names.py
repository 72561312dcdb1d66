"""Which names may a new plugin have, and what are its package and its module called?"""

import re
from collections.abc import Mapping
from typing import Any

from emobench.catalog.catalog import Catalog, Offer
from emobench.domain.cards import NAME
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line
from emobench.domain.options import SCOPES

PREFIX = "emobench"
LONGEST = 64  # letters: names become folders, and parts of file names
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
SHOWN = 80  # letters of a refused name


def distribution_of(name: str) -> str:
    """What the package of a plugin is called, where packages are installed from: ``emobench-NAME``."""
    return f"{PREFIX}-{name}"


def module_of(name: str) -> str:
    """What Python calls the package of a plugin: an identifier, whatever characters the name has or begins with."""
    return f"{PREFIX}_{re.sub(r'[.-]', '_', name)}"


def taken_names(catalog: Catalog) -> dict[str, str]:
    """Every name that somebody has, and who; the names of packages and option scopes included."""
    taken = dict.fromkeys(SCOPES, "a scope of options")
    known = [(plugin.name, plugin.distribution) for plugin in catalog.plugins]
    for plugin, distribution in [*known, *((plugin.name, plugin.distribution) for plugin in catalog.broken)]:
        taken[plugin] = f"a plugin of {distribution}"
        taken[distribution.split(" ")[0].removeprefix(f"{PREFIX}-")] = f"the package {distribution}"
    for twins in catalog.twins:
        taken[twins.name] = f"a {twins.kind} of {' and '.join(twins.owners)}"
    kinds: Mapping[str, Mapping[str, Offer[Any]]] = {
        "a backbone": catalog.backbones,
        "a dataset": catalog.datasets,
        "a family": catalog.families,
        "a PEFT method": catalog.peft_methods,
    }
    for kind, offers in kinds.items():
        taken |= {name: f"{kind} of {offer.owner.distribution}" for name, offer in offers.items()}
    return taken


def check_name(name: str, taken: Mapping[str, str]) -> None:
    """Refuse a name that no card, file system or catalog could bear.

    Args:
        name: of the new plugin.
        taken: the names that others have -> who.

    Raises:
        UsageError: why, and what would do.
    """
    if re.fullmatch(NAME.strip("^$"), name) is None:
        raise _refused(
            name,
            "A name has lower-case letters (a to z) and digits, with one dot, hyphen or underscore between them.",
            re.sub(r"[^a-z0-9._]+", "-", name.lower()),
        )
    if name == PREFIX or re.match(rf"{PREFIX}[._-]", name):
        raise _refused(
            name, f"The package will be called {PREFIX}-NAME by itself: give only the NAME.", name[len(PREFIX) + 1 :]
        )
    if len(name) > LONGEST:
        raise _refused(name, f"It has {len(name)} letters; {LONGEST} are allowed.")
    if name.partition(".")[0] in RESERVED:
        raise _refused(name, "Windows keeps this name for a device.", f"my-{name}")
    same = {module_of(other): other for other in taken}.get(module_of(name))
    if same is not None:
        who = on_one_line(taken[same])
        why = f"'{on_one_line(same)}' is taken ({who}), and the module {module_of(name)} with it."
        raise _refused(name, f"It is taken: {who}." if same == name else why)


def _refused(name: str, why: str, instead: str = "") -> UsageError:
    """The error for a name, with another one where that would be allowed."""
    shown = on_one_line(name[:SHOWN]) + "..." * (len(name) > SHOWN)
    fits = re.fullmatch(NAME.strip("^$"), instead.strip("._-")) and len(instead) <= LONGEST
    remedy = f"'{instead.strip('._-')}' would do." if fits else "Choose another name."
    return UsageError(f"a plugin cannot be called '{shown}'.", found=why, remedy=remedy)
