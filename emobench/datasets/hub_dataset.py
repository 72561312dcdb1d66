"""How does a dataset of the Hub, or a folder like one, become audio files and a table? Once, and without its code."""

import csv
import errno
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.datasets.hub_addresses import check_description, check_files
from emobench.datasets.hub_audio import Written, write_audio
from emobench.datasets.table_file import Row, Table, on_lines, read_csv
from emobench.domain.errors import DataError, EmobenchError, UsageError
from emobench.domain.names import on_one_line
from emobench.domain.suggestion import near_miss

if TYPE_CHECKING:
    from datasets import Dataset, DatasetBuilder, Features

TABLE = "table.csv"
LAYOUT = 1  # raised when other files, or another table, would be written
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)  # of the disk that is written to
LONGEST = 300  # letters of what another library says


def write_table(
    name: str, folder: Path, into: Path, audio: str, config: str | None, splits: tuple[str, ...] | None
) -> None:
    """Write the rows of a dataset as ``table.csv`` and audio files, which lie in a folder for every split.

    Columns keep their names; those with lists, pictures and the like are left out, and classes are written by name.

    Args:
        name: the dataset's, for messages.
        folder: as `datasets.load_dataset` reads it: Parquet, CSV, or audio with a metadata file.
        into: an empty folder.
        audio: the column with the audio.
        config: the configuration; None where there is only one.
        splits: to take, in this order; None for all.

    Raises:
        UsageError: no such configuration, split or column, with a near miss.
        DataError: nothing there that can be read, or files that lie elsewhere.
    """
    scratch = into / ".scratch"
    try:
        with _quietly(name, folder):
            loaded = _loaded(name, folder, scratch, config)
        chosen = _chosen(name, loaded, splits)
        columns = _columns(name, next(iter(chosen.values())), audio)
        with (into / TABLE).open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(columns)
            for split, part in chosen.items():
                written = Written(name, split, into, (folder, scratch))
                with _quietly(name, folder):
                    for row in _rows(part, columns, audio):
                        row[audio] = write_audio(row[audio], written)
                        rows.writerow([row[column] for column in columns])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_table(folder: Path) -> Table:
    """The table that `write_table` wrote; rows are counted from 0 in every split, as the dataset counts them."""
    table = read_csv(folder / TABLE)
    audio = next(column for column in table.columns if column)
    seen: dict[str, int] = {}
    rows = []
    for row in table.rows:
        split = row.cells[audio].partition("/")[0]
        seen[split] = seen.get(split, -1) + 1
        rows.append(Row(f"row {seen[split]} of the split {split}", row.cells))
    return Table(table.folder, table.columns, tuple(rows))


@contextmanager
def _quietly(name: str, folder: Path) -> Iterator[None]:
    """Let the library work without bars and remarks; what it raises is told in our words."""
    import datasets

    shown = not datasets.are_progress_bars_disabled()
    logs = [logging.getLogger(name) for name in ("datasets", "huggingface_hub")]
    levels = [log.level for log in logs]
    datasets.disable_progress_bars()
    for log in logs:
        log.setLevel(logging.ERROR)
    try:
        yield
    except EmobenchError:
        raise
    except Exception as problem:  # whatever parsers of many formats say of a stranger's files
        if isinstance(problem, OSError) and problem.errno is not None and problem.filename is None:
            raise  # the disk's matter
        if (full := _of_a_full_disk(problem)) is not None:
            raise full from None
        cause = problem.__cause__ if isinstance(problem, datasets.exceptions.DatasetsError) else None
        said = on_one_line(" ".join(str(cause or problem).split()))[:LONGEST]
        raise DataError(
            f"'{name}' cannot be read as a dataset of the Hub.",
            found=f"{on_one_line(folder)}\n{type(cause or problem).__name__}: {said}",
            remedy="It has to be one that `datasets.load_dataset` reads without code of its own: Parquet, CSV, or "
            "audio with a metadata.csv.",
        ) from problem
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
        if shown:
            datasets.enable_progress_bars()


def _of_a_full_disk(problem: BaseException) -> OSError | None:
    """What the disk that is written to said, where the library failed for that, whatever it made of it."""
    chain: list[BaseException] = [problem]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    return next((one for one in chain if isinstance(one, OSError) and one.errno in FULL), None)


