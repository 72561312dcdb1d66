"""How do the records of `fad_bias` read in one look? By emotion, then a line a backbone, then by layer."""

from collections.abc import Callable, Mapping, Sequence

from tabulate import tabulate

from emobench.domain.record import Record, Score
from emobench.tasks.emotion_distances import FRAMES, GEOMETRIES, RAW
from emobench.views.bias_rows import (
    chance,
    datasets,
    emotions,
    find,
    layers,
    mean_over,
    near_or_far,
    nearest_right,
    shortened,
    sides,
    verdict,
)
from emobench.views.pair_cells import compact, p_cell
from emobench.views.pair_facts import dropped_notes, identities, is_control
from emobench.views.pair_rows import first_look, shown_name
from emobench.views.tables import in_blocks, interval, number

Lines = list[list[str]]
LEGEND = (
    "same emotion apart: squared kernel distance (MMD) of {first} and {second} of one emotion, by different people;",
    "  0: the same, 1: as far apart as different emotions are on the average; below 0: no distance was found",
    "nearer than others: how much further the other emotions are, on their average; shared: above 0, apart: below 0,",
    "  with p < .05 after Holm; one of the others may be nearer still: see nearest",
    "near, far: nearer together or further apart than the mean emotion, with p < .05 after Holm over the emotions",
    "emotion bias: how unlike the emotions are in that distance, beyond what the choice of people explains;",
    "  p: that all are equally far; permuted: how unlike they look, noise and all, after dealing labels anew to people",
    "match p: the share of all pairings of {first} with {second} emotions that lie as near as emotions of one name",
    "to {second}, to {first}: retrieval, how often a person's clips find their emotion among other people's there;",
    "  nearest: for how many emotions none of the others is nearer, to {second} and to {first}",
    "FAD: squared Frechet distance of all clips, as fadtk has it; fewer clips make it larger: compare no unlike sizes",
    "aligned: each domain's own mean and scale are taken away; an offset that all emotions share, or a spread that",
    "  differs in all of them, cannot show, and what moves one emotion moves the others a little the other way",
    "raw: holds the offset of the domains (rate, loudness, voice production): all emotions of {first} may have one and",
    "  the same nearest of {second}; a bias there says which lie towards the other domain as such, not what is shared",
    "what is said holds for these clips and people (singing is not all music); control: no model of emotion",
)
FRAMES_LEGEND = (
    "frames: distances of frames instead of clips; inf: their limit for ever more frames, R2: of the line to it,",
    "  drawn with copies, as fadtk does, or without; frames of one clip are no independent samples",
)


def summary(records: Sequence[Record]) -> str:
    """A block for every pair, attribute and choice of clips: which emotions are as far apart in both domains."""
    return in_blocks(records, _question, _block)


def _question(record: Record) -> tuple[str, ...]:
    return (*identities(record), str(record.asked["attribute"]), str(record.asked["limit"]))


def _block(records: Sequence[Record]) -> str:
    first, second = sides(records[0])
    deep = [record for record in records if len(layers(record)) > 1]
    framed = [record for record in records if any(row.view == FRAMES for row in record.found.scores)]
    legend = [*LEGEND, *(FRAMES_LEGEND if framed else ())]
    parts = [
        _title(records[0]),
        *(_emotions(record) for record in records),
        _backbones(records),
        *(_layers(record) for record in deep),
        *(_frames(record) for record in framed),
        "\n".join(line.format(first=first, second=second) for line in legend),
    ]
    notes = [note for record in records for note in _notes(record)]
    return "\n\n".join([*parts, *(["\n".join(dict.fromkeys(notes))] if notes else [])])


def _title(record: Record) -> str:
    (first, second), data = datasets(record), record.used["datasets"]
    people = [len(data[name]["groups"]) for name in (first, second)]
    title = (
        f"{record.asked['attribute']} on {first} and {second}: {data[first]['clips']} and {data[second]['clips']} "
        f"clips, {people[0]} and {people[1]} people ({record.used['pair']['common_people'] or 'none'} in both); "
        f"chance of retrieval {number(chance(record))}"
    )
    look = first_look(record)
    return f"{title}\nA first look ({look}): only a part was measured, and it enters no board." if look else title


def named(record: Record) -> str:
    """The backbone as tables name it, marked where it is a control."""
    return f"{shown_name(record)} (control)" if is_control(record) else shown_name(record)


