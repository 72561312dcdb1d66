"""What is there to say of every entry of any board? Whose it is, what it was heard on, and what may be done with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emobench.domain.record import Record
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.data_used import datasets_used
from emobench.leaderboard.filing.reproductions import status_of
from emobench.leaderboard.leakage import leakage_of
from emobench.leaderboard.table import Cell, Column
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name

USED = "What was used"
PICTURES = {"picture": ".svg", "layers": ".layers.svg"}

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
    Column("plugin", "plugin", about="Which distribution brought the model.", part=USED),
    Column("status", "status", about="Self-reported, or reproduced by somebody else.", part=USED),
    Column("pictures", "pictures", part=USED),
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
    pictures = {name: path.with_suffix(end) for name, end in PICTURES.items() if path.with_suffix(end).is_file()}
    return {
        "backbone": backbone_cell(entry),
        "control": Cell("yes" if control else "no", control),
        "pretrained_on": _said(card.get("pretrained_on")),
        "leakage": Cell(leak.verdict, leak.verdict),
        "audio": _said("; ".join(dict.fromkeys(_audio(facts["audio"]) for facts in data.values()))),
        "model_licence": _said(card.get("licence")),
        "corpus_licence": _said("; ".join(dict.fromkeys(_licence(facts["card"]) for facts in data.values()))),
        "precision": _said(record.asked["precision"]),
        "plugin": _said(record.where.get("distributions", {}).get("backbone")),
        "status": Cell(status, status),
        "pictures": Cell(" ".join(pictures), files=pictures),
    }


def _said(value: object) -> Cell:
    """A text of a record; empty where it says nothing."""
    return Cell("") if value is None else Cell(str(value), str(value))


def _audio(audio: Mapping[str, Any]) -> str:
    rates = ", ".join(f"{rate / 1000:g}" for rate in audio.get("rates_hz", ()))
    return f"{audio['kind']}, {rates} kHz" if rates else str(audio["kind"])


def _licence(card: Mapping[str, Any]) -> str:
    return str(card.get("licence") or "not stated")
