"""How do the records of `cross_domain` read in one look? First the headline, then both directions."""

from collections.abc import Callable, Sequence

from tabulate import tabulate

from emobench.domain.record import Record
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, JOINT, TARGET_ONLY, TWO_STAGE
from emobench.views.pair_cells import (
    clips_cell,
    compact,
    epochs_cell,
    gain_cell,
    memory_cell,
    p_cell,
    recall_cell,
    time_cell,
    trainings_cell,
    weights_cell,
    worth_cell,
)
from emobench.views.pair_facts import dropped_notes, identities
from emobench.views.pair_rows import (
    CHOSEN,
    OVER_SHUFFLED,
    OVER_TARGET,
    best_method,
    detectable_of,
    directions,
    find,
    first_look,
    fractions,
    gain_of,
    methods,
    score_of,
    shown_name,
)
from emobench.views.tables import in_blocks, interval, number

Lines = list[list[str]]
LEGEND = (
    "*  its interval lies above the values of all other methods of this backbone and direction; a look, not a test",
    "+ -  the gain over target only: 95 % over people excludes 0, and p < .05 after Holm over the protocol's fixed set",
    "(+) (-)  the interval excludes 0; not corrected for the number of classes",
    "detects: the smallest detectable gain, which the test would find in 8 of 10 studies; p: after Holm",
    "chosen: the method that development people chose, fold by fold; it is no test of its own, and so has no p",
    "weights: what learns, the head too; time: of all trainings together; memory: the most of one, libraries included",
)
WORTH = "worth: target training clips that stage 1 replaces; beyond: more, or fewer, than the target only curve reaches"


def summary(records: Sequence[Record]) -> str:
    """A block for every pair, attribute and choice of folds and clips: what two stages gain, and over what."""
    return in_blocks(records, _question, _block)


def _question(record: Record) -> tuple[str, ...]:
    asked = record.asked
    return (*identities(record), str(asked["attribute"]), str(asked["folds"]), str(asked["limit"]))


def _block(records: Sequence[Record]) -> str:
    parts = [_title(records[0]), _headline(records)]
    for source, target in directions(records[0]):
        parts += _direction(records, source, target)
    parts += [cost] if (cost := _cost(records)) else []
    labelled = any(fractions(record) for record in records)
    parts.append("\n".join([*_legend(records[0]), *([WORTH] if labelled else [])]))
    notes = [note for record in records for note in _notes(record)]
    return "\n\n".join([*parts, *(["\n".join(dict.fromkeys(notes))] if notes else [])])


def _title(record: Record) -> str:
    (first, second), data = directions(record)[0], record.used["datasets"]
    people = [len(data[name]["groups"]) for name in (first, second)]
    headline = record.found.headline
    common = record.used["pair"]["common_people"]
    title = (
        f"{record.asked['attribute']} on {first} and {second}: {data[first]['clips']} and {data[second]['clips']} "
        f"clips, {people[0]} and {people[1]} people ({common or 'none'} in both), {record.used['split']['folds']} "
        f"folds; chance {number(headline.chance)} {headline.metric.upper()}"
    )
    look = first_look(record)
    return f"{title}\nA first look ({look}): only a part was measured, and it enters no board." if look else title


def _headline(records: Sequence[Record]) -> str:
    heads = ["both directions", "two stage", "95 % over people", "gain", "95 % over people", "target only", "direct",
             "aligned"]  # fmt: skip
    return _drawn([_headline_line(record) for record in records], heads)


def _headline_line(record: Record) -> list[str]:
    headline, gain = record.found.headline, gain_of(record, CHOSEN, None)
    others = [score_of(record, condition, CHOSEN, None) for condition in (TARGET_ONLY, DIRECT, ALIGNED)]
    return [
        shown_name(record),
        number(headline.value),
        interval(headline.low, headline.high),
        number(None if gain is None else gain.value),
        "" if gain is None else interval(gain.low, gain.high),
        *(compact(row) for row in others),
    ]


def _direction(records: Sequence[Record], source: str, target: str) -> list[str]:
    heads = ["method", "direct", "aligned", "target only", "two stage", "gain", "p", "detects", "weights"]  # fmt: skip
    scores = _under_names(records, lambda record: _score_lines(record, target))
    parts = [f"{source} to {target}\n{_drawn(scores, heads)}"]
    classes = [str(name) for name in records[0].used["attribute"]["classes"]]
    recalls = _under_names(records, lambda record: _recall_lines(record, target, classes)) if classes else []
    requested = _under_names(records, lambda record: _requested_lines(record, target))
    labels = _under_names(records, lambda record: _label_lines(record, target))
    for title, lines, names in (
        ("gain in recall", recalls, classes),
        ("on request", requested, ["gain over shuffled labels", "joint", "gain of joint"]),
        ("fewer labels", labels, ["fraction", "clips", "target only", "two stage", "gain", "worth in clips"]),
    ):
        if lines:
            parts.append(_drawn(lines, [f"{title}, to {target}", *names]))
    return parts