def _emotions(record: Record) -> str:
    measured = layers(record)
    several = len(measured) > 1
    mean = mean_over(record) if several else f"layer {measured[0]}"
    fad = f"raw FAD, layer {shortened(measured[-1], 12)}" if several else "raw FAD"
    heads = ["emotion", "same emotion apart", "95 % over people", "nearer than others", "p", "verdict",
             "near or far", "raw apart", fad]  # fmt: skip
    lines = [_emotion_line(record, name, measured[-1]) for name in emotions(record)]
    return f"{named(record)}: aligned, {mean}\n{_drawn(lines, heads)}"


def _emotion_line(record: Record, emotion: str, last: str) -> list[str]:
    apart, nearer, deviation = (find(record, each, class_=emotion) for each in ("relative_mmd", "nearer", "deviation"))
    return [
        emotion,
        number(value_of(apart)),
        "" if apart is None else interval(apart.low, apart.high),
        compact(nearer),
        p_cell(nearer),
        verdict(nearer),
        near_or_far(deviation),
        number(value_of(find(record, "relative_mmd", geometry=RAW, class_=emotion))),
        magnitude(find(record, "fad", geometry=RAW, layer=last, class_=emotion)),
    ]


def _backbones(records: Sequence[Record]) -> str:
    """A line a backbone: its bias beside that of permuted labels, and what tells whether emotions match at all."""
    first, second = sides(records[0])
    heads = ["mean over layers", "emotion bias", "p", "permuted", "raw bias", "match p",
             f"to {second}", f"to {first}", "nearest"]  # fmt: skip
    return _drawn([[named(record), *_bias_cells(record, None), nearest_right(record)] for record in records], heads)


def _bias_cells(record: Record, layer: str | None) -> list[str]:
    bias = find(record, "emotion_bias", layer=layer)
    return [
        compact(bias),
        p_cell(bias),
        number(value_of(find(record, "emotion_bias_null", layer=layer))),
        compact(find(record, "emotion_bias", geometry=RAW, layer=layer)),
        p_cell(find(record, "correspondence", layer=layer)),
        *(compact(find(record, "retrieval", layer=layer, source=name)) for name in datasets(record)),
    ]


def _layers(record: Record) -> str:
    first, second = sides(record)
    heads = ["layer", "emotion bias", "p", "permuted", "raw bias", "match p", f"to {second}",
             f"to {first}", "nearest"]  # fmt: skip
    lines = [[layer, *_bias_cells(record, layer), nearest_right(record, layer)] for layer in layers(record)]
    return f"{named(record)}: aligned, layer by layer\n{_drawn(lines, heads)}"


def _frames(record: Record) -> str:
    last = layers(record)[-1]
    metrics: Mapping[str, Callable[[Score | None], str]] = {
        "fad": magnitude, "fad_inf": magnitude, "fad_inf_r2": _share, "fad_inf_unreplaced": magnitude,
        "fad_inf_unreplaced_r2": _share,
    }  # fmt: skip
    own = ("FAD", "FAD-inf", "R2", "no copies", "R2")
    heads = [
        "frames",
        *(f"{geometry} {own[0]}" if head == own[0] else head for geometry in GEOMETRIES for head in own),
    ]
    lines = [
        [name, *(shown(find(record, metric, geometry=geometry, layer=last, view=FRAMES, class_=name))
                 for geometry in GEOMETRIES for metric, shown in metrics.items())]
        for name in emotions(record)
    ]  # fmt: skip
    return f"{named(record)}: frames, layer {last}\n{_drawn(lines, heads)}"


def value_of(row: Score | None) -> float | None:
    """The value of a row that may be missing."""
    return None if row is None else row.value


def magnitude(row: Score | None) -> str:
    """A number whose unit is the model's own: four digits, whatever their size."""
    return "" if row is None or row.value is None else f"{row.value:.4g}"


def _share(row: Score | None) -> str:
    return number(value_of(row))


def _drawn(lines: Lines, heads: Sequence[str]) -> str:
    return tabulate(lines, headers=list(heads), disable_numparse=True)


def _notes(record: Record) -> list[str]:
    """What was dropped, and what the record itself says."""
    return [*dropped_notes(record), *(f"note: {shown_name(record)}: {note}" for note in record.found.notes)]
