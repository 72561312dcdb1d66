"""Which files lie on a board that do not belong there?"""

from collections.abc import Iterator
from pathlib import Path

from emobench.leaderboard.checks.findings import Finding
from emobench.leaderboard.entry_files import PREDICTIONS, TITLES

PICTURES = tuple(TITLES)
FOLDERS = {"records": 3, "reproductions": 4}  # how deep files lie below them
MOST_TOLD = 50


def stray_findings(board: Path) -> list[Finding]:
    """Links, files that belong to no record, and files in the wrong depth, below ``records`` and ``reproductions``."""
    return [Finding("files", path, why) for name in FOLDERS for path, why in _strays(board / name)][:MOST_TOLD]


def _strays(folder: Path) -> Iterator[tuple[Path, str]]:
    if folder.is_symlink():
        yield folder, "a link, expected a folder"
        return
    endings = (PREDICTIONS, *(PICTURES if folder.name == "records" else ()))
    for path in sorted(folder.rglob("*")):
        depth = len(path.relative_to(folder).parts)
        if path.is_symlink():
            yield path, "a link, expected a file or folder"
        elif path.is_dir():
            if depth >= FOLDERS[folder.name]:
                yield path, "a folder where files belong"
        elif depth != FOLDERS[folder.name]:
            yield path, f"a file {depth} deep, expected {FOLDERS[folder.name]}"
        elif path.suffix != ".json" and not _belongs(path, endings):
            yield path, "it belongs to no record beside it"


def _belongs(path: Path, endings: tuple[str, ...]) -> bool:
    """Whether a file is a table or a picture of a record that lies beside it."""
    return any(
        path.name.endswith(ending) and path.with_name(path.name.removesuffix(ending) + ".json").is_file()
        for ending in endings
    )
