"""Whom do records owe, as BibTeX? Model, corpora, task, methods, statistics and emobench, each once.

What a record says is a stranger's text. It becomes text in braces, never a command, an entry or a key.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from emobench.domain.errors import DataError
from emobench.domain.presets import parts_of_names
from emobench.domain.record import Record
from emobench.leaderboard.citing.references import Reference, References, known_references
from emobench.leaderboard.data_used import datasets_used

COMMANDS = {
    "\\": r"\textbackslash ", "{": r"\textbraceleft ", "}": r"\textbraceright ", "~": r"\textasciitilde ",
    "^": r"\textasciicircum ", **{mark: f"\\{mark}" for mark in "$&#_%"},
}  # fmt: skip
FIELDS = ("year", "journal", "booktitle", "volume", "number", "pages")
IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%-._~"


@dataclass
class _Entries:
    """Entries as they are collected: a paper that is owed twice stands once, with all that it is for."""

    known: References
    entries: dict[str, Reference] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, reason: str, reference: Reference | None = None) -> None:
        self.entries.setdefault(key, reference or self.known.references[key])
        reasons = self.reasons.setdefault(key, [])
        reasons += [] if reason in reasons else [reason]

    def add_own(self, start: str, reason: str, reference: Reference) -> None:
        """A thing without a paper of ours, under a key of its own; the same thing has the same key."""
        number, key = 1, start
        while key in self.known.references or self.entries.get(key, reference) != reference:
            number, key = number + 1, f"{start}-{number + 1}"
        self.add(key, reason, reference)

    def owed(self, part: str, name: str, start: str = "", end: str = "") -> bool:
        """Adds what is owed for a part of a record, and says whether anything is."""
        found = self.known.owed_for(part, name)
        for key, what in found.items():
            self.add(key, f"{start}{what}{end}")
        return bool(found)


def bibliography(records: Sequence[Record]) -> str:
    """BibTeX of everything that the records rest on; before each entry a line that says what it is for.

    Raises:
        DataError: a record whose parts are not those of a record.
    """
    found = _Entries(known_references())
    try:
        for record in records:
            _model(found, record)
            for name, dataset in datasets_used(record).items():
                _corpus(found, name, dataset, split="split" in record.used)
            _method(found, record)
        _program(found, records)
    except (KeyError, TypeError, AttributeError) as problem:
        what = "a record does not say what was used in the way that records do."
        raise DataError(what, found=f"{type(problem).__name__}: {problem}") from problem
    blocks = [
        f"% {_outside('; '.join(found.reasons[key]))}\n{_entry(key, reference)}"
        for key, reference in found.entries.items()
    ]
    return "\n".join(blocks)


def _program(found: _Entries, records: Sequence[Record]) -> None:
    versions = sorted({str(r.where.get("versions", {}).get("emobench", "")) for r in records} - {""})
    protocols = sorted({f"{r.used['protocol']['name']} {r.used['protocol']['version']}" for r in records})
    program = found.known.references["emobench"]
    note = "; ".join([*(f"version {one}" for one in versions), *(f"protocol {one}" for one in protocols)])
    found.add("emobench", "the measurement", program.model_copy(update={"note": note}))


def _model(found: _Entries, record: Record) -> None:
    card = record.used["backbone"]["card"]
    name, paper = str(record.asked["backbone"]), str(card.get("paper") or "")
    untrained = ", untrained" if card.get("random") is True else ""
    reason = f"{name}: the model{untrained}, licence {card.get('licence', 'not declared')}"
    key = found.known.at(paper) if paper else None
    if key == "emobench":
        return
    if key is not None:
        found.add(key, reason)
    else:
        note = f"Model measured with emobench; licence {card.get('licence', 'not declared')}"
        found.add_own(f"model-{_slug(name)}", reason, Reference(title=name, url=paper or None, note=note))


def _corpus(found: _Entries, name: str, dataset: Mapping[str, Any], *, split: bool) -> None:
    card = dataset.get("card", {})
    licence = f", licence {card.get('licence', 'not declared')}"
    if not found.owed("dataset", name, f"{name}: ", licence):
        title, note = str(card.get("title") or name), str(card.get("citation") or "")
        own = Reference(title=title, url=str(card.get("url") or "") or None, note=note or None)
        found.add_own(f"corpus-{_slug(name)}", f"{name}: the corpus{licence}", own)
    if split:
        found.owed("folds", name, f"{name}: ")


def _method(found: _Entries, record: Record) -> None:
    task = str(record.used["protocol"]["name"])
    found.owed("task", task)
    found.owed("metric", record.found.headline.metric)
    found.owed("view", str(record.asked.get("options", {}).get(task, {}).get("view")))
    for name in parts_of_names([str(name) for name in record.used.get("methods", {})]):
        if not found.owed("method", name, "PEFT method: "):
            facts = record.used["methods"].get(name, {})
            own = Reference(title=str(facts.get("title") or name), note=f"PEFT method {name}")
            found.add_own(f"method-{_slug(name)}", f"PEFT method: {name}", own)


def _entry(key: str, reference: Reference) -> str:
    """One entry; ``@software`` is biblatex's, so programs are ``@misc``."""
    kind = "misc" if reference.type == "software" else reference.type
    told: dict[str, str] = {}
    if reference.authors:
        told["author"] = " and ".join(author if author == "others" else _author(author) for author in reference.authors)
    told["title"] = f"{{{_text(reference.title)}}}"  # twice in braces: styles keep its capitals
    told |= {name: _text(str(value)) for name in FIELDS if (value := getattr(reference, name)) is not None}
    if reference.eprint:
        told |= {"eprint": reference.eprint, "archiveprefix": "arXiv"}
    told |= {"doi": _address(reference.doi)} if reference.doi else {}
    address = reference.url or (f"https://arxiv.org/abs/{reference.eprint}" if reference.eprint else "")
    if address.startswith(("https://", "http://")):
        told["url"] = _address(address)
    told |= {"note": _text(reference.note)} if reference.note else {}
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in told.items())
    return f"@{kind}{{{key},\n{lines}}}\n"


def _author(name: str) -> str:
    group = re.fullmatch(r"\{(.*)\}", name)
    return f"{{{_text(group[1])}}}" if group else _text(name)


def _text(text: str) -> str:
    """Text between braces, of any origin: no command, no brace, one line, nothing that cannot be seen."""
    return "".join(COMMANDS.get(mark, mark) for mark in _line(text))


def _outside(text: str) -> str:
    """Text between entries, where BibTeX skips everything but an at sign."""
    return re.sub(r"\s*@\s*", " at ", _line(text))


def _line(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def _address(text: str) -> str:
    """An address in braces, as addresses are written there: quoted, and so without braces or backslashes."""
    return quote("".join(_line(text).split()), safe=IN_ADDRESSES)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "nameless"