def _score_lines(record: Record, target: str) -> Lines:
    names = methods(record)
    rows = [score_of(record, TWO_STAGE, name, target) for name in names]
    best = best_method([row for row in rows if row is not None and row.method != CHOSEN])
    return [_score_line(record, name, target, starred=name == best) for name in names]


def _score_line(record: Record, method: str, target: str, *, starred: bool) -> list[str]:
    gain = gain_of(record, method, target)
    conditions = (DIRECT, ALIGNED, TARGET_ONLY, TWO_STAGE)
    cells = [compact(score_of(record, condition, method, target)) for condition in conditions]
    return [
        method,
        *cells[:3],
        f"{cells[3]} *" if starred else cells[3],
        gain_cell(gain),
        p_cell(gain),
        number(detectable_of(record, method, target)),
        weights_cell(record, method),
    ]


def _cost(records: Sequence[Record]) -> str:
    """What trained methods took; convex heads train nothing."""
    lines = _under_names(records, _cost_lines)
    return _drawn(lines, ["trained", "trainings", "epochs each", "time", "memory"]) if lines else ""


def _cost_lines(record: Record) -> Lines:
    spent = record.spent.get("training", {})
    return [
        [method, trainings_cell(spent[method]), epochs_cell(spent[method]), time_cell(record, method),
         memory_cell(spent[method])]
        for method in methods(record) if method in spent
    ]  # fmt: skip


def _recall_lines(record: Record, target: str, classes: Sequence[str]) -> Lines:
    def cell(method: str, name: str) -> str:
        return recall_cell(
            find(
                record, "gain_recall", condition=TWO_STAGE, method=method, target=target, view=OVER_TARGET, class_=name
            )
        )

    return [[method, *(cell(method, name) for name in classes)] for method in methods(record)]


def _requested_lines(record: Record, target: str) -> Lines:
    """What was asked beyond the protocol: the control with a stage 1 on shuffled labels, and both learned at once."""
    metric, lines = f"gain_{record.found.headline.metric}", []
    for method in methods(record):
        shuffled = find(record, metric, condition=TWO_STAGE, method=method, target=target, view=OVER_SHUFFLED)
        joint = find(record, metric, condition=JOINT, method=method, target=target, view=OVER_TARGET)
        if shuffled is not None or joint is not None:
            score = score_of(record, JOINT, method, target)
            lines.append([method, gain_cell(shuffled), compact(score), gain_cell(joint)])
    return lines


def _label_lines(record: Record, target: str) -> Lines:
    def line(method: str, part: float) -> list[str]:
        counted = (
            find(record, metric, condition=TWO_STAGE, method=method, target=target, fraction=part)
            for metric in ("training_clips", "worth_clips")
        )
        clips, worth = counted
        return [
            method,
            f"{part:g}",
            clips_cell(clips),
            *(compact(score_of(record, condition, method, target, part)) for condition in (TARGET_ONLY, TWO_STAGE)),
            gain_cell(gain_of(record, method, target, part)),
            worth_cell(worth),
        ]

    return [line(method, part) for method in methods(record) for part in fractions(record)]


def _under_names(records: Sequence[Record], lines_of: Callable[[Record], Lines]) -> Lines:
    """The lines of one backbone as they are; those of several below the name of each."""
    if len(records) == 1:
        return lines_of(records[0])
    named: Lines = []
    for record in records:
        lines = lines_of(record)
        if lines:
            named += [[shown_name(record)], *([f"- {line[0]}", *line[1:]] for line in lines)]
    return named


def _drawn(lines: Lines, heads: Sequence[str]) -> str:
    """The table; a line of one cell, a backbone's name, stands across all columns and widens none."""
    rows = tabulate([line for line in lines if len(line) > 1], headers=list(heads), disable_numparse=True).splitlines()
    below = iter(rows[2:])
    return "\n".join([*rows[:2], *(line[0] if len(line) == 1 else next(below) for line in lines)])


def _legend(record: Record) -> list[str]:
    return [line for line in LEGEND if record.used["attribute"]["classes"] or not line.startswith("(+)")]


def _notes(record: Record) -> list[str]:
    """What is missing and why, and what the record itself says."""
    name = shown_name(record)
    left = [f"note: {name}: {method} left out: {reason}" for method, reason in record.used["left_out"].items()]
    return [*dropped_notes(record), *left, *(f"note: {name}: {note}" for note in record.found.notes)]
