"""What stands on the page "When something goes wrong"? `python tests/fault_page.py` writes it from the scenes."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from fault_scenes import SCENES, TOPICS
from fault_stage import Scene, Shown, play, set_stage

PAGE = Path(__file__).resolve().parents[1] / "docs" / "when_something_goes_wrong.md"
HEAD = """# When something goes wrong

What emobench says, what it means, and what to do next. Every message below is printed by a test
(`tests/test_fault_page.py`), which compares it with this page; `python tests/fault_page.py` writes the page anew.

Whatever happens: **what is finished stays, and the same command goes on from there.** A shard of features, a unit and
a record are each written whole or not at all. Exit codes: 0 done, 1 the run failed, 2 wrong usage or spec, 3 data
missing, damaged or licence not accepted, 4 a check failed, 5 the environment is broken, 130 interrupted.

`--log-file FILE` keeps everything that was said, with times and tracebacks; `-v` says more; `emobench status` tells
what a run is doing; `emobench doctor` looks at the installation.
"""


def page(shown: Sequence[tuple[Scene, Shown]]) -> str:
    """The whole page."""
    parts = [HEAD]
    for topic, scenes in groupby(shown, key=lambda pair: pair[0].topic):
        parts.append(f"## {topic}\n\n{TOPICS[topic]}\n")
        parts += [section(scene, seen) for scene, seen in scenes]
    return "\n".join(parts)


def section(scene: Scene, shown: Shown) -> str:
    """What a scene is on the page."""
    ending = f"exit code {shown.code}"
    return f"### {scene.title}\n\n```console\n$ {shown.command}\n{shown.text}\n```\n\n{ending}. {scene.advice}\n"


def main() -> None:
    """Play every scene and write the page."""
    shown = []
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:

            def replaced(target: object, attribute: str, value: object, stack: ExitStack = stack) -> None:
                stack.enter_context(patch.object(target, attribute, value))

            folder = Path(name).resolve()
            stack.callback(os.chdir, Path.cwd())
            os.chdir(folder)
            stack.enter_context(patch.dict(os.environ))
            os.environ.pop("EMOBENCH_DATA", None)
            seen = play(scene, set_stage(folder, replaced), os.environ.update)
            assert seen.code == scene.code, f"{scene.title}: exit code {seen.code}\n{seen.text}"
            shown.append((scene, seen))
    PAGE.write_text(page(shown), "utf-8")


if __name__ == "__main__":
    main()
