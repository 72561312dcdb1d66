"""What did we find in a file, and is it still the same file?"""

import json
import os
from pathlib import Path
from typing import Any

from emobench.files.atomic import locked, set_aside, write_bytes


class Stamps:
    """Findings about files, kept in one JSON file and good as long as path, size and mtime stay what they were.

    ``version`` says how the findings were made; findings of another version are forgotten. A damaged JSON file is
    set aside and everything is found anew. Findings must be JSON data.
    """

    def __init__(self, path: Path, version: str) -> None:
        self.path, self.version = path, version
        self._known = self._stored()
        self._new: dict[str, list[Any]] = {}

    def recall(self, file: Path, seen: os.stat_result) -> Any | None:
        """What was found in ``file``; None when it did not look like ``seen`` then, or was not looked at."""
        stamp = self._known.get(_named(file))
        if stamp is None or stamp[:2] != [seen.st_size, seen.st_mtime_ns]:
            return None
        return stamp[2]

    def remember(self, file: Path, seen: os.stat_result, finding: Any) -> None:
        """Note a finding; ``seen`` is how the file looked *before* it was read. `save` keeps it."""
        stamp = [seen.st_size, seen.st_mtime_ns, finding]
        self._known[_named(file)] = self._new[_named(file)] = stamp

    def save(self) -> None:
        """Add what is new to the JSON file; findings that other processes saved meanwhile stay.

        Raises:
            EmobenchError: the file cannot be written.
        """
        if not self._new:
            return
        with locked(self.path):
            self._known = self._stored() | self._new
            stored = {"version": self.version, "files": self._known}
            write_bytes(self.path, json.dumps(stored, separators=(",", ":")).encode())
        self._new = {}

    def _stored(self) -> dict[str, list[Any]]:
        try:
            stored = json.loads(self.path.read_bytes())
            if stored["version"] != self.version:
                return {}
            return {str(file): list(stamp) for file, stamp in stored["files"].items()}
        except OSError:  # there is none yet; or nobody may read it, and then saving explains it
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            set_aside(self.path, f"no list of stamps: {problem!r}")
            return {}


def _named(file: Path) -> str:
    return os.path.abspath(file)  # noqa: PTH100 - three times faster than Path.absolute
