"""Does changed code have another digest, wherever no index has numbered it?"""

import json
import sys
from importlib.metadata import PathDistribution, entry_points

import pytest

from emobench.catalog.discovery import from_file, installed
from emobench.catalog.plugin_code import code_digest

FOLDER = {"url": "file:///somewhere", "dir_info": {"editable": True}}
REPOSITORY = {"url": "https://example.org/mine.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
ARCHIVE = {"url": "file:///somewhere/mine.whl", "archive_info": {}}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages that Python imports from; what was imported from it is forgotten."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    ours = ("shared_name", "mine_package", "mine_file")
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]


def installed_plugin(site, value, files, came_from=FOLDER):
    """A package with an entry point, as an installer leaves it."""
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    info = site / "mine-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: emobench-mine\nVersion: 1.0\n")
    if came_from is not None:
        (info / "direct_url.json").write_text(json.dumps(came_from))
    (info / "entry_points.txt").write_text(f"[emobench]\nmine = {value}\n")
    (working,), broken = installed(PathDistribution(info).entry_points)
    assert broken == []
    return working


PACKAGE = {"mine_package/__init__.py": "", "mine_package/plugin.py": "A = 1", "mine_package/deep/model.py": "B = 1"}


@pytest.mark.parametrize("came_from", [FOLDER, REPOSITORY, ARCHIVE], ids=["folder", "repository", "archive"])
@pytest.mark.parametrize("changed", ["mine_package/plugin.py", "mine_package/deep/model.py", "mine_package/new.json"])
def test_a_changed_package_is_another_one(site, came_from, changed):
    """Any file of a package that no index numbered, changed or new, changes its digest; bytecode and hidden do not."""
    plugin = installed_plugin(site, "mine_package.plugin", PACKAGE, came_from)
    before = code_digest(plugin)
    assert len(before) == 64
    (site / "mine_package" / ".swap").write_text("an editor's")
    (site / "mine_package" / "__pycache__").mkdir(exist_ok=True)
    (site / "mine_package" / "__pycache__" / "plugin.cpython-311.pyc").write_bytes(b"compiled")
    assert code_digest(plugin) == before
    (site / changed).write_text("A = 2")
    assert code_digest(plugin) not in (None, before)


def test_a_moved_file_is_another_package(site):
    """The names of files are part of the digest: the same contents elsewhere are other code."""
    plugin = installed_plugin(site, "mine_package.plugin", PACKAGE)
    before = code_digest(plugin)
    (site / "mine_package/deep/model.py").rename(site / "mine_package/model.py")
    assert code_digest(plugin) != before


def test_the_folder_it_lies_in_does_not_matter(tmp_path, monkeypatch):
    """The same package at two places has one digest, so that keys are the same on two machines."""
    found = set()
    for place in ("here", "there"):
        with monkeypatch.context() as patch:
            (tmp_path / place).mkdir()
            patch.syspath_prepend(tmp_path / place)
            found.add(code_digest(installed_plugin(tmp_path / place, "mine_package.plugin", PACKAGE)))
            for name in [name for name in sys.modules if name.startswith("mine_package")]:
                del sys.modules[name]
    assert len(found) == 1


def test_a_package_of_an_index_is_known_by_its_version(site):
    """What an index published is never published twice: its keys hold no digest, and stay when it is reinstalled."""
    assert code_digest(installed_plugin(site, "mine_package.plugin", PACKAGE, came_from=None)) is None


def test_what_emobench_brings_is_known_by_its_stages():
    """Built-in plugins have no digest, though emobench itself is installed from a folder while it is worked on."""
    ours = [point for point in entry_points(group="emobench") if point.dist.name == "emobench"]
    working, broken = installed(ours)
    assert broken == []
    assert len(working) > 10
    assert {code_digest(plugin) for plugin in working} == {None}


def test_a_single_module_is_its_file(site):
    """A plugin that is one installed module is known by that file, and by no neighbour of it."""
    plugin = installed_plugin(site, "mine_file", {"mine_file.py": "A = 1", "other.py": "B = 1"})
    before = code_digest(plugin)
    (site / "other.py").write_text("B = 2")
    assert code_digest(plugin) == before
    (site / "mine_file.py").write_text("A = 2")
    assert code_digest(plugin) not in (None, before)


def test_neighbours_in_a_namespace_do_not_count(site):
    """In a namespace that several distributions share, only the plugin's own package is looked at."""
    files = {"shared_name/mine/__init__.py": "A = 1", "shared_name/yours/__init__.py": "B = 1"}
    plugin = installed_plugin(site, "shared_name.mine", files)
    before = code_digest(plugin)
    assert len(before) == 64
    (site / "shared_name/yours/__init__.py").write_text("B = 2")
    assert code_digest(plugin) == before
    (site / "shared_name/mine/__init__.py").write_text("A = 2")
    assert code_digest(plugin) != before


def test_a_file_is_its_bytes(tmp_path):
    """A plugin given with --plugin is known by the digest of the file."""
    (tmp_path / "mine.py").write_text("A = 1")
    plugin = from_file(tmp_path / "mine.py")
    assert code_digest(plugin) == plugin.digest
