"""What was used and assumed, what did it cost, and where was it run? A record told in terms and words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emobench.domain.record import Record
from emobench.pages.report_entries import Entry, datasets_of
from emobench.views.pair_facts import dropped_notes
from emobench.views.pair_rows import first_look

Facts = list[tuple[str, str]]
LOUD = 16  # ids of clips that are named
NOT_SAID = "not said"


def used(record: Record) -> Facts:
    """Backbone, weights, data, protocol, split, labels and methods."""
    backbone = record.used["backbone"]
    card = backbone["card"]
    facts: Facts = [
        ("backbone", str(record.asked["backbone"])),
        *((name.replace("_", " "), told(card.get(name))) for name in ("licence", "paper", "pretrained_on")),
        ("precision", told(record.asked.get("precision"))),
        *((f"identity: {name}", text) for name, text in flat(backbone.get("identity", {}))),
    ]
    for name, data in datasets_of(record).items():
        facts += [(f"data: {name}", text) for text in _dataset(data)]
    split, protocol = record.used.get("split"), record.used["protocol"]
    facts.append(("protocol", f"{protocol['name']} version {protocol['version']}"))
    facts += [("stages", told(protocol["stages"]))] if protocol.get("stages") else []
    facts += [("split", told(split))] if split else []
    pair = record.used.get("pair", {})
    facts += [(f"pair: {name}", text) for name, text in flat(pair)]
    facts += [(f"method: {name}", told(method)) for name, method in record.used.get("methods", {}).items()]
    return facts


def _dataset(data: Mapping[str, Any]) -> Iterator[str]:
    card, audio, groups = data["card"], data["audio"], data["groups"]
    folds = {facts.get("fold") for facts in groups.values()} - {None}
    yield f"{card.get('title') or card.get('name', '')}; licence {card.get('licence') or NOT_SAID}"
    seconds = f", {float(data['seconds']) / 3600:.2f} h" if "seconds" in data else ""
    folded = f", {len(folds)} folds" if folds else ""
    yield f"{data['clips']} clips of {len(groups)} people{folded}{seconds}"
    rates = " and ".join(f"{rate} Hz" for rate in audio.get("rates_hz", [])) or "rate " + NOT_SAID
    published = f" (published at {card['sample_rate']} Hz)" if card.get("sample_rate") else ""
    yield f"audio: {audio['kind']}, {rates}{published}"
    yield f"identity {data['identity']}"
    yield f"audio digest {audio['digest']}" if "digest" in audio else "audio digest " + NOT_SAID
    if data.get("excluded"):
        names = [told(one) for one in data["excluded"]]
        more = f" and {len(names) - LOUD} more" if len(names) > LOUD else ""
        yield f"{len(names)} clips excluded: {', '.join(names[:LOUD])}{more}"


def assumed(record: Record) -> Facts:
    """Every value that the protocol takes for granted."""
    return [(str(name), told(value)) for name, value in record.used.get("assumed", {}).items()]


def options(record: Record) -> Facts:
    """What was asked, with the defaults: all that can change a number."""
    asked = {name: value for name, value in record.asked.items() if name != "options"}
    return [*flat(asked), *flat(record.asked.get("options", {}))]


def notes(entry: Entry) -> list[str]:
    """What must be known before a number is believed: a first look, what is missing, and what the record says."""
    record, look = entry.record, first_look(entry.record)
    found = [f"a first look ({look}): only a part was measured, and it enters no board"] if look else []
    found += [entry.missing] if entry.missing else []
    found += [] if record.used.get("split", {}).get("group_disjoint", True) else ["people are on both sides of a split"]
    if "pair" in record.used:
        found += [note.removeprefix("note: ") for note in dropped_notes(record)]
    found += [f"{method} left out: {told(reason)}" for method, reason in record.used.get("left_out", {}).items()]
    return [*found, *(str(note) for note in record.found.notes)]


def cost(record: Record) -> Facts:
    """Seconds of every stage, memory and parameters."""
    return [(name, _measured(name, text)) for name, text in flat(record.spent)]


def _measured(name: str, text: str) -> str:
    try:
        amount = float(text)
    except ValueError:
        return text
    if name.endswith("_bytes"):
        return f"{amount / 1e9:.2f} GB"
    return f"{amount:,.1f} s" if name.endswith("_seconds") else f"{amount:,.0f}"


def where(record: Record) -> Facts:
    """Versions, platform, device, threads and the command."""
    return flat(record.where)


def flat(value: Mapping[str, Any], before: str = "") -> Facts:
    """Nested data as dotted terms with their words."""
    found: Facts = []
    for name, inner in value.items():
        term = f"{before}{name}"
        if isinstance(inner, Mapping) and inner:
            found += flat(inner, f"{term}.")
        else:
            found.append((term, told(inner)))
    return found


def told(value: Any) -> str:
    """Any value of a record in words."""
    if value is None or value in ([], {}, ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {told(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(told(inner) for inner in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
