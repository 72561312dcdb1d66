"""What was finished, and what was under way when a run was killed? By the lines of its log file."""

import re
from dataclasses import dataclass
from datetime import datetime

LINE = re.compile(r"^(\S+) .*?\b(begin|finished|failed) (unit|shard|training|prefix|record) (\S+)(?:.* in ([\d.]+) s)?")


@dataclass(frozen=True)
class Worked:
    """Seconds of all that was finished, and of what was lost, with its kind."""

    finished: float
    lost: list[tuple[str, float]]


def worked(log: str, killed_at: float | None) -> Worked:
    """Read the part of a log that one run wrote; ``killed_at`` is seconds since 1970, None when it ended by itself."""
    begun: dict[tuple[str, str], float] = {}
    finished = 0.0
    for line in log.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        when, word, kind, key, seconds = match.groups()
        at = datetime.fromisoformat(when).timestamp()
        if word == "begin":
            begun[kind, key] = at
        else:
            began = begun.pop((kind, key), at)
            finished += float(seconds) if seconds else at - began
    lost = [] if killed_at is None else [(kind, killed_at - at) for (kind, _), at in begun.items()]
    return Worked(finished, lost)
