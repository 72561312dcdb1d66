"""Was a result measured again by somebody else? Reproductions lie beside the records of a board, and have to agree.

``reproductions/<task>/<backbone>/<key12 of the original>/<first 12 of the SHA-256 of its file>.json``, each with its
table beside it. One that is damaged, that does not agree, or that comes from the same run, reproduces nothing.
"""

import hashlib
from pathlib import Path

from emobench.domain.errors import CheckError, DataError
from emobench.leaderboard.comparing.agreement import Agreement, agreement_of
from emobench.leaderboard.comparing.comparable import one_run
from emobench.leaderboard.comparing.measured import Measured, read_measured, well_formed

REPRODUCED, SELF_REPORTED = "reproduced", "self-reported"
FOLDER = "reproductions"


def folder_of_reproductions(board: Path, record: Path) -> Path:
    """Where reproductions of a record of a board lie."""
    return board / FOLDER / record.parent.parent.name / record.parent.name / record.stem


def file_of_reproduction(board: Path, record: Path, content: bytes) -> Path:
    """Where a reproduction lies whose JSON file has this content."""
    return folder_of_reproductions(board, record) / f"{hashlib.sha256(content).hexdigest()[:12]}.json"


def reproductions_of(board: Path, record: Path) -> list[Path]:
    """The files of the reproductions of a record, sorted."""
    return sorted(folder_of_reproductions(board, record).glob("*.json"))


def agreement_with(original: Measured, reproduction: Path) -> Agreement:
    """Whether a reproduction on file agrees; one that cannot be read, or that measured nothing again, does not."""
    try:
        found = read_measured(reproduction)
        if one_run(original.record, found.record):
            return Agreement(False, "it is of the same run: nothing was measured again")
        with well_formed(f"'{reproduction}'"):
            return agreement_of(original, found)
    except (DataError, CheckError) as problem:
        return Agreement(False, f"it cannot be compared: {problem.what}")


def status_of(board: Path, record: Path) -> str:
    """``reproduced`` where at least one reproduction of a record agrees, else ``self-reported``.

    Args:
        board: its folder.
        record: a file below ``records/`` of that board.
    """
    on_file = reproductions_of(board, record)
    if not on_file:
        return SELF_REPORTED
    try:
        original = read_measured(record)
    except (DataError, CheckError):
        return SELF_REPORTED
    return REPRODUCED if any(agreement_with(original, path).agrees for path in on_file) else SELF_REPORTED
