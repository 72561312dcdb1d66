"""Where does a new record belong on the boards, if anywhere? Everything is settled before anything is copied.

A record of a question that nobody answered with its backbone is an entry. What answers a question that an entry of the
same backbone answers is one of three things:

- a reproduction, if it agrees (`comparing/agreement.py`), whether its key is the same or not: other versions of
  libraries and newer fields of a card change keys, and no result;
- an entry of its own, if the audio was other audio; or if it does not agree and its weights, plugin, stages or trained
  methods are others: then both may be right, and the tables show which is which;
- refused, if it does not agree and nothing says why: one of both is wrong, and a board cannot know which.

What spent the same seconds, in all digits, is one run: a copy with another `where`, or what was summed up again from
units that lay there, measured nothing again. Somebody who writes other seconds into a copy is not found out by files.

So nobody replaces a record, and nobody doubles one either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emobench.domain.cards import folder_of
from emobench.domain.errors import CheckError, DataError
from emobench.domain.record import Record
from emobench.leaderboard.board import Board, board_folders, read_board
from emobench.leaderboard.checks.findings import Finding, shown
from emobench.leaderboard.checks.place_checks import picture_findings
from emobench.leaderboard.checks.strict_json import read_strictly
from emobench.leaderboard.checks.validation import checked_record
from emobench.leaderboard.comparing.agreement import agreement_of
from emobench.leaderboard.comparing.comparable import asked_otherwise, made_otherwise, on_other_data, one_run
from emobench.leaderboard.comparing.measured import Measured, read_measured
from emobench.leaderboard.filing.reproductions import file_of_reproduction, reproductions_of

RECORDS = "records"
AUDIO = "audio"


@dataclass(frozen=True)
class Filing:
    """A record that fits, and what it is to the board.

    Attributes:
        source: its file.
        task: of the record.
        board: the folder of its board.
        target: the file that it becomes.
        kind: an entry of its own, or a reproduction of another.
        why: in words, for whoever files it; empty for a plain entry.
    """

    source: Path
    task: str
    board: Path
    target: Path
    kind: Literal["entry", "reproduction"]
    why: str = ""


def filings(records: Sequence[Path], boards: Path) -> list[Filing]:
    """What becomes of records, all of which have to fit.

    Args:
        records: files, each with its table and pictures beside it.
        boards: the folder that holds the boards.

    Raises:
        DataError: a record that cannot be read, or no boards.
        CheckError: records that do not fit, with every reason.
    """
    folders = {folder: read_board(folder) for folder in board_folders(boards)}
    found: list[Filing] = []
    reasons: list[str] = []
    for path in records:
        try:
            filing = _filing(path, folders)
            twice = filing.target in {other.target for other in found}
            reasons += [f"{shown(str(path))}: given twice"] if twice else []
            found.append(filing)
        except CheckError as problem:
            reasons.append("\n".join(part for part in (problem.what, problem.found) if part))
    if reasons:
        raise CheckError(
            "nothing was filed: "
            + ("a record does" if len(reasons) == 1 else f"{len(reasons)} records do")
            + " not fit.",
            found="\n".join(reasons),
        )
    return found


def _filing(path: Path, folders: dict[Path, Board]) -> Filing:
    if not path.is_file():
        raise DataError(
            f"there is no record at '{path}'.",
            found="a folder" if path.is_dir() else "no such file",
            remedy=f"Name the files: {path}/*.json" if path.is_dir() else "A run prints the paths of its records last.",
        )
    board = _board_of(path, folders)
    _refuse(checked_record(board, path, placed=False))
    measured = read_measured(path)
    asked = measured.record.asked
    folder = board / RECORDS / str(asked["task"]) / folder_of(str(asked["backbone"]))
    target = folder / f"{measured.record.key[:12]}.json"
    for standing in sorted(folder.glob("*.json"), key=lambda file: (file != target, file)):  # the same key first
        filing = _beside(path, measured, board, standing)
        if filing is not None:
            return filing
    _refuse(picture_findings(measured.record, path))
    return Filing(path, str(asked["task"]), board, target, "entry", _others(measured.record, folder))


def _refuse(findings: Iterable[Finding]) -> None:
    lines = [one.line() for one in findings]
    if lines:
        raise CheckError("\n".join(lines))


def _board_of(path: Path, folders: dict[Path, Board]) -> Path:
    """The folder of the board that has a record's question; of several the one of its protocol's version.

    The record is not checked yet: nothing is taken for granted.
    """
    _, data, findings = read_strictly(path)
    _refuse(findings)
    try:
        asked, version = data["asked"], data["used"]["protocol"]["version"]
        names = tuple(map(str, asked["datasets"] if "datasets" in asked else [asked["dataset"]]))
        task, attribute = str(asked["task"]), str(asked["attribute"])
    except (KeyError, TypeError) as problem:
        _refuse(checked_record(None, path, placed=False))
        raise CheckError(f"{shown(str(path))}: not a record") from problem
    fits = [folder for folder, one in folders.items() if one.task == task and (names, attribute) in one.questions()]
    fits.sort(key=lambda folder: folders[folder].protocol_version != version)
    if not fits:
        question = shown(f"{task}: {attribute} on {' and '.join(names)}")
        raise CheckError(
            f"{shown(str(path))}: no board has {question}",
            found="boards: " + ", ".join(sorted(board.name for board in folders.values())),
        )
    return fits[0]


def _beside(path: Path, measured: Measured, board: Path, standing: Path) -> Filing | None:
    """What a record is to one that stands on its board: its reproduction, or (None) nothing.

    Raises:
        CheckError: it stands there already, or contradicts it.
    """
    there = read_measured(standing)
    if there.record.key[:12] == measured.record.key[:12] and there.record.key != measured.record.key:
        raise CheckError(f"{shown(str(path))}: another record stands in its place: {standing}")
    if on_other_data(there.record, measured.record) or asked_otherwise(there.record, measured.record):
        return None
    for file in (standing, *reproductions_of(board, standing)):
        if one_run(measured.record, there.record if file == standing else read_measured(file).record):
            raise CheckError(f"{shown(str(path))}: it stands there already: {file}, from the same run")
    others = made_otherwise(there.record, measured.record)
    if AUDIO in others:
        return None
    found = agreement_of(there, measured)
    if found.agrees:
        target = file_of_reproduction(board, standing, path.read_bytes())
        task = str(measured.record.asked["task"])
        return Filing(path, task, board, target, "reproduction", f"repeats {standing.name}: {found.why}")
    if others:
        return None
    raise CheckError(
        f"{shown(str(path))}: it contradicts {standing}, and nothing that was used tells why: {found.why}",
        found=f"the largest difference (there, here): {found.largest}" if found.largest else "",
    )


def _others(record: Record, folder: Path) -> str:
    """What sets a new entry apart from those of its question that stand there."""
    told = []
    for file in sorted(folder.glob("*.json")):
        there = read_measured(file).record
        if not on_other_data(there, record) and not asked_otherwise(there, record):
            told.append(f"an entry of its own beside {file.name}: other {', '.join(made_otherwise(there, record))}")
    return "; ".join(told)
