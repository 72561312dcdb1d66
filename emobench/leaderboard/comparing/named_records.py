"""Which file does somebody mean: a path, or the beginning of the key of a record on a board?"""

import re
from pathlib import Path

from emobench.domain.errors import DataError, UsageError
from emobench.runs.record_store import read_record

KEY = re.compile(r"[0-9a-f]{4,64}")
IN_NAMES = 12  # digits of a key in the name of its file


def file_of(name: str, boards: Path) -> Path:
    """The file of a record.

    Args:
        name: a path, or four digits or more that a key begins with.
        boards: the folder that holds the boards.

    Raises:
        UsageError: several records have a key that begins so.
        DataError: neither a file nor a record of a board.
    """
    path = Path(name)
    if path.exists() or not KEY.fullmatch(name):
        return path
    found = sorted(boards.glob(f"*/records/*/*/{name[:IN_NAMES]}*.json"))
    if len(name) > IN_NAMES:
        found = [file for file in found if read_record(file).key.startswith(name)]
    if len(found) > 1:
        raise UsageError(f"the keys of {len(found)} records begin with '{name}'.", found="\n".join(map(str, found)))
    if not found:
        raise DataError(f"there is no record '{name}'.", found=f"no file, and no key below '{boards}' that begins so")
    return found[0]
