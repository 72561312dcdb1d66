"""Killed again and again, wherever it happens to be, does a run find in the end what an undisturbed one finds?"""

import random
import time

import pytest
from emobench_processes import FAST, few_takes, home_with, records_in, start, unreadable

PLACES = {
    "data": ("home/data", "**/*.flac", 120),
    "features": ("home/features", "*/*.safetensors", 1),
    "units": ("home/units", "**/*.safetensors", 1),
    "records": ("out", "*/*/*.*", 1),
}
ORDER = ("data", "features", "features", "units", "records")

pytestmark = pytest.mark.timeout(1_200)  # seven programs on a machine that is busy with other things


def files(folder, place):
    """How many files, whole or not, lie in a place."""
    root, pattern, _ = PLACES[place]
    return sum(1 for _ in (folder / root).glob(pattern))


def started(folder):
    """The run that is disturbed, or not: of each backbone, two shards and the units of its layers."""
    plugin = few_takes(folder, 3)
    asked = ("--plugin", plugin, "--backbone", "logmel", "--dataset", "few-spoken", *FAST)
    return start(folder / "home", "run", *asked, "--out", folder / "out")


def killed(folder, place, more):
    """Run until so many more files lie in a place, then kill; False when it ended before."""
    goal = files(folder, place) + more
    process = started(folder)
    try:
        while process.returncode is None:
            if files(folder, place) >= goal:
                process.kill()
                return True
            time.sleep(0.002)
    finally:
        _, err = process.communicate()
    assert process.returncode == 0, err
    return False


def ended(folder):
    """What a run finds that nobody kills."""
    process = started(folder)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return records_in(folder / "out")


def test_kills_change_nothing(tmp_path):
    """Five kills, at seeded moments of generating, extracting, fitting and writing: the same digests, no bad file."""
    rng, disturbed, quiet = random.Random(6), tmp_path / "disturbed", tmp_path / "quiet"
    (disturbed / "home").mkdir(parents=True)
    kills = [killed(disturbed, place, rng.randint(1, PLACES[place][2])) for place in ORDER]
    assert sum(kills) >= 3, "a run that is over cannot be killed, but most were under way"
    found = ended(disturbed)
    assert len(found) == 2
    assert unreadable(disturbed) == []
    home_with(disturbed / "home" / "data", quiet / "home")
    assert ended(quiet) == found
