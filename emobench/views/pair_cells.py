"""How is one fact of a `cross_domain` record written in a cell of a table?"""

from collections.abc import Mapping

from emobench.domain.record import Record, Score
from emobench.metrics.uncertainty import MINIMUM_GROUPS
from emobench.views.pair_rows import gain_mark, side_of_zero
from emobench.views.tables import interval, number


def compact(row: Score | None) -> str:
    """A score with its interval in two digits, ``.573 (.53-.61)``; empty where nothing was measured."""
    if row is None or row.value is None:
        return ""
    if row.low is None or row.high is None:
        return number(row.value)
    ends = [two_digits(end) for end in (row.low, row.high)]
    return f"{number(row.value)} ({(' to ' if row.low < 0 else '-').join(ends)})"


def two_digits(value: float) -> str:
    """Two digits, without the zero before the point."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.2f}"


def gain_cell(row: Score | None) -> str:
    """A gain with its interval in three digits, so that an end near 0 shows its side, and its mark."""
    if row is None or row.value is None:
        return ""
    ends = "" if row.low is None or row.high is None else f" ({interval(row.low, row.high)})"
    return f"{number(row.value)}{ends} {gain_mark(row)}".rstrip()


def recall_cell(row: Score | None) -> str:
    """A gain in recall, ``(+)`` or ``(-)`` behind it where its interval excludes 0."""
    if row is None or row.value is None:
        return ""
    side = side_of_zero(row)
    return f"{number(row.value)} ({side})" if side else number(row.value)


def worth_cell(row: Score | None) -> str:
    """A number of clips with its interval; `beyond` for what the curve of target only does not reach."""
    if row is None or (row.value is None and row.low is None):
        return "" if row is None else "beyond"
    if row.n_groups is not None and row.n_groups < MINIMUM_GROUPS:
        return _clips(row.value)
    low, high = (_clips(end) for end in (row.low, row.high))
    return f"{_clips(row.value)} ({low} to {high})"


def _clips(value: float | None) -> str:
    return "beyond" if value is None else f"{value:.0f}"


def clips_cell(row: Score | None) -> str:
    """A number of clips."""
    return "" if row is None or row.value is None else f"{row.value:.0f}"


def weights_cell(record: Record, method: str) -> str:
    """How many weights learn, the head's too: ``812``, ``74 k``, ``1.2 M``; empty for `chosen`."""
    facts = record.used["methods"].get(method)
    count = None if facts is None else facts["trainable"]
    if count is None:
        return ""
    if count < 1000:
        return str(count)
    amount, unit = (count / 1e3, "k") if count < 999_500 else (count / 1e6, "M")
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def time_cell(record: Record, method: str) -> str:
    """How long the trainings of a method took, both directions together: ``41 s``, ``3 min``, ``1.4 h``."""
    facts = record.spent.get("training", {}).get(method)
    if facts is None:
        return ""
    seconds = float(facts["wall_seconds"])
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def trainings_cell(spent: Mapping[str, float]) -> str:
    """How many trainings a method took."""
    return f"{spent['trainings']:.0f}"


def epochs_cell(spent: Mapping[str, float]) -> str:
    """How many epochs a training of a method had on the average."""
    return f"{spent['epochs'] / max(1, spent['trainings']):.1f}"


def memory_cell(spent: Mapping[str, float]) -> str:
    """The most memory that one training of a method held, libraries included; empty where nobody measured it."""
    held = spent.get("peak_memory_bytes")
    return "" if not held else f"{held / 1e9:.1f} GB"


def p_cell(row: Score | None) -> str:
    """A p-value; `<.001` rather than a zero that no test gives."""
    if row is None or row.p is None:
        return ""
    return "<.001" if row.p < 0.0005 else number(row.p)
