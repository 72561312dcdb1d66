"""Which files of weights does a stranger's code read beside those that it was handed?

Weights that no card names are in no record and in no key: they may change, and nobody sees it. Files are noted by what
their names end in, as they are opened by Python, torch, NumPy or safetensors; code that opens files by itself (HDF5,
TensorFlow) is not seen.
"""

import builtins
import contextlib
import functools
import io
import os
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import safetensors

from emobench.catalog.plugin_code import package_folders

WEIGHTS = (
    ".bin", ".ckpt", ".gguf", ".joblib", ".msgpack", ".npy", ".npz", ".onnx", ".pickle", ".pkl", ".pt", ".pth",
    ".safetensors", ".tflite",
)  # fmt: skip


@contextlib.contextmanager
def weight_files_noted(opened: list[Path]) -> Iterator[None]:
    """Note the files of weights that are opened for reading while inside, and that were there before."""
    started = time.time_ns()

    def note(path: object) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        file = Path(os.fsdecode(path))
        if file.suffix.lower() in WEIGHTS and file.is_file() and file.stat().st_ctime_ns < started:
            opened.append(file.resolve())

    def noting(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def noted(path: object, *args: Any, **kwargs: Any) -> Any:
            note(path)
            return call(path, *args, **kwargs)

        return noted

    python, safe = builtins.open, safetensors.safe_open
    replaced: list[tuple[object, str, Callable[..., Any]]] = [(builtins, "open", python), (io, "open", python)]
    replaced += [(module, "safe_open", safe) for module in _who_has("safe_open", safe)]
    with contextlib.ExitStack() as stack:
        for owner, name, call in replaced:
            setattr(owner, name, noting(call))
            stack.callback(setattr, owner, name, call)
        yield


def untold(opened: Iterable[Path], handed: Iterable[Path], load: object) -> list[Path]:
    """The opened files that were not handed over, and belong neither to the plugin's package nor to installed ones."""
    known = {file.resolve() for file in handed}
    module = getattr(getattr(load, "func", load), "__module__", None)
    folders = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")]
    folders += [folder.resolve() for folder in package_folders(module)] if isinstance(module, str) else []
    return [
        file
        for file in dict.fromkeys(opened)
        if file not in known and not any(file.is_relative_to(folder) for folder in folders)
    ]


def _who_has(name: str, what: object) -> list[object]:
    return [module for module in list(sys.modules.values()) if vars(module).get(name) is what]
