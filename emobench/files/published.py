"""Which files of a published model does it take to load it?"""

import json
from collections.abc import Callable, Collection
from pathlib import PurePosixPath, PureWindowsPath

from emobench.domain.errors import DataError

Read = Callable[[str], bytes]
SETTINGS = "config.json"
PREPROCESSOR = ("preprocessor_config.json", "processor_config.json")
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
INDEX = ".index.json"
SHOWN_NAMES = 12


def published_files(
    names: Collection[str], read: Read, *, where: str, settings_only: bool = False
) -> tuple[str, ...]:  # fmt: skip
    """Choose from the files of a Hub repository, or of a folder, those that `transformers` loads a model from.

    The configuration and the preprocessor's, where they are, then the first of ``WEIGHTS`` that is there, an index
    with the shards it names. One rule for both places, so that a folder and the repository it was copied from have
    one digest.

    Args:
        names: what there is, with slashes below the top folder.
        read: gives the content of one of them; only an index is read.
        where: the place, as errors call it.
        settings_only: leave the weights out.

    Raises:
        DataError: no weights (with ``settings_only``: no configuration), or an index that cannot be followed.
    """
    settings = [SETTINGS] if SETTINGS in names else []
    settings += [name for name in PREPROCESSOR if name in names][:1]
    wanted = (SETTINGS,) if settings_only else WEIGHTS
    first = next((name for name in wanted if name in names), None)
    if first is None:
        raise DataError(
            f"{where} holds no {'configuration' if settings_only else 'weights that can be loaded'}.",
            found=f"it has {_listed(names)}; looked for {', '.join(wanted)}",
            remedy="Check the name; files in other formats have to be converted first.",
        )
    if settings_only:
        return tuple(settings)
    shards = _shards(first, names, read, where) if first.endswith(INDEX) else []
    return (*settings, first, *shards)


def _shards(index: str, names: Collection[str], read: Read, where: str) -> list[str]:
    content = read(index)
    try:
        shards = sorted(set(json.loads(content)["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _damaged(index, where, f"it is no index of weights: {type(problem).__name__}") from problem
    if not shards:
        raise _damaged(index, where, "it names no file")
    for shard in shards:
        if not isinstance(shard, str) or not _is_plain(shard):
            raise _damaged(index, where, f"it names {shard!r}, which is not the name of a file beside it")
        if shard not in names:
            raise _damaged(index, where, f"it names '{shard}', which is not there")
    return shards


def _is_plain(name: str) -> bool:
    """Whether a name stays in its folder, on every platform."""
    return name not in ("", "..") and PurePosixPath(name).name == name == PureWindowsPath(name).name


def _damaged(index: str, where: str, found: str) -> DataError:
    return DataError(
        f"'{index}' of {where} cannot be followed.", found=f"found: {found}", remedy="Get the files again, all of them."
    )


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)[:SHOWN_NAMES]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return (", ".join(shown) or "no files") + more
