"""What does a board of `fad_bias` show? Tables that describe: how far apart the emotions are in every backbone."""

from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from emobench.domain.record import Record
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.cells import backbone_cell, by_identity, escaped, link
from emobench.tasks.emotion_distances import RAW
from emobench.views.bias_rows import chance, datasets, emotions, find, layers, nearest_right, sides, verdict
from emobench.views.pair_cells import compact, p_cell
from emobench.views.pair_facts import audio_kind, identities, is_control
from emobench.views.tables import interval, number

REMARK = (
    "Nothing here is a ranking, and no number is better for being larger or smaller: rows are sorted by what a model "
    "was pretrained on and by its name. Rows marked `control` are no models of emotion. Singing is not all music."
)
SECOND = (
    "How far apart both domains are in each emotion (aligned, mean over layers, with its interval): 0 the same, 1 as "
    "far as different emotions are. `shared`: nearer than the other emotions are on their average; `apart`: further; "
    "p < .05 after Holm over the emotions. One of the others may be nearer still: `nearest` says for how many emotions "
    "none is, either way."
)
PICTURES = {"matrices": ".svg", "layers": ".layers.svg"}


def bias_tables(folder: Path, rows: Sequence[Entry]) -> list[str]:
    """Two tables per identity of both datasets together, as lines: rows of another identity never share one."""
    return [line for identity, same in by_identity(rows, identities) for line in _tables(folder, same, identity)]


def in_order(rows: Sequence[Entry]) -> list[Entry]:
    """By what a model was pretrained on, then by its name: no number has a say."""
    return sorted(rows, key=lambda entry: (_pretrained_on(entry[1]), str(entry[1].asked["backbone"]), entry[1].key))


def _pretrained_on(record: Record) -> str:
    return str(record.used["backbone"]["card"]["pretrained_on"])


def _tables(folder: Path, same: Sequence[Entry], identity: tuple[str, ...]) -> list[str]:
    first, ordered = same[0][1], in_order(same)
    one, other = sides(first)
    heads = ["backbone", "pretrained on", "layers", "emotion bias", "95 % over people", "p", "permuted", "raw bias",
             "match p", f"retrieval to {other}", f"retrieval to {one}", "nearest", "audio", "pictures"]  # fmt: skip
    names = [escaped(name) for name in emotions(first)]
    return [
        f"## {first.asked['attribute']} on {' and '.join(datasets(first))}",
        "",
        f"{_facts(first, identity)} {REMARK}",
        "",
        _drawn([_row(folder, *entry) for entry in ordered], [escaped(head) for head in heads]),
        "",
        SECOND,
        "",
        _drawn([_emotions(folder, *entry) for entry in ordered], ["backbone", "pretrained on", *names]),
        "",
    ]


def _facts(record: Record, identity: tuple[str, ...]) -> str:
    used = record.used
    counted = "; ".join(
        f"{name}: {used['datasets'][name]['clips']} clips, {len(used['datasets'][name]['groups'])} people"
        for name in datasets(record)
    )
    shown = " and ".join(f"`{one[:12]}`" for one in identity)
    return (
        f"{counted}; {used['pair']['common_people']} people in both (identities {shown}). "
        f"Chance of retrieval {number(chance(record))}."
    )


def _row(folder: Path, path: Path, record: Record) -> list[str]:
    bias = find(record, "emotion_bias")
    null = find(record, "emotion_bias_null")
    return [
        *_whose(folder, path, record),
        str(len(layers(record))),
        number(None if bias is None else bias.value),
        interval(record.found.headline.low, record.found.headline.high),
        p_cell(bias),
        number(None if null is None else null.value),
        compact(find(record, "emotion_bias", geometry=RAW)),
        p_cell(find(record, "correspondence")),
        *(compact(find(record, "retrieval", source=name)) for name in datasets(record)),
        nearest_right(record),
        escaped(audio_kind(record)),
        " ".join(
            link(text, folder, path.with_suffix(ending))
            for text, ending in PICTURES.items()
            if path.with_suffix(ending).is_file()
        ),
    ]


def _emotions(folder: Path, path: Path, record: Record) -> list[str]:
    cells = [
        f"{compact(find(record, 'relative_mmd', class_=name))} {verdict(find(record, 'nearer', class_=name))}".strip()
        for name in emotions(record)
    ]
    return [*_whose(folder, path, record), *cells]


def _whose(folder: Path, path: Path, record: Record) -> list[str]:
    name = backbone_cell(folder, path, record)
    return [f"{name} (control)" if is_control(record) else name, escaped(_pretrained_on(record))]


def _drawn(lines: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    return tabulate(lines, headers=heads, tablefmt="github", disable_numparse=True)
