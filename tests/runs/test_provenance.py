"""Does the command in a record tell what was asked, and no path?"""

import pytest

from emobench.runs.provenance import without_paths


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["run", "--out", "alice-thesis"], "emobench run --out <path>"),
        (["run", "--data", "corpus=bob_data", "--yes"], "emobench run --data corpus=<path> --yes"),
        (["run", "--weights=byol-s=/home/x/w.pth"], "emobench run --weights=byol-s=<path>"),
        (["run", "spec.toml", "--shard", "1/4"], "emobench run <path> --shard 1/4"),
        (["run", "--offline", "mine.json", "--task", "layerwise"], "emobench run --offline <path> --task layerwise"),
        (["run", "--plugin", "me.py", "--set", "probe.c=0.1"], "emobench run --plugin <path> --set probe.c=0.1"),
        (["run", "--log-file", "alice.log", "-v", "--limit", "3"], "emobench run --log-file <path> -v --limit 3"),
        (["-v", "--log-file=a.log", "run", "spec.toml"], "emobench -v --log-file=<path> run <path>"),
        (["--debug", "run", "--verbose", "mine.json"], "emobench --debug run --verbose <path>"),
    ],
)
def test_paths_are_hidden_and_nothing_else(arguments, shown):
    """Values of flags that take paths, and spec files, are replaced whether or not they exist; other values stay."""
    assert without_paths(arguments) == shown
