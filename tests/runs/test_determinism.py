"""On one machine and with one setting, does a run leave the same bytes, wherever it runs and whatever was there?"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from determined import Place, catalog_of, tensors_below, write_corpus, write_models

from emobench.domain.spec import Whereabouts

BACKBONES = ("hf:tiny/hubert", "hf:tiny/sew", "logmel")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A home in which the run was made once."""
    root = tmp_path_factory.mktemp("determinism")
    weights = {name: path for name, path in write_models(root / "models").items() if name in BACKBONES}
    return Place(root / "first", write_corpus(root / "corpus"), weights, BACKBONES).run()


def same_bytes(one, other):
    """Records, predictions, and every tensor of every file are equal, byte by byte."""
    assert one.found() == other.found()
    mine, theirs = one.tensors(), other.tensors()
    assert mine.keys() == theirs.keys()
    assert {path.split("/")[0] for path in mine} == {"features", "units"}
    for path, tensors in mine.items():
        assert tensors == theirs[path], path
    for name, (path, _) in one.records.items():
        table = path.with_suffix(".parquet").read_bytes()
        assert table == other.records[name][0].with_suffix(".parquet").read_bytes()


def test_two_homes_hold_the_same_bytes(start, tmp_path):
    """The same run in a home of its own: equal found, predictions, tables, and tensors of every shard and unit."""
    same_bytes(replace(start, root=tmp_path / "second").run(), start)


def test_a_home_with_features_gives_what_a_cold_one_gives(start, tmp_path):
    """Features that another question left there are taken, not heard again, and every byte is as from a cold start."""
    warm = replace(start, root=tmp_path / "warm").run(options={"probe.c": 0.5})
    assert warm.passed > 0
    shutil.rmtree(warm.root / "home" / "units")
    warm.run()
    assert warm.passed == 0
    same_bytes(warm, start)


def test_neither_the_place_nor_the_order_of_clips_matters(start, tmp_path):
    """A copy of the corpus under another path, whose clips are listed backwards, gives the same bytes."""
    shuffled = catalog_of(lambda clips: clips[::-1])
    corpus = shutil.copytree(start.corpus, tmp_path / "a copy, elsewhere")
    same_bytes(replace(start, root=tmp_path / "moved", corpus=corpus, catalog=shuffled).run(), start)


def test_two_processes_hold_the_same_bytes(start, tmp_path):
    """In processes whose sets and dicts are hashed otherwise: records equal but for their times, tables and tensors."""
    program = (
        "import sys; from pathlib import Path; from determined import Place; "
        "Place(*map(Path, sys.argv[1:]), {}, ('logmel', 'hubert-tiny-random')).run()"
    )
    found = []
    for seed in ("1", "2"):
        root = tmp_path / seed
        paths = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        subprocess.run([sys.executable, "-c", program, root, start.corpus], check=True, capture_output=True, env=env)
        records = {path.relative_to(root).as_posix(): path for path in (root / "out").rglob("*.json")}
        texts = {name: path.read_text().partition('"spent"')[0] for name, path in records.items()}
        tables = {name: path.with_suffix(".parquet").read_bytes() for name, path in records.items()}
        found.append((texts, tables, tensors_below(root / "home")))
    assert len(found[0][0]) == 3
    assert found[0] == found[1]


def test_whereabouts_stand_in_no_key(start):
    """Device, threads, budget, slice, disk and folders are whereabouts; a field of theirs that is new is looked at."""
    assert set(Whereabouts.model_fields) == {
        *("data", "weights", "plugins", "out", "device", "threads", "shard", "batch_seconds", "store_gb"),
        *("offline", "yes"),
    }
    for _, record in start.records.values():
        assert not {"device", "threads", "shard", "batch_seconds", "store_gb"} & set(record.asked)
