"""Do eight processes on one cache find what one finds alone, and compute nothing twice?"""

import pytest
from emobench_processes import FAST, few_takes, finished, home_with, records_in, start, unreadable

PAIR = "few-spoken,few-played"
LAYERWISE = ["--backbone", "logmel", "--dataset", "few-spoken", *FAST]
SPECS = {
    "whole": [*LAYERWISE, "--limit", "20"],
    "look": [*LAYERWISE, "--limit", "12"],
    "bias": ["--task", "fad_bias", "--backbone", "level-duration", "--dataset", PAIR, "--limit", "12", *FAST[:5]],
}
MANY = ["whole"] * 4 + ["look"] * 2 + ["bias"] * 2

pytestmark = pytest.mark.timeout(1_200)  # eight programs on a machine that is busy with other things


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """The file that brings the pair."""
    return ["--plugin", few_takes(tmp_path_factory.mktemp("plugin"), 1)]


@pytest.fixture(scope="module")
def data(plugin, tmp_path_factory):
    """Where the pair was generated, by two processes that both wanted it."""
    home = tmp_path_factory.mktemp("generated") / "home"
    both = [start(home, "plan", *SPECS["bias"], *plugin) for _ in range(2)]
    for process in both:
        _, err = process.communicate()
        assert process.returncode == 0, err
    made = sorted(path.name for path in (home / "data").iterdir() if path.name != ".locks")
    assert [name.partition("-v1-")[0] for name in made] == ["few-played", "few-spoken"]
    return home / "data"


@pytest.fixture(scope="module")
def alone(plugin, data, tmp_path_factory):
    """The records of every spec, each run alone in a home of its own."""
    found = {}
    for name, spec in SPECS.items():
        folder = tmp_path_factory.mktemp(name)
        process = start(home_with(data, folder / "home"), "run", *spec, *plugin, "--out", folder / "out")
        _, err = process.communicate()
        assert process.returncode == 0, err
        found |= records_in(folder / "out")
    return found


def test_eight_processes_find_what_one_finds(plugin, data, alone, tmp_path):
    """Same and different specs at once on one cache and one --out: all end well, with the records of lonely runs.

    Every shard and every unit is finished once in all; a clip that two selections share is heard at most once for each.
    """
    home, out = home_with(data, tmp_path / "home"), tmp_path / "out"
    logs = [tmp_path / f"log-{number}" for number in range(len(MANY))]
    processes = [
        start(home, "run", *SPECS[name], *plugin, "--out", out, "--log-file", log)
        for name, log in zip(MANY, logs, strict=True)
    ]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
        assert "Traceback" not in err
    assert records_in(out) == alone
    assert len(alone) == 5
    shards, units = finished(logs, "shard"), finished(logs, "unit")
    assert set(shards.values()) == set(units.values()) == {1}
    stored = {path.stem[:12] for path in (home / "features").glob("*/*.safetensors")}
    assert stored == set(shards)
    assert len(list((home / "units").rglob("*.safetensors"))) == len(units)
    assert unreadable(home, out) == []
    assert not [path for place in (home, out) for path in place.rglob(".tmp-*")]
