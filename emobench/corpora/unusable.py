"""How is a user told of clips that cannot be used?"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line

SHOWN_FAULTS = 20
SHOWN_NAMES = 3
NUMBER = re.compile(r"\d[\d.,]*")


def refuse(card: DatasetCard, clips: Mapping[str, Clip], bad: Mapping[str, str]) -> None:
    """Say which clips cannot be used, and why; ``bad`` has the reason by the clip's id.

    Raises:
        DataError: always.
    """
    lines = fault_lines(clips, bad)
    if len(lines) > SHOWN_FAULTS:
        more = len(lines) - SHOWN_FAULTS
        lines = [*lines[:SHOWN_FAULTS], f"and {more} more: `emobench data audit {card.name} --json` lists all"]
    raise DataError(
        f"dataset '{card.name}': {len(bad)} of {len(clips)} clips cannot be used.",
        found="\n".join(lines),
        remedy="Mend or fetch the files again, or go on without them: --set reading.on_bad_audio=exclude "
        "(the record names every excluded clip).",
    )


def fault_lines(clips: Mapping[str, Clip], bad: Mapping[str, str]) -> list[str]:
    """One line for each file and reason; a segment has its name beside it, several of one reason their number."""
    alike: dict[tuple[Path, str], list[Clip]] = {}
    for name, reason in bad.items():
        alike.setdefault((clips[name].path, reason), []).append(clips[name])
    lines = []
    for (path, reason), same in alike.items():
        segment = same[0].start_seconds > 0 or same[0].end_seconds is not None
        which = f" ({len(same)} clips)" if len(same) > 1 else f" (clip '{on_one_line(same[0].id)}')" if segment else ""
        lines.append(f"{on_one_line(path)}{which}: {reason}")
    return lines


def by_reason(bad: Mapping[str, str]) -> dict[str, list[str]]:
    """Ids by reason; reasons that differ in numbers only are one, called as the first of them is."""
    kinds: dict[str, list[str]] = {}
    for name, reason in bad.items():
        kinds.setdefault(NUMBER.sub("#", reason), []).append(name)
    return {bad[names[0]]: sorted(names) for names in kinds.values()}


def reason_lines(bad: Mapping[str, str]) -> dict[str, list[str]]:
    """A line for every kind of reason, with the number of clips and the first names, and all ids of the kind."""
    lines = {}
    for reason, names in by_reason(bad).items():
        differ = len({bad[name] for name in names}) > 1
        lines[f"{some(names)}: {reason}" + (", and the like" if differ else "")] = names
    return lines


def some(names: Sequence[str]) -> str:
    """How many clips there are, and the names of the first three."""
    shown = ", ".join(map(on_one_line, names[:SHOWN_NAMES]))
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return f"{len(names)} clip{'s' * (len(names) > 1)} ({shown}{more})"
