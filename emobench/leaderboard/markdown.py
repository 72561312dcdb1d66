"""How does a board read as Markdown? A table a dataset and attribute, every row with its interval."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from tabulate import tabulate

from emobench.domain.errors import CheckError
from emobench.domain.options import SCOPES
from emobench.domain.record import Record, Score
from emobench.leaderboard.board import Board, read_board, record_files
from emobench.runs.record_store import read_record
from emobench.runs.tables import interval, number


def _fits(board: Board, record: Record) -> str:
    """Why a record may not stand on the board; an empty string when it may."""
    protocol = record.used["protocol"]
    if (protocol["name"], protocol["version"]) != (board.task, board.protocol_version):
        return f"protocol {protocol['name']} version {protocol['version']}"
    if record.asked["dataset"] not in board.datasets or record.asked["attribute"] not in board.attributes:
        return f"{record.asked['attribute']} on {record.asked['dataset']} is not on this board"
    changed = _changed_options(record)
    if changed:
        return f"options other than the protocol's: {', '.join(changed)}"
    if record.asked["folds"] is not None or record.asked["limit"] is not None:
        return "a first look (--folds or --limit)"
    return ""


def _changed_options(record: Record) -> list[str]:
    """Options that differ from the protocol's, which attributes do not."""
    asked = record.asked["options"]
    usual = {scope: model().model_dump(mode="json") for scope, model in SCOPES.items()}
    return [
        f"{scope}.{name}"
        for scope, options in asked.items()
        for name, value in options.items()
        if name != "attributes" and value != usual[scope][name]
    ]


def entries(folder: Path) -> list[tuple[Path, Record]]:
    """The records of a board.

    Raises:
        CheckError: a record that may not stand on it.
    """
    board, found = read_board(folder), []
    for path in record_files(folder):
        record = read_record(path)
        reason = _fits(board, record)
        if reason:
            raise CheckError(f"'{path}' may not stand on the board '{board.name}'.", found=reason)
        found.append((path, record))
    return found


def _summaries(record: Record) -> list[Score]:
    metric = record.found.headline.metric
    return [row for row in record.found.scores if row.metric == metric and row.view == "all" and row.fold is None]


def _best_layer(record: Record) -> str:
    """The layer chosen in most folds, with how many."""
    picked = [c["layer"] for c in record.found.choices if c["chosen"] and c["method"] == "frozen"]
    best = max(sorted(set(picked), key=picked.index), key=picked.count)
    return f"{best} ({picked.count(best)}/{len(picked)})"


def _row(folder: Path, path: Path, record: Record) -> list[str]:
    headline = record.found.headline
    weighted = next((row for row in _summaries(record) if row.method == "weighted_sum"), None)
    unseen = next(
        (r for r in record.found.scores if r.view == "statement_disjoint" and r.layer is None and r.method == "frozen"),
        None,
    )
    link = quote(path.relative_to(folder).as_posix())
    precision = "" if record.asked["precision"] == "fp32" else f" ({record.asked['precision']})"
    audio = record.used["dataset"]["audio"]["kind"]
    return [
        f"[{_escaped(str(record.asked['backbone']) + precision)}]({link})",
        number(headline.value),
        interval(headline.low, headline.high),
        _escaped(_best_layer(record)),
        number(weighted.value) if weighted else "",
        number(unseen.value) if unseen else "",
        _escaped(str(record.used["backbone"]["card"]["pretrained_on"])),
        _escaped(str(audio)),
        f"[curve]({quote(path.with_suffix('.svg').relative_to(folder).as_posix())})",
    ]


def _escaped(text: str) -> str:
    return "".join("\\" + mark if mark in "\\`*_{}[]<>()#+!|" else mark for mark in text if mark.isprintable())


def _table(folder: Path, rows: Sequence[tuple[Path, Record]]) -> list[str]:
    """One table per dataset identity: rows of another identity never share one."""
    lines = []
    identities = sorted({str(record.used["dataset"]["identity"]) for _, record in rows})
    for identity in identities:
        same = [(p, r) for p, r in rows if r.used["dataset"]["identity"] == identity]
        first = same[0][1]
        ranked = sorted(same, key=lambda item: (-item[1].found.headline.value, str(item[1].asked["backbone"])))
        heads = ["backbone", first.found.headline.metric.upper(), "95 % over people", "layer chosen (folds)",
                 "weighted sum", "unseen sentence", "pretrained on", "audio", "layers"]  # fmt: skip
        used = first.used
        facts = (
            f"{used['dataset']['clips']} clips, {len(used['dataset']['groups'])} groups, {used['split']['folds']} "
            f"group-disjoint folds (split `{used['split']['digest'][:12]}`, identity `{identity[:12]}`). "
            f"Chance {number(first.found.headline.chance)}. Intervals that overlap are no ranking."
        )
        lines += [
            f"## {first.asked['attribute']} on {first.asked['dataset']}",
            "",
            facts,
            "",
            tabulate([_row(folder, *item) for item in ranked], headers=heads, tablefmt="github", disable_numparse=True),
            "",
        ]
    return lines


def _by_question(board: Board, rows: Iterable[tuple[Path, Record]]) -> list[list[tuple[Path, Record]]]:
    every = list(rows)
    return [
        same
        for dataset in board.datasets
        for attribute in board.attributes
        if (same := [i for i in every if (i[1].asked["dataset"], i[1].asked["attribute"]) == (dataset, attribute)])
    ]


def render(folder: Path) -> str:
    """The board's `README.md`. Raises DataError or CheckError when a record cannot stand on it."""
    board = read_board(folder)
    lines = [f"# {board.title}", "", board.about.strip(), ""]
    for same in _by_question(board, entries(folder)):
        lines += _table(folder, same)
    lines.append("Made by `emobench leaderboard build`; edit `board.toml` or add records, not this page.")
    return "\n".join(lines) + "\n"
