"""What is there to say of every entry of any board? Whose it is, what it was heard on, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emobench.leaderboard.admission import Entry
from emobench.leaderboard.data_used import datasets_used
from emobench.leaderboard.entry_files import TITLES, pictures_of
from emobench.leaderboard.filing.reproductions import status_of
from emobench.leaderboard.leakage import leakage_of
from emobench.leaderboard.table import Cell, Column, Row
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name

USED = "What was used"
KEY_DIGITS = 8

BACKBONE = Column(
    "backbone", "backbone", about="The model, linked to its record; a precision other than fp32 is named."
)
FACTS = (
    Column("control", "control", about="Whether the row is no model of emotion.", part=USED),
    Column("pretrained_on", "pretrained on", about="What the model learned from.", part=USED),
    Column("leakage", "leakage", about="Did the model hear the corpora before?", part=USED),
    Column("audio", "audio", about="What kind of copy was heard, at which rates.", part=USED),
    Column("model_licence", "licence of the model", part=USED),
    Column("corpus_licence", "licence of the data", part=USED),
    Column("precision", "precision", part=USED),
    Column("weights", "weights", about="The beginning of their digest, or how they were drawn.", part=USED),
    Column("plugin", "plugin", about="Which distribution brought the model.", part=USED),
    Column("status", "status", about="Self-reported, or reproduced: a second record on file agrees.", part=USED),
    Column("pictures", "pictures", part=USED),
)
FACTS_READ = (
    "What was used. leakage: whether the model heard the corpus before, as its card declares it (not declared: it may "
    "have). audio: an official or a derived copy, and its rate. status: self-reported, or reproduced where a second "
    "record on file agrees; who measured it, and where, is what its sender says (docs/compare.md)."
)


def backbone_cell(entry: Entry) -> Cell:
    """The backbone, leading to its record."""
    path, record = entry
    name = shown_name(record)
    return Cell(f"{name} (control)" if is_control(record) else name, str(record.asked["backbone"]), files={name: path})


def fact_cells(folder: Path, entry: Entry) -> dict[str, Cell]:
    """The cells of ``FACTS``, by key.

    Args:
        folder: of the board.
        entry: on it.
    """
    path, record = entry
    card, data = record.used["backbone"]["card"], datasets_used(record)
    control, leak, status = is_control(record), leakage_of(record), status_of(folder, path)
    drawn = {TITLES[ending]: path.with_suffix(ending) for ending in pictures_of(str(record.asked["task"]))}
    pictures = {name: picture for name, picture in drawn.items() if picture.is_file()}
    return {
        "backbone": backbone_cell(entry),
        "control": Cell("yes" if control else "no", control),
        "pretrained_on": _said(card.get("pretrained_on")),
        "leakage": Cell(leak.verdict, leak.verdict),
        "audio": _said("; ".join(dict.fromkeys(_audio(facts["audio"]) for facts in data.values()))),
        "model_licence": _said(card.get("licence")),
        "corpus_licence": _said("; ".join(dict.fromkeys(_licence(facts["card"]) for facts in data.values()))),
        "precision": _said(record.asked["precision"]),
        "weights": _said(_weights(record.used["backbone"]["identity"])),
        "plugin": _said(record.where.get("distributions", {}).get("backbone")),
        "status": Cell(status, status),
        "pictures": Cell(" ".join(pictures), files=pictures),
    }


def told_apart(rows: Sequence[Row]) -> list[Row]:
    """The rows, with the beginning of the record's key in the names that several of them have."""
    texts = [row.cells["backbone"].text for row in rows]
    return [row if texts.count(text) == 1 else _keyed(row) for row, text in zip(rows, texts, strict=True)]


def _keyed(row: Row) -> Row:
    cell = row.cells["backbone"]
    key = "" if row.record is None else f" {row.record.key[:KEY_DIGITS]}"
    return replace(row, cells={**row.cells, "backbone": replace(cell, text=f"{cell.text}{key}")})


def _weights(identity: Mapping[str, Any]) -> str | None:
    """The digest of what was loaded, or the seed of what was drawn; None for features without weights."""
    drawn, loaded = identity.get("random"), identity.get("weights", {}).get("digest")
    if drawn is not None:
        return f"seed {drawn['seed']}, torch {drawn['torch']}"
    return None if loaded is None else str(loaded)[:12]


def _said(value: object) -> Cell:
    """A text of a record; empty where it says nothing."""
    return Cell("") if value is None else Cell(str(value), str(value))


def _audio(audio: Mapping[str, Any]) -> str:
    rates = ", ".join(f"{rate / 1000:g}" for rate in audio.get("rates_hz", ()))
    return f"{audio['kind']}, {rates} kHz" if rates else str(audio["kind"])


def _licence(card: Mapping[str, Any]) -> str:
    return str(card.get("licence") or "not stated")
