"""Killed again and again, wherever it happens to be, does a run find in the end what an undisturbed one finds?"""

import random
import time

import pytest
from emobench_processes import FAST, home_with, records_in, start, unreadable

SPEC = ["--backbone", "logmel", "--dataset", "synthetic-speech", *FAST]
PLACES = {
    "data": ("home/data", "**/*.flac", 200),
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


def killed(folder, place, more):
    """Run until so many more files lie in a place, then kill; False when it ended before."""
    goal = files(folder, place) + more
    process = start(folder / "home", "run", *SPEC, "--out", folder / "out")
    try:
        while process.poll() is None:
            if files(folder, place) >= goal:
                process.kill()
                process.wait()
                return True
            time.sleep(0.002)
    finally:
        _, err = process.communicate()
    assert process.returncode == 0, err
    return False


def ended(folder):
    """What a run finds that nobody kills."""
    process = start(folder / "home", "run", *SPEC, "--out", folder / "out")
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
