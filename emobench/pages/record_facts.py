"""What does a record say of its backbone, and of what it used and assumed? Names with texts, flat, for a page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from emobench.domain.record import Record
from emobench.leaderboard.leakage import leakage_of
from emobench.pages.written import lines, outside, word

Fact = tuple[str, Markup]
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
COUNTED = ("groups", "layers", "excluded")  # long lists: how many there are is enough on a page
DEEPEST = 12


def card_facts(record: Record) -> list[Fact]:
    """Of the backbone, as the record's card says; what it does not say is left out."""
    backbone = record.used["backbone"]
    card = backbone["card"]
    weights, found = card.get("weights") or {}, (backbone.get("identity") or {}).get("weights") or {}
    layers = card.get("layers") or ()
    said: list[tuple[str, object]] = [
        ("pretrained on", card.get("pretrained_on")),
        ("corpora heard", ", ".join(map(str, card.get("corpora") or ()))),
        ("licence", card.get("licence")),
        ("family", card.get("family")),
        ("parameters", _thousands(card.get("parameters"))),
        ("sample rate", f"{card['sample_rate']} Hz" if card.get("sample_rate") else None),
        ("layers", len(layers) or None),
        ("revision", weights.get("revision")),
        ("plugin", (record.where.get("distributions") or {}).get("backbone")),
    ]
    facts = [(name, word(value, 200)) for name, value in said if value not in (None, "")]
    links = [("paper", card.get("paper")), ("weights", _published(weights))]
    facts += [(name, outside(value)) for name, value in links if value]
    digest = found.get("digest") or (backbone.get("identity") or {}).get("digest")
    if digest:
        facts.append(("digest of the weights", Markup('<span class="digest">{}</span>').format(word(digest, 200))))
    return facts


def leakage_fact(record: Record) -> tuple[str, str]:
    """The verdict, and why."""
    found = leakage_of(record)
    return found.verdict, found.why


def flat(value: Mapping[str, Any]) -> list[Fact]:
    """A mapping of any depth as names with dots between them and texts; long lists are counted."""
    return [(name, lines(text)) for name, text in _flat("", value, 0)]


def _flat(start: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    last = start.rpartition(".")[2]
    if last in COUNTED and isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
        yield start, f"{len(value)}, listed in the record"
    elif isinstance(value, Mapping) and value and depth < DEEPEST:
        for name, inner in value.items():
            yield from _flat(f"{start}.{name}" if start else str(name), inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        yield start, ", ".join(map(_said, value)) or "none"
    else:
        yield start, _said(value)


def _said(value: object) -> str:
    if value is None or value == {}:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _thousands(value: object) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None


def _published(weights: Mapping[str, Any]) -> str | None:
    repository = weights.get("repo")
    if isinstance(repository, str) and REPOSITORY.fullmatch(repository):
        return f"https://huggingface.co/{repository}"
    return weights.get("url") or repository
