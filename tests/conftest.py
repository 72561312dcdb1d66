"""What do all tests share? Real data and weights where they lie, and a home of their own for every test."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["fake_hub", "generated_pair", "loopback_site", "published_toys"]
SHARED = Path(__file__).resolve().parents[1].parent / "shared"
LONG = 600  # seconds: a test that is given as many may need a good part of a minute

# No test depends on a time, and a failure found once is found again.
settings.register_profile("emobench", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("emobench")


def pytest_collection_modifyitems(items):
    """Files that may take long, as their timeouts say, come first: at the end no core waits for another's."""
    longest = dict.fromkeys((item.path for item in items), 0)
    for item in items:
        marks = [mark.args[0] for mark in item.iter_markers("timeout")]
        longest[item.path] = max([longest[item.path], *marks])
    items.sort(key=lambda item: -longest[item.path] if longest[item.path] >= LONG else 0)


def pytest_collection_finish():
    """What all tests import lives to the end: runs, which collect garbage, look only through what came later."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """What a file's tests left, caches of libraries above all, slows down no run of the next file's."""
    ended = yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
    return ended


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """What a test printed or logged travels between processes as UTF-8, even where it tries out what is none."""
    report = yield
    report.sections = [(title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Nothing that a test computes lands in the home of whoever runs it."""
    monkeypatch.setenv("EMOBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("EMOBENCH_DATA", raising=False)


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real datasets (``ravdess`` below it); tests that need it are skipped where it is missing."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """The folder of real weights (``byol-s`` below it); tests that need it are skipped where it is missing."""
    return _shared("weights")