def _loaded(name: str, folder: Path, scratch: Path, config: str | None) -> Mapping[str, "Dataset"]:
    """All splits, by name."""
    import datasets

    download = datasets.DownloadConfig(cache_dir=scratch / "downloads", local_files_only=True)
    check_description(name, folder)
    configs = datasets.get_dataset_config_names(str(folder), download_config=download)
    several = len(configs) > 1 and "default" not in configs
    if config not in configs if config is not None else several:
        what = (
            f"'{name}' has no configuration '{on_one_line(config)}'."
            if config
            else f"'{name}' has several configurations."
        )
        raise UsageError(
            f"{what} {near_miss(config or '', configs)}".rstrip(),
            found=f"configurations: {', '.join(map(on_one_line, configs))}",
            remedy="Name one: --set table.config=NAME.",
        )

    def builder_of(features: "Features | None" = None) -> "DatasetBuilder":
        return datasets.load_dataset_builder(
            str(folder), name=config, cache_dir=str(scratch / "arrow"), download_config=download, features=features
        )

    builder = builder_of()
    check_files(name, builder.config.data_files or {}, folder)
    if isinstance(builder, datasets.GeneratorBasedBuilder):
        builder = builder_of(_undecoded(next(iter(builder.as_streaming_dataset().values())).features))
    builder.download_and_prepare(download_config=download)
    found: Any = builder.as_dataset()
    return {str(split): part for split, part in found.items()}


def _undecoded(features: "Features | None") -> "Features | None":
    """Features whose audio is stored as it lies there: the library's own would want an encoder for that."""
    import datasets

    def as_it_lies(_: Any, value: Any) -> dict[str, Any]:
        if isinstance(value, Mapping):
            return {"bytes": value.get("bytes"), "path": value.get("path")}
        content = value if isinstance(value, bytes) else None
        return {"bytes": content, "path": str(value) if isinstance(value, str | Path) else None}

    stored_audio: Any = type("StoredAudio", (datasets.Audio,), {"encode_example": as_it_lies})
    stored = {
        column: stored_audio(decode=False) if isinstance(kind, datasets.Audio) else kind
        for column, kind in (features or {}).items()
    }
    return datasets.Features(stored) if stored else None


def _chosen(name: str, loaded: Mapping[str, "Dataset"], splits: tuple[str, ...] | None) -> dict[str, "Dataset"]:
    for split in splits or ():
        if split not in loaded:
            raise UsageError(
                f"'{name}' has no split '{on_one_line(split)}'. {near_miss(split, loaded)}".rstrip(),
                remedy=f"Splits: {', '.join(map(on_one_line, loaded))}.",
            )
    return {split: loaded[split] for split in (splits or sorted(loaded))}


def _columns(name: str, part: "Dataset", audio: str) -> list[str]:
    """The columns that a table can hold: that of the audio first."""
    import datasets

    heard = [column for column, kind in part.features.items() if isinstance(kind, datasets.Audio)]
    if audio not in part.features:
        raise UsageError(
            f"'{name}' has no column '{on_one_line(audio)}' for table.audio. "
            f"{on_one_line(near_miss(audio, part.features))}".rstrip(),
            found=f"columns: {on_lines(', '.join(part.features))}; with audio: {', '.join(heard) or 'none'}",
            remedy=f"Name it: --set table.audio={on_one_line(heard[0]) if heard else 'COLUMN'}.",
        )
    simple = (datasets.Value, datasets.ClassLabel)
    return [audio, *(column for column, kind in part.features.items() if isinstance(kind, simple) and column != audio)]


def _rows(part: "Dataset", columns: list[str], audio: str) -> Iterator[dict[str, Any]]:
    """The rows, their cells as a table holds them; the audio as it is stored, undecoded."""
    import datasets

    part = part.select_columns(columns)
    if isinstance(part.features[audio], datasets.Audio):
        part = part.cast_column(audio, datasets.Audio(decode=False))
    kinds = part.features
    for row in part:
        yield {column: row[column] if column == audio else _cell(row[column], kinds[column]) for column in columns}


def _cell(value: Any, kind: Any) -> str:
    import datasets

    if value is None:
        return ""
    if isinstance(kind, datasets.ClassLabel):
        with suppress(ValueError):  # -1 stands for no label
            return str(kind.int2str(int(value)))
        return ""
    return str(value).replace("\0", "\\x00")
