"""What does importing a plugin do beside importing it? Run as a process of its own, with an audit hook that sees it.

``python -m emobench.testing.plugin.light_import OUT KIND NAME VALUE`` imports the plugin (KIND ``file``: VALUE is its
path; ``point``: an entry point), asks its hooks, and writes to OUT what it saw, as JSON: name of a fault -> what it
was.
"""

import json
import os
import sys
import sysconfig
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from emobench.catalog.catalog import offered
from emobench.catalog.discovery import from_file, loaded
from emobench.domain.attempt import Failed, attempted
from emobench.testing.plugin.ruler import Ruler

HEAVY = (
    "torch", "torchaudio", "transformers", "peft", "tensorflow", "jax", "scipy", "pandas", "pyarrow", "matplotlib",
    "librosa", "sklearn", "datasets",
)  # fmt: skip
MODULES = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib", ".zip", ".whl", ".egg")
METADATA = (".dist-info", ".egg-info")
SYSTEM = ("/dev/", "/proc/", "/sys/", "/etc/")  # what Python and the loader of libraries ask the system for
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "shutil.rmtree")
MOST = 20


class Seen:
    """An audit hook that notes what a plugin should leave alone while it is imported."""

    def __init__(self) -> None:
        self.faults: dict[str, list[str]] = {}
        self.watching = True
        self.own = tuple(os.path.realpath(sysconfig.get_path(place)) + os.sep for place in ("stdlib", "platstdlib"))

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        if event == "open":
            self._opened(*arguments)
        elif event in NETWORK:
            target = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
            self._note("network", target[0] if isinstance(target, tuple) else target)
        elif event in PROGRAMS:
            self._note("programs", arguments[0] if arguments else event)
        elif event == "os.chdir":
            self._note("folder", arguments[0])
        elif event in CHANGES:
            self._note("files", arguments[0])

    def _opened(self, path: Any, mode: Any, flags: Any) -> None:
        if not isinstance(path, str | bytes | os.PathLike):  # an open file's number
            return
        name = os.fsdecode(path)
        writes = any(sign in str(mode or "") for sign in "wax+")
        writes = writes or bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if (writes and not name.startswith("/dev/")) or not self._belongs_to_python(name):
            self._note("files", name)

    def _belongs_to_python(self, name: str) -> bool:
        parts = Path(name).parts
        packaged = name.lower().endswith(MODULES) or ".so." in Path(name).name
        metadata = any(part.endswith(METADATA) for part in parts) or Path(name).name == "pyvenv.cfg"
        return packaged or metadata or name.startswith(SYSTEM) or os.path.realpath(name).startswith(self.own)

    def _note(self, fault: str, what: object) -> None:
        found = self.faults.setdefault(fault, [])
        said = what.decode(errors="replace") if isinstance(what, bytes) else str(what)
        if said not in found and len(found) < MOST:
            found.append(said)


def main(arguments: list[str]) -> None:
    """Import what the arguments name, and write down what was seen; what the plugin raises is told elsewhere."""
    out, kind, name, value = arguments
    seen, ruler = Seen(), Ruler()
    ruler.listen()
    sys.addaudithook(seen)
    try:
        asked = attempted(_asked, kind, name, value)
        raised = type(asked.problem).__name__ if isinstance(asked, Failed) else ""
    except KeyboardInterrupt:
        raised = KeyboardInterrupt.__name__
    seen.watching = False
    heavy = [module for module in HEAVY if module in sys.modules]
    found = {**seen.faults, "heavy": heavy, "ruler": ruler.replaced()[:MOST], "raised": [raised] if raised else []}
    faults = {fault: what for fault, what in found.items() if what}
    Path(out).write_text(json.dumps(faults), "utf-8")


def _asked(kind: str, name: str, value: str) -> object:
    """Import the plugin and ask its hooks."""
    return offered(from_file(Path(value)) if kind == "file" else loaded(EntryPoint(name, value, "emobench")))


if __name__ == "__main__":
    main(sys.argv[1:])
