"""How is somebody's own data to be read? The options `--set table.key=value` of ``csv:`` and ``hf:`` datasets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from emobench.domain.canonical import rounded
from emobench.domain.cards import OWN_NAME
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.own_names import is_own
from emobench.domain.suggestion import near_miss

Own = Annotated[str, Field(pattern=OWN_NAME, max_length=100)]
AttributeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Column = Annotated[str, Field(max_length=200)]
Columns = Annotated[Mapping[AttributeName, Column], Field(min_length=1, max_length=20)]
Ends = Annotated[Mapping[AttributeName, float], Field(min_length=1, max_length=20)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Splits = Annotated[tuple[Words, ...], Field(min_length=1, max_length=100)]
Namespace = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$", max_length=100)]
Kind = Literal["speech", "music"]
OPTIONAL = 'by default the column of this name, where there is one; "" for none'


class TableOptions(Frozen):
    """What the columns of own data mean. Each value may be a table, ``{"csv:a": ..., "csv:b": ...}``: one a dataset."""

    audio: Column | Mapping[Own, Column] = Field(
        default="audio", description="the column with the audio: files, relative to the table's folder"
    )
    group: Column | Mapping[Own, Column] = Field(
        default="group", description="the column that says what must never be on both sides of a split: who speaks"
    )
    labels: Columns | Mapping[Own, Columns] = Field(
        default={"emotion": "emotion"},
        description='the attributes: a column of the same name, several, or {"attribute": "column"}',
    )
    start: Column | Mapping[Own, Column | None] | None = Field(
        default=None, description=f"the column with the second at which a segment begins: {OPTIONAL}"
    )
    end: Column | Mapping[Own, Column | None] | None = Field(
        default=None, description=f"the column with the second at which a segment ends: {OPTIONAL}"
    )
    transcript: Column | Mapping[Own, Column | None] | None = Field(
        default=None, description=f"the column with what is said or sung: {OPTIONAL}"
    )
    sex: Column | Mapping[Own, Column | None] | None = Field(
        default=None, description=f"the column with female (f) or male (m): {OPTIONAL}"
    )
    id: Column | Mapping[Own, Column | None] | None = Field(
        default=None, description=f"the column with names of clips: {OPTIONAL}, and the file's name with its segment"
    )
    domain: Kind | Mapping[Own, Kind] = Field(default="speech", description="speech or music (singing is music)")
    group_is: Words | Mapping[Own, Words | None] | None = Field(
        default=None, description="what a group is called, such as speaker; None: as its column is"
    )
    people: Namespace | Mapping[Own, Namespace | None] | None = Field(
        default=None, description="whose names the groups are: two datasets that say the same share people"
    )
    folds: int | Column | Mapping[Own, int | Column] = Field(
        default=5, description="how many test folds groups are dealt into, or the column that fixes the fold of a group"
    )
    low: float | Ends | Mapping[Own, float | Ends | None] | None = Field(
        default=None,
        description='the low end of a dimension, a number or {"attribute": number}; labels without ends are classes',
    )
    high: float | Ends | Mapping[Own, float | Ends | None] | None = Field(
        default=None, description="the high end of a dimension"
    )
    title: Words | Mapping[Own, Words | None] | None = Field(default=None, description="a title for the card")
    licence: Words | Mapping[Own, Words | None] | None = Field(default=None, description="the licence, for the card")
    citation: Words | Mapping[Own, Words | None] | None = Field(default=None, description="what to cite, for the card")
    config: Words | Mapping[Own, Words | None] | None = Field(
        default=None, description="hf: only: the configuration (subset) of the dataset"
    )
    split: Splits | Mapping[Own, Splits | None] | None = Field(
        default=None, description="hf: only: the splits to take, one or several; None: all of them"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _not_an_empty_table(cls, value: Any) -> Any:
        if isinstance(value, Mapping | list) and not value:
            raise ValueError("nothing is named")
        return value

    @field_validator("labels", mode="before")
    @classmethod
    def _attribute_to_column(cls, value: Any) -> Any:
        return {own: _named(each) for own, each in value.items()} if _each(value) else _named(value)

    @field_validator("split", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return {own: _listed(each) for own, each in value.items()} if _each(value) else _listed(value)

    @field_validator("low", "high")
    @classmethod
    def _as_records_store_them(cls, value: Any) -> Any:
        return None if value is None else rounded(dict(value) if isinstance(value, Mapping) else value)

    @field_validator("folds")
    @classmethod
    def _at_least_three(cls, value: Any) -> Any:
        for each in value.values() if isinstance(value, Mapping) else [value]:
            if isinstance(each, int) and not 3 <= each <= 1000:
                raise ValueError("at least 3 folds are needed, and at most 1000 go: one to test, one to choose on")
        return value


def _each(value: Any) -> bool:
    """Whether a value is given for every dataset by itself."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(key, str) and is_own(key) for key in value)


def _named(value: Any) -> Any:
    """Attribute -> column, from one name or several; a column ``Emotion`` holds the attribute ``emotion``."""
    names = [value] if isinstance(value, str) else value
    return {_attribute(name): name for name in names} if isinstance(names, list | tuple) else names


def _attribute(column: Any) -> Any:
    return re.sub(r"[\s-]+", "_", column.strip().lower()) if isinstance(column, str) else column


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def for_dataset(options: TableOptions, name: str) -> TableOptions:
    """The options of one dataset: where a value is given for every dataset by itself, its own or the default."""
    mine = {
        field: value.get(name, TableOptions.model_fields[field].default) if _each(value) else value
        for field, value in vars(options).items()
    }
    return TableOptions.model_validate(mine)


def as_asked(options: TableOptions, names: Sequence[str]) -> dict[str, Any]:
    """The options as a record of these datasets holds them: a value by itself where all of them have the same."""
    apart = {name: for_dataset(options, name).model_dump(mode="json") for name in names if is_own(name)}
    first = next(iter(apart.values()))
    return {
        field: value
        if all(mine[field] == value for mine in apart.values())
        else {name: mine[field] for name, mine in apart.items()}
        for field, value in first.items()
    }


def check_names(options: TableOptions, names: Iterable[str]) -> None:
    """Refuse a value for a dataset that is not in the run. Raises UsageError with a near miss."""
    own = [name for name in names if is_own(name)]
    for field, value in vars(options).items():
        for stray in value if _each(value) else ():
            if stray not in own:
                raise UsageError(
                    f"table.{field} has a value for '{stray}', which is not part of this run. "
                    f"{near_miss(stray, own)}".rstrip(),
                    remedy=f"Own data of this run: {', '.join(own)}.",
                )
