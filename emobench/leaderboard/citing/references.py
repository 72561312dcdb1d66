"""Which papers does emobench know? Facts in `references.toml`, found by the addresses that cards give."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from emobench.domain.frozen import Frozen

Owed = Mapping[str, Mapping[str, str]]


class Reference(Frozen):
    """A paper, a corpus or a program, as it is cited; fields that nobody is sure of are left out.

    ``authors`` as ``Family, Given``; ``{Group}`` in braces is one name; ``others`` ends a list that goes on.
    """

    type: Literal["article", "inproceedings", "software", "misc"] = "misc"
    authors: tuple[str, ...] = ()
    title: str
    year: int | None = None
    journal: str | None = None
    booktitle: str | None = None
    volume: str | None = None
    number: str | None = None
    pages: str | None = None
    eprint: str | None = Field(default=None, pattern=r"^\d{4}\.\d{4,5}$")
    doi: str | None = None
    url: str | None = None
    note: str | None = None


class References(Frozen):
    """All that is known: papers by their keys of BibTeX, and what is owed for which part of a record.

    ``owed[part][name]`` maps keys to what they are cited for; parts are ``dataset``, ``folds``, ``task``, ``view``,
    ``metric`` and ``method``.
    """

    references: Mapping[str, Reference]
    owed: Mapping[str, Owed]

    def at(self, address: str) -> str | None:
        """The key of the paper at an address (arXiv, DOI, or its own), None where there is none."""
        wanted = place(address)
        for key, reference in self.references.items():
            known = (
                f"https://arxiv.org/abs/{reference.eprint}" if reference.eprint else None,
                f"https://doi.org/{reference.doi}" if reference.doi else None,
                reference.url,
            )
            if any(place(one) == wanted for one in known if one):
                return key
        return None

    def owed_for(self, part: str, name: str) -> Mapping[str, str]:
        """Keys -> what for; empty where nothing is known."""
        return self.owed.get(part, {}).get(name, {})


@cache
def known_references() -> References:
    """What `references.toml` says."""
    text = (files("emobench.leaderboard.citing") / "references.toml").read_text("utf-8")
    return References.model_validate(tomllib.loads(text))


def place(address: str) -> str:
    """What an address names, however it is written: an arXiv number, a DOI, else host and path in lower case."""
    bare = re.sub(r"^https?://(www\.)?", "", address.strip().casefold()).split("#")[0].rstrip("/")
    arxiv = re.fullmatch(r"(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?", bare)
    doi = re.fullmatch(r"(?:dx\.)?doi\.org/(10\..+)", bare)
    if arxiv:
        return f"arxiv:{arxiv[1]}"
    if doi:
        issued = re.fullmatch(r"10\.48550/arxiv\.(\d{4}\.\d{4,5})", doi[1])
        return f"arxiv:{issued[1]}" if issued else f"doi:{doi[1]}"
    return bare
