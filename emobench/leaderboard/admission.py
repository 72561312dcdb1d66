"""Which records may stand on a board? Those of its protocol, measured whole, with the protocol's options."""

from pathlib import Path

from emobench.domain.errors import CheckError
from emobench.domain.options import SCOPES
from emobench.domain.record import Record
from emobench.leaderboard.board import Board, read_board, record_files
from emobench.runs.record_store import read_record

Entry = tuple[Path, Record]
QUESTION = ("attribute", "attributes")  # options that choose a table, and are held against the board's own list


def entries(folder: Path) -> list[Entry]:
    """The records of a board.

    Raises:
        CheckError: a record that may not stand on it.
    """
    board, found = read_board(folder), []
    for path in record_files(folder):
        record = read_record(path)
        reason = refusal(board, record)
        if reason:
            raise CheckError(f"'{path}' may not stand on the board '{board.name}'.", found=reason)
        found.append((path, record))
    return found


def question_of(record: Record) -> tuple[tuple[str, ...], str]:
    """The datasets, one or a pair, and the attribute that a record is about."""
    asked = record.asked
    names = asked["datasets"] if "datasets" in asked else [asked["dataset"]]
    return tuple(str(name) for name in names), str(asked["attribute"])


def refusal(board: Board, record: Record) -> str:
    """Why a record may not stand on the board; an empty string when it may."""
    protocol = record.used["protocol"]
    if (protocol["name"], protocol["version"]) != (board.task, board.protocol_version):
        return f"protocol {protocol['name']} version {protocol['version']}"
    names, attribute = question_of(record)
    if (names, attribute) not in board.questions():
        return f"{attribute} on {' and '.join(names)} is not on this board"
    if record.found.headline.metric not in board.headline.metrics:
        return f"headline {record.found.headline.metric}"
    return _otherwise_asked(board, record)


def _otherwise_asked(board: Board, record: Record) -> str:
    """What was asked otherwise than the protocol asks it; an empty string when nothing was."""
    asked, rules = record.asked, board.entry
    changed = _changed_options(record) if rules.options == "protocol" else []
    if changed:
        return f"options other than the protocol's: {', '.join(changed)}"
    if rules.whole and (asked["folds"] is not None or asked["limit"] is not None):
        return "a first look (--folds or --limit)"
    if asked.get("seeds") != rules.seeds:
        return f"{asked.get('seeds')} seeds instead of {rules.seeds}"
    # The methods and their own options: a preset's name stands in a record only where exactly its values were asked.
    if asked.get("preset") != rules.preset:
        return f"preset {asked.get('preset') or 'none'} instead of {rules.preset}"
    return ""


def _changed_options(record: Record) -> list[str]:
    """Options that differ from the protocol's; scopes of PEFT methods are the preset's matter."""
    asked = record.asked["options"]
    usual = {scope: model().model_dump(mode="json") for scope, model in SCOPES.items()}
    return [
        f"{scope}.{name}"
        for scope, options in asked.items()
        if scope in usual
        for name, value in options.items()
        if name not in QUESTION and (name not in usual[scope] or value != usual[scope][name])
    ]
