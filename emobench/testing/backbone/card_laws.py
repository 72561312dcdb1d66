"""Does the card of a backbone say whose it is? The laws of licence, paper and training."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from emobench.domain.names import on_one_line
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.card_words import placeholder_in, spdx
from emobench.testing.laws import Answer, Law, broken, kept, unasked

OPEN = {"other", "unknown"}  # what a model card says where the Hub has no name for its licence
README = "README.md"


def licence_named(trial: BackboneTrial) -> Answer:
    """The card's licence is an SPDX expression, and the one that the README.md beside the weights says."""
    said = trial.card.licence
    if trial.card.name.startswith("hf:"):
        return unasked("a repository's own page says its licence: the card is made from its files")
    if placeholder_in(said):
        return broken(f"'{on_one_line(said)}' is a placeholder")
    licence = spdx(said)
    if not licence:
        return broken(f"'{on_one_line(said)}' is no SPDX expression; one of its own is written LicenseRef-NAME")
    for readme in _readmes(trial.subject.files.files.values()):
        named = [name for name in licences_in(readme.read_text("utf-8", errors="replace")) if name.lower() not in OPEN]
        if named and not any(_same(licence, name) for name in named):
            return broken(f"the card says {licence}, {README} beside the weights says {on_one_line(', '.join(named))}")
    return kept(licence)


def paper_named(trial: BackboneTrial) -> Answer:
    """The card's paper is an https address, of a page or of a DOI."""
    said = trial.card.paper
    address = urlsplit(said)
    if address.scheme != "https" or "." not in (address.hostname or "") or any(c.isspace() for c in said):
        return broken(f"'{on_one_line(said)}' is no https address; of a DOI it is https://doi.org/10....")
    return kept(said)


def training_named(trial: BackboneTrial) -> Answer:
    """A card with weights says what they learned from: by it boards tell whether a model was trained at all, and
    whether it has heard the data.
    """
    card = trial.card
    if card.weights is not None and not card.random:
        if card.pretrained_on == "nothing":
            return broken("pretrained_on='nothing', and it has weights; where nobody says, it is 'unknown'")
        if card.corpora == ():
            return broken("corpora=() says that it learned from none, and it has weights; leave it out if nobody says")
    return kept(f"{card.pretrained_on}{', corpora not named' if card.corpora is None else ''}")


def licences_in(readme: str) -> list[str]:
    """What the YAML front matter of a model card says of its licence; several where it lists them."""
    lines = readme.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return []
    found: list[str] = []
    listing = False
    for line in lines[1:]:
        if line.strip() in ("---", "..."):
            break
        name, _, value = line.partition(":")
        if listing and line.strip().startswith("- "):
            found.append(_bare(line.strip()[2:]))
        elif name.rstrip() == "license":
            value = value.partition(" #")[0].strip()
            found += [_bare(part) for part in value.strip("[]").split(",") if part.strip()]
            listing = not value
        else:
            listing = False
    return found


def _bare(value: str) -> str:
    return value.split(" #", maxsplit=1)[0].strip().strip("'\"")


def _readmes(paths: Iterable[Path]) -> list[Path]:
    return [folder / README for folder in sorted({path.parent for path in paths}) if (folder / README).is_file()]


def _same(licence: str, named: str) -> bool:
    """Whether a canonical expression is what a model card names; names the Hub made up may stand behind LicenseRef-."""
    other = spdx(named) or named
    return licence.lower().removeprefix("licenseref-") == other.lower().removeprefix("licenseref-")


CARD_LAWS: tuple[Law[BackboneTrial], ...] = (licence_named, paper_named, training_named)
