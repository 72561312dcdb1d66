"""Does the description of a Hub dataset name its own files only? Looked at before a library opens any of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line

HIDDEN = ".huggingface.yaml"  # another description, which the library would obey without a word


def check_description(name: str, folder: Path) -> None:
    """Refuse a description that names files by address, or that is hidden.

    Args:
        name: the dataset's, for messages.
        folder: the dataset's.

    Raises:
        DataError: naming the address, or the file.
        Exception: what the parser of the README says of one that is no YAML.
    """
    from huggingface_hub import metadata_load

    if (folder / HIDDEN).exists():
        raise DataError(
            f"'{name}' has a hidden description.",
            found=f"found: {on_one_line(folder / HIDDEN)}",
            remedy="Only its README.md is read: put what is needed there, and remove the hidden file.",
        )
    told = metadata_load(folder / "README.md") if (folder / "README.md").is_file() else None
    left: list[Any] = [(told or {}).get("configs")]
    seen: set[int] = set()
    while left:
        value = left.pop()
        if isinstance(value, str) and "://" in value:
            raise _not_its_own(name, value)
        if isinstance(value, dict | list):
            if id(value) in seen:  # YAML can hold a list inside itself, or a few lines that unfold to billions
                raise DataError(
                    f"'{name}' has a description that refers to itself.",
                    found=f"found: an alias in the configs of {on_one_line(folder / 'README.md')}",
                    remedy="Write it out.",
                )
            seen.add(id(value))
            left += value.values() if isinstance(value, dict) else value


def check_files(name: str, files: Mapping[str, Any], folder: Path) -> None:
    """Refuse a dataset whose description leads to files elsewhere.

    Args:
        name: the dataset's, for messages.
        files: split -> its files, as the library found them.
        folder: the dataset's.

    Raises:
        DataError: naming the file.
    """
    root = folder.resolve()
    for file in (Path(str(file)) for listed in files.values() for file in listed):
        own = ".." not in file.parts and (file.is_relative_to(folder) or file.is_relative_to(root))
        if not own:
            raise _not_its_own(name, str(file))


def _not_its_own(name: str, file: str) -> DataError:
    return DataError(
        f"'{name}' names a file that is not its own.",
        found=f"found: {on_one_line(file)}",
        remedy="Only files of the dataset are read; get the others yourself, and give the folder with --data.",
    )
