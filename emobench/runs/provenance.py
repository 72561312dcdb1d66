"""Where and with what was a record made? Versions, platform, device, command; never a path, a user or a host."""

import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from emobench.domain.own_names import is_own, is_own_name

PATH = "<path>"
PATH_FLAGS = ("--out", "--plugin", "--log-file")
NAMED_PATH_FLAGS = ("--data", "--weights")
SWITCHES = ("--offline", "--yes", "--json", "--debug", "--verbose", "-v")
PACKAGES = ("emobench", "torch", "torchaudio", "transformers", "peft", "numpy", "scipy", "soundfile", "soxr", "pyarrow")


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Installed versions of the packages that numbers depend on; ``missing`` where one is not installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def without_paths(arguments: Sequence[str]) -> str:
    """A command line in which every path is ``<path>``; ``NAME=PATH`` keeps its name."""
    shown, flag, verb = ["emobench"], "", False
    for argument in arguments:
        if argument.startswith("--") or argument in SWITCHES:
            flag, equals, value = argument.partition("=")
            shown.append(f"{flag}={_shown(flag, value)}" if equals else argument)
            flag = "" if equals or flag in SWITCHES else flag
        elif flag:
            shown.append(_shown(flag, argument))
            flag = ""
        else:
            shown.append(PATH if verb else argument)  # the verb comes first, then a spec or a record
            verb = True
    return " ".join(shown)


def _shown(flag: str, value: str) -> str:
    if flag in PATH_FLAGS:
        return PATH
    if flag in NAMED_PATH_FLAGS:
        return f"{value.partition('=')[0]}={PATH}"
    if flag == "--dataset":
        value = ",".join(_without_file(name) for name in value.split(","))
    return value if value.isprintable() else repr(value)


def _without_file(name: str) -> str:
    """A dataset's name; ``csv:PATH`` without its path, and what follows a comma in one."""
    named = not is_own(name.strip()) or is_own_name(name.strip())
    return PATH if "/" in name and not is_own(name.strip()) else name if named else f"csv:{PATH}"


def git_commit() -> str | None:
    """The commit of the checkout that the package runs from, if it does; marked when files differ from it."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return None
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit + ("-modified" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()  # noqa: S603


def device_name(device: torch.device) -> str:
    """What the device is called: the GPU's model, or the processor's architecture."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu ({platform.machine()})"


def whereabouts(device: torch.device, arguments: Sequence[str], distributions: Mapping[str, str]) -> dict[str, Any]:
    """The ``where`` of a record; ``distributions`` are the packages that brought backbone, datasets and methods."""
    return {
        "versions": versions(),
        "distributions": dict(distributions),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "git_commit": git_commit(),
        "command": without_paths(arguments),
    }
