"""How does importing a plugin go in a process of its own? It may end that process, hang, print, or touch things."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path

SECONDS = 120  # for importing a plugin and asking its hooks
INTERRUPT = "KeyboardInterrupt"  # which would be taken for the user's


@dataclass(frozen=True)
class Apart:
    """How the import went.

    Attributes:
        seen: fault -> what it was (`emobench.testing.plugin.light_import`).
        fatal: why the plugin must not be imported in this process; empty where it may.
    """

    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fatal: str = ""


def imported_apart(source: EntryPoint | Path) -> Apart:
    """Import a plugin and ask its hooks in a process of its own, so that whatever it does there is survived here."""
    named = ["file", "", str(source)] if isinstance(source, Path) else ["point", source.name, source.value]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "seen.json")
        command = [sys.executable, "-B", "-m", "emobench.testing.plugin.light_import", str(out), *named]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
                command, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, errors="replace", timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Apart(fatal=f"importing it and asking its hooks has not ended after {SECONDS} seconds")
        if not out.exists():
            last = done.stderr.strip().splitlines()[-1:]
            words = f": {last[0]}" if last else ", without a word"
            code = f"exit code {done.returncode}" if done.returncode >= 0 else f"signal {-done.returncode}"
            return Apart(fatal=f"it ends the process that imports it and asks its hooks, with {code}{words}")
        seen: dict[str, list[str]] = json.loads(out.read_text("utf-8"))
    if done.stdout.strip():
        seen["prints"] = [repr(done.stdout.strip().splitlines()[0][:80])]
    return Apart(seen, fatal=f"it raises {INTERRUPT}" if INTERRUPT in seen.get("raised", ()) else "")
