"""How is an audit told? A page of text, or all of it as data."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import fmean, pstdev
from typing import Any

from tabulate import tabulate

from emobench.corpora.auditing import Audit
from emobench.domain.cards import Attribute
from emobench.domain.names import in_utf8, on_one_line

SHOWN = 10  # lines of one kind
NAMED = 3


def as_data(audit: Audit) -> dict[str, Any]:
    """All that was found, for ``--json``: every clip of every finding, the reason of every clip that is left out."""
    return {
        "dataset": audit.card.name,
        "folder": in_utf8(str(audit.root)),
        **_totals(audit),
        "errors": len(audit.errors),
        "findings": [
            {"severity": found.severity, "kind": found.kind, "says": found.says, "clips": list(found.clips)}
            for found in audit.findings
        ],
        "reasons": dict(sorted(audit.reasons.items())),
        "balance": {attribute.name: _balance(audit, attribute) for attribute in audit.card.attributes},
    }


def as_page(audit: Audit) -> str:
    """What a person reads: the corpus in two lines, errors, notes, and how labels lie among groups."""
    totals, card = _totals(audit), audit.card
    kinds = "; ".join(
        [
            ", ".join(f"{rate:,} Hz" for rate in totals["rates_hz"]) or "no audio",
            "channels: " + (", ".join(map(str, totals["channels"])) or "none"),
            ", ".join(totals["formats"]) or "no format",
        ]
    )
    head = (
        f"{card.name} in {on_one_line(audit.root)}\n"
        f"{totals['clips']:,} clips of {totals['groups']} groups ({card.group_is}), {totals['hours']:.2f} h; {kinds}\n"
        f"{_of_clips(totals)}"
    )
    parts = [head]
    for severity, title in (("error", "errors"), ("note", "notes")):
        listed = [found for found in audit.findings if found.severity == severity]
        parts.append("\n".join([f"{title}: {len(listed) or 'none'}", *_lines(listed)]))
    parts += [_table(audit, attribute) for attribute in card.attributes]
    return "\n\n".join(parts)


def _of_clips(totals: Mapping[str, Any]) -> str:
    sizes = totals["clips_per_group"].values()
    each = " to ".join(f"{size:,}" for size in sorted(set(sizes)))
    folds = " ".join(map(str, totals.get("clips_per_fold", ["there are none"])))
    return f"{each} clips a group; clips of the test folds: {folds}"


def _lines(findings: Sequence[Any]) -> Iterator[str]:
    for kind, group in groupby(findings, lambda found: found.kind):
        listed = list(group)
        for found in listed[:SHOWN]:
            yield f"  {kind}: {found.says}"
        if len(listed) > SHOWN:
            yield f"  {kind}: and {len(listed) - SHOWN:,} more: --json lists all"


def _totals(audit: Audit) -> dict[str, Any]:
    groups = Counter(clip.group for clip in audit.clips)
    heard = [planned.audio for planned in audit.usable]
    totals: dict[str, Any] = {
        "clips": len(audit.clips),
        "usable": len(audit.usable),
        "groups": len(groups),
        "hours": round(sum(planned.seconds for planned in audit.usable) / 3600, 4),
        "rates_hz": sorted({audio.rate for audio in heard}),
        "channels": sorted({audio.channels for audio in heard}),
        "formats": sorted({audio.format for audio in heard}),
        "clips_per_group": {"least": min(groups.values()), "most": max(groups.values())},
    }
    if audit.split is not None:
        folds = Counter(audit.split.fold_of[clip.group] for clip in audit.clips)
        totals["clips_per_fold"] = [folds[fold] for fold in range(audit.split.count)]
        totals["split"] = audit.split.digest
    return totals


def _balance(audit: Audit, attribute: Attribute) -> dict[str, Any]:
    """Clips by class and group; of a dimension its mean, spread and ends."""
    if not attribute.classes:
        values = [float(label) for label in _labels(audit, attribute) if isinstance(label, int | float)]
        if not values:
            return {"clips": 0}
        return {
            "clips": len(values),
            "mean": fmean(values),
            "sd": pstdev(values),
            "min": min(values),
            "max": max(values),
        }
    counts: dict[str, Counter[str]] = {name: Counter() for name in attribute.classes}
    for clip in audit.clips:
        label = clip.labels.get(attribute.name)
        if label in counts:
            counts[str(label)][clip.group] += 1
    groups = sorted({clip.group for clip in audit.clips})
    return {
        name: {"clips": count.total(), "by_group": {group: count[group] for group in groups}}
        for name, count in counts.items()
    }


def _labels(audit: Audit, attribute: Attribute) -> list[Any]:
    return [clip.labels.get(attribute.name) for clip in audit.clips]


def _table(audit: Audit, attribute: Attribute) -> str:
    found = _balance(audit, attribute)
    if not attribute.classes:
        rows = [[attribute.name, *(f"{value:.4g}" for value in found.values())]]
        return tabulate(rows, headers=["dimension", *found], disable_numparse=True)
    total = sum(row["clips"] for row in found.values())
    rows = []
    for name, row in found.items():
        counts = row["by_group"]
        lacking = [group for group, count in counts.items() if not count]
        named = ", ".join(map(on_one_line, lacking[:NAMED])) + (" ..." if len(lacking) > NAMED else "")
        some = [count for count in counts.values() if count] or [0]
        spread = f"{min(some)} to {max(some)}" if min(some) < max(some) else f"{max(some)}"
        lack = f"{len(lacking)} ({named})" if lacking else "none"
        rows.append([name, row["clips"], f"{row['clips'] / max(1, total):.1%}", spread, lack])
    heads = [attribute.name, "clips", "share", f"clips per {audit.card.group_is}", f"{audit.card.group_is}s without"]
    return tabulate(rows, headers=heads, disable_numparse=True)
