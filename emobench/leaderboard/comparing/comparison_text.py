"""How does a comparison read? A table a pair for people, one object for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from emobench.domain.canonical import rounded
from emobench.domain.record import Record
from emobench.leaderboard.checks.findings import shown
from emobench.leaderboard.comparing.differences import Comparison, Difference, in_words, reasons
from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.data_used import datasets_used
from emobench.views.tables import interval, number

SCHEMA = "emobench.comparison/1"
NAMES = {
    "headline": "",
    "headline_recall": "recall",
    "gain": "gain",
    "gain_recall": "gain in recall",
    "weighted_sum": "weighted sum",
    "statement_disjoint": "unseen sentence",
    "emotion_bias": "emotion bias",
    "relative_mmd": "relative distance",
}
MANY = "Each interval is of its row alone: of twenty rows without a difference about one leaves 0 out."
TESTED = (
    "p: signs of people's differences flipped, after Holm over the {tests} of this call; all else is described.\n"
    + MANY
)
DESCRIBED = (
    "A description: nothing is better for being larger or smaller. Aligned, mean over layers; intervals leave the same "
    "people out of both.\n" + MANY
)


def as_text(given: Sequence[Measured], comparisons: Sequence[Comparison]) -> str:
    """A table for every pair, with what differs besides the models above it, safe to print."""
    tests = sum(one.p is not None for comparison in comparisons for one in comparison.differences)
    blocks = [_block(given, comparison) for comparison in comparisons]
    told = DESCRIBED if comparisons[0].describes else TESTED.format(tests="1 test" if tests == 1 else f"{tests} tests")
    return "\n\n".join([_question(given[0].record), *blocks, told])


def as_data(given: Sequence[Measured], comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """All of it, for machines: six digits, null where there is nothing."""
    found: dict[str, Any] = rounded(
        {
            "schema": SCHEMA,
            "task": given[0].record.asked["task"],
            "records": [
                {
                    "key": one.record.key,
                    "backbone": one.record.asked["backbone"],
                    "headline": one.record.found.headline.model_dump(mode="json"),
                }
                for one in given
            ],
            "comparisons": [
                {
                    **asdict(comparison),
                    "warnings": list(comparison.warnings),
                    "values": list(comparison.values),
                    "differences": [
                        {**asdict(one), "shown": in_words(one), "why": reasons(one)} for one in comparison.differences
                    ],
                }
                for comparison in comparisons
            ],
        }
    )
    return found


def _question(record: Record) -> str:
    counted = "; ".join(
        f"{name}: {facts['clips']} clips, {len(facts['groups'])} people"
        for name, facts in datasets_used(record).items()
    )
    return shown(f"{record.asked['task']}: {record.asked['attribute']} on {counted}")


def _block(given: Sequence[Measured], comparison: Comparison) -> str:
    first, second = given[comparison.first].record, given[comparison.second].record
    told = [f"{_name(record)}: {_headline(record)}" for record in (first, second)]
    lines = [
        f"{_name(second)} minus {_name(first)}",
        *told,
        *(f"note: {shown(warning)}" for warning in comparison.warnings),
    ]
    rows = [_row(comparison, one) for one in comparison.differences]
    rows = [{name: cell for name, cell in row.items() if any(other[name] for other in rows)} for row in rows]
    drawn = tabulate(rows, headers="keys", disable_numparse=True)
    return "\n".join([*lines, drawn, *_sentences(comparison)])


def _sentences(comparison: Comparison) -> list[str]:
    """A line for every difference that has reasons to give; equal reasons once."""
    told: dict[str, list[str]] = {}
    for one in comparison.differences:
        if reasons(one):
            about = [_what(comparison, one), one.target, one.emotion]
            told.setdefault(f"{in_words(one)}: {reasons(one)}.", []).append(" ".join(filter(None, about)))
    return [shown(f"{', '.join(names)}: {sentence}") for sentence, names in told.items()]


def _what(comparison: Comparison, one: Difference) -> str:
    return NAMES[one.what] or _metric(comparison.metric)


def _name(record: Record) -> str:
    """The backbone and the beginning of the key: two records of one backbone may be compared."""
    return shown(f"{record.asked['backbone']} ({record.key[:8]})")


def _headline(record: Record) -> str:
    headline = record.found.headline
    return f"{_metric(headline.metric)} {number(headline.value) or 'none'} ({interval(headline.low, headline.high)})"


def _metric(name: str) -> str:
    return name.replace("_", " ") if "_" in name else name.upper()


def _row(comparison: Comparison, one: Difference) -> Mapping[str, str]:
    return {
        "of": _what(comparison, one),
        "on": shown(one.target or ""),
        "emotion": shown(one.emotion or ""),
        "difference": signed(one.value),
        "95 % over people": "none"
        if one.low is None or one.high is None
        else f"{signed(one.low)} to {signed(one.high)}",
        "p": "" if one.p is None else p_value(one.p),
        "clips": str(one.clips),
        "people": str(one.people),
        "shown": in_words(one),
    }


def signed(value: float | None) -> str:
    """Three digits with a sign; 0 has none."""
    told = number(value)
    return f"+{told}" if value is not None and float(f"{value:.3f}") > 0 else told.replace("-.000", ".000")


def p_value(p: float) -> str:
    """Three digits; below them only that it is."""
    return "< .001" if p < 0.001 else number(p)
