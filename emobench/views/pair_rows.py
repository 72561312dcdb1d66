"""Which rows of a `cross_domain` record answer a question? Found by their fields, for tables, pictures and boards."""

from collections.abc import Sequence

from emobench.domain.record import Record, Score
from emobench.tasks.pair_predictions import TWO_STAGE

CHOSEN = "chosen"
OVER_TARGET, OVER_SHUFFLED = "over_target_only", "over_shuffled"


def find(
    record: Record,
    metric: str,
    *,
    condition: str,
    method: str,
    target: str | None,
    view: str = "all",
    fraction: float = 1.0,
    class_: str | None = None,
) -> Score | None:
    """The summary row (over folds and seeds, no single layer) with these fields; None where it was not measured.

    The target names the direction, as a pair has two datasets; ``target`` None is the mean of both directions.
    """
    wanted = (metric, condition, method, target, view, fraction, class_)
    return next((row for row in record.found.scores if _summary(row) and _fields(row) == wanted), None)


def score_of(record: Record, condition: str, method: str, target: str | None, fraction: float = 1.0) -> Score | None:
    """The row of a condition in the headline metric."""
    metric = record.found.headline.metric
    return find(record, metric, condition=condition, method=method, target=target, fraction=fraction)


def gain_of(record: Record, method: str, target: str | None, fraction: float = 1.0) -> Score | None:
    """The row of the gain of two stages over the target only, in the headline metric."""
    metric = f"gain_{record.found.headline.metric}"
    return find(record, metric, condition=TWO_STAGE, method=method, target=target, view=OVER_TARGET, fraction=fraction)


def detectable_of(record: Record, method: str, target: str | None) -> float | None:
    """The smallest gain that the test would find with probability 0.8; None where it is not known."""
    metric = f"detectable_gain_{record.found.headline.metric}"
    row = find(record, metric, condition=TWO_STAGE, method=method, target=target, view=OVER_TARGET)
    return None if row is None else row.value


def directions(record: Record) -> list[tuple[str, str]]:
    """Source and target of both directions, the first dataset as source first."""
    first, second = (str(name) for name in record.asked["datasets"])
    return [(first, second), (second, first)]


def methods(record: Record) -> list[str]:
    """Every method with scores, in the order asked; `chosen` is the last."""
    measured = {str(row.method) for row in record.found.scores} - {CHOSEN}
    asked = [str(name) for name in record.asked["peft"]]
    return [*(name for name in asked if name in measured), *sorted(measured - set(asked)), CHOSEN]


def fractions(record: Record) -> list[float]:
    """The parts of the target's training clips that were learned from, rising; empty where it was all of them only."""
    found = sorted({row.fraction for row in record.found.scores if row.fraction is not None})
    return found if any(part < 1 for part in found) else []


def first_look(record: Record) -> str:
    """The flags that make a record a first look, joined; an empty string when it is a whole measurement."""
    return ", ".join(f"--{name}" for name in ("folds", "limit") if record.asked[name] is not None)


def shown_name(record: Record) -> str:
    """The backbone, with the precision where it is not fp32."""
    name, precision = str(record.asked["backbone"]), record.asked["precision"]
    return name if precision == "fp32" else f"{name} ({precision})"


def best_method(rows: Sequence[Score]) -> str | None:
    """The method whose interval lies above the values of all others; None where no interval, or no other, allows it.

    Args:
        rows: one score of every asked method on the same clips; `chosen`, a mixture of them, is not among them.
    """
    values = {str(row.method): row.value for row in rows if row.value is not None}
    for row in rows:
        others = [value for name, value in values.items() if name != row.method]
        if others and row.low is not None and row.low > max(others):
            return str(row.method)
    return None


def gain_mark(row: Score | None) -> str:
    """``+`` or ``-`` where the interval of a gain excludes 0 and Holm's p is below .05, else an empty string."""
    if row is None or row.p is None or row.p >= 0.05:
        return ""
    return side_of_zero(row)


def side_of_zero(row: Score) -> str:
    """``+`` or ``-`` where the interval of a row excludes 0, else an empty string."""
    if row.low is None or row.high is None or row.low <= 0 <= row.high:
        return ""
    return "+" if row.low > 0 else "-"


def _summary(row: Score) -> bool:
    return row.fold is None and row.seed is None and row.layer is None


def _fields(row: Score) -> tuple[str, str | None, str | None, str | None, str | None, float | None, str | None]:
    return (row.metric, row.condition, row.method, row.target, row.view, row.fraction, row.class_)
