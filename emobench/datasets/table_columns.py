"""Which column of somebody's table is what? As the options say; a column of a field's own name needs no option."""

from collections.abc import Mapping
from dataclasses import dataclass

from emobench.datasets.table_file import Table
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line
from emobench.domain.own_names import TABLE
from emobench.domain.suggestion import near_miss
from emobench.domain.table import TableOptions

WHY_GROUPS = (
    "The group says who speaks or sings: nobody may be learned from and tested on. Where every clip is by somebody "
    "else, name the column with the audio."
)

ONE_COLUMN = "The header is one column: separate columns by commas, semicolons or tabs."


@dataclass(frozen=True)
class Columns:
    """Columns by what they hold; None where the table has none of it. ``labels``: attribute -> column."""

    audio: str
    group: str
    labels: Mapping[str, str]
    start: str | None
    end: str | None
    transcript: str | None
    sex: str | None
    id: str | None
    fold: str | None


def columns_of(name: str, table: Table, options: TableOptions) -> Columns:
    """Find every column that the options of the dataset ``name`` mean.

    Raises:
        UsageError: columns that are missing, each with a near miss, and the columns that there are.
    """
    missing: dict[str, str] = {}
    known = [column for column in table.columns if column]

    def needed(field: str, column: object, attribute: str = "") -> str:
        if not column or column not in known:
            of = f" ({attribute})" if attribute else ""
            told = f"no column '{on_one_line(column)}' for table.{field}{of}"
            missing[field] = f"{told}. {on_one_line(near_miss(str(column), known))}".rstrip()
        return str(column)

    def optional(field: str, column: object) -> str | None:
        if column is None:
            return field if field in known else None
        return needed(field, column) if column else None

    found = Columns(
        audio=needed("audio", options.audio),
        group=needed("group", options.group),
        labels={str(one): needed("labels", column, str(one)) for one, column in sorted(options.labels.items())},
        start=optional("start", options.start),
        end=optional("end", options.end),
        transcript=optional("transcript", options.transcript),
        sex=optional("sex", options.sex),
        id=optional("id", options.id),
        fold=needed("folds", options.folds) if isinstance(options.folds, str) else None,
    )
    if missing:
        flags = " ".join(f"--set table.{field}=COLUMN" for field in missing)
        raise UsageError(
            f"'{name}' lacks columns that are needed." if len(missing) > 1 else f"'{name}' lacks a column.",
            found="\n".join([*missing.values(), f"columns: {', '.join(map(on_one_line, known))}"]),
            remedy=ONE_COLUMN
            if name.startswith(TABLE) and len(table.columns) == 1
            else f"Name the right ones: {flags}." + (f"\n{WHY_GROUPS}" if "group" in missing else ""),
        )
    return found
