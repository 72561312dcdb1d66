"""May an entry have a rank? What is only shown, and why, in a few words."""

from pathlib import Path

from emobench.domain.record import Record
from emobench.leaderboard.data_used import datasets_used
from emobench.leaderboard.leakage import leakage_of
from emobench.views.pair_facts import is_control

CONTROL = "control"


def why_unranked(path: Path, record: Record) -> str:
    """Why an entry of a task that ranks is shown without a rank; empty for one that has a rank.

    Args:
        path: the record's file, beside its predictions.
        record: in it.
    """
    if is_control(record):
        return CONTROL
    if record.found.headline.value is None:
        return "no score"
    if below_rate(record):
        return below_rate(record)
    if leakage_of(record).verdict == "people overlap":
        return "people in training and test"
    if not path.with_suffix(".parquet").is_file():
        return "no predictions"
    return ""


def below_rate(record: Record) -> str:
    """Which rate of a derived copy is below the model's own; empty where none is.

    Such a copy lacks what the model could have heard, and says little about the model.
    """
    rate = record.used["backbone"]["card"].get("sample_rate")
    for facts in datasets_used(record).values():
        audio = facts["audio"]
        lowest = min(audio.get("rates_hz", ()), default=None)
        if audio["kind"] == "derived copy" and rate is not None and lowest is not None and lowest < rate:
            return f"copy of {lowest / 1000:g} kHz, model of {rate / 1000:g} kHz"
    return ""
