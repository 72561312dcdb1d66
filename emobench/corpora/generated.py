"""Where does audio lie that a dataset generates, and how is it made there, once for every version of its code?"""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from emobench.catalog.discovery import PluginModule
from emobench.catalog.plugin_code import code_digest
from emobench.domain.cards import DatasetCard
from emobench.files.folders import once_folder

HARDLY_ANY = 2**20  # bytes: less room than this is a full disk, whatever a library calls it


def generated_folder(card: DatasetCard, owner: PluginModule | None, home: Path) -> Path:
    """The folder of a generated dataset, made or not; other code of its plugin ``owner`` has another one.

    Raises:
        BrokenEnvironment: a file of the plugin cannot be read.
    """
    code = None if owner is None else code_digest(owner)
    return home / "data" / (f"{card.name}-v{card.version}" + ("" if code is None else f"-{code[:8]}"))


def generated_once(folder: Path, generate: Callable[[Path], None]) -> Path:
    """The same folder, filled on first use. What ``generate`` raises passes, but for what a full disk makes it raise.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """

    def fill(root: Path) -> None:
        try:
            generate(root)
        except Exception as problem:  # libraries have errors of their own for a full disk, which say nothing of it
            if isinstance(problem, OSError) or shutil.disk_usage(root).free >= HARDLY_ANY:
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(root)) from problem

    return once_folder(folder, fill)
