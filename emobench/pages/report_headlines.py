"""What is the result of every record of a question? Numbers and words, for a page and for a paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from emobench.domain.record import Record, Score
from emobench.pages.charts.series import metric_of
from emobench.pages.report_entries import Question, datasets_of
from emobench.tasks.pair_predictions import DIRECT, TARGET_ONLY, TWO_STAGE
from emobench.tasks.predictions import FROZEN
from emobench.views.bias_rows import find, nearest_right
from emobench.views.layer_curve import summary_rows
from emobench.views.pair_facts import audio_kind, is_control
from emobench.views.pair_rows import CHOSEN, gain_of, score_of, shown_name
from emobench.views.tables import interval, number

PICKED = 3  # choices that are named


@dataclass(frozen=True)
class Figure:
    """A cell: its text, the number by which it is sorted where it is one, and whether the text is an interval."""

    text: str
    value: float | None = None
    numeric: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Headlines:
    """A line a record under titles; ``about`` says clips, people, folds and protocol."""

    about: str
    titles: tuple[str, ...]
    lines: tuple[tuple[Figure, ...], ...]


def headlines(question: Question) -> Headlines:
    """The headline of every record with its interval, chance, what it gains and what was chosen."""
    metric = metric_of(question.entries[0].record)
    more, columns = {
        "layerwise": (("weighted sum", "chosen layer"), _layerwise),
        "cross_domain": (("gain", "gain, 95 % over people", "target only", "direct", "chosen method"), _cross_domain),
    }.get(question.task, (("match p", "nearest is the same", "raw bias"), _fad_bias))
    titles = ("backbone", metric if question.task != "fad_bias" else "emotion bias", "95 % over people")
    common = (*titles, "chance" if question.task != "fad_bias" else "no bias")
    lines = tuple((*_common(record), *columns(record)) for record in question.records)
    return Headlines(about(question), (*common, *more), lines)


def _common(record: Record) -> tuple[Figure, ...]:
    headline = record.found.headline
    name = shown_name(record) + (" (control)" if is_control(record) else "")
    return (
        Figure(name),
        _number(headline.value),
        Figure(interval(headline.low, headline.high), ends=True),
        _number(headline.chance),
    )


def _layerwise(record: Record) -> tuple[Figure, ...]:
    summed = [row for row in summary_rows(record) if row.layer is None and row.method == "weighted_sum"]
    picked = [
        str(choice["layer"]) for choice in record.found.choices if choice["chosen"] and choice["method"] == FROZEN
    ]
    return _of(summed[0] if summed else None), Figure(most_picked(picked))


def _cross_domain(record: Record) -> tuple[Figure, ...]:
    gain = gain_of(record, CHOSEN, None)
    picked = [
        str(choice["method"])
        for choice in record.found.choices
        if choice["chosen"] and (choice["choice"], choice["condition"]) == ("method", TWO_STAGE)
    ]
    ends = "" if gain is None else interval(gain.low, gain.high)
    others = (_of(score_of(record, condition, CHOSEN, None)) for condition in (TARGET_ONLY, DIRECT))
    return (_of(gain), Figure(ends, ends=True), *others, Figure(most_picked(picked)))


def _fad_bias(record: Record) -> tuple[Figure, ...]:
    match, raw = find(record, "correspondence"), find(record, "emotion_bias", geometry="raw")
    p = None if match is None else match.p
    return _number(p), Figure(f"{nearest_right(record)} of {len(record.used['attribute']['classes'])}"), _of(raw)


def _of(row: Score | None) -> Figure:
    return _number(None if row is None else row.value)


def _number(value: float | None) -> Figure:
    return Figure(number(value), value, numeric=True)


def most_picked(picked: Sequence[str]) -> str:
    """What was chosen, most often first, with how many times of how many; three at most."""
    counts = {name: picked.count(name) for name in dict.fromkeys(picked)}
    first = sorted(counts, key=lambda name: -counts[name])
    rest = len(first) - PICKED
    told = [f"{name} {counts[name]}/{len(picked)}" for name in first[:PICKED]]
    return ", ".join([*told, *([f"{rest} more"] if rest > 0 else [])])


def about(question: Question) -> str:
    """Clips, people, kind of audio, folds and protocol of a question."""
    first = question.entries[0].record
    data = datasets_of(first)
    clips = " and ".join(f"{facts['clips']} clips of {len(facts['groups'])} people" for facts in data.values())
    kind = audio_kind(first) if len(data) > 1 else str(next(iter(data.values()))["audio"]["kind"])
    folds = first.used.get("split", {}).get("folds")
    folded = f", {folds} folds" if folds else ""
    return f"{clips}{folded}; audio: {kind}; protocol {question.task} version {question.version}"
