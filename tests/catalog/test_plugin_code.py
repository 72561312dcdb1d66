"""Does changed code have another digest, however it was installed?"""

import sys
import zipfile
from importlib.metadata import PathDistribution, entry_points

import pytest

from emobench.catalog.discovery import from_file, installed
from emobench.catalog.plugin_code import code_digest
from emobench.domain.errors import BrokenEnvironment

PACKAGE = {"mine_package/__init__.py": "", "mine_package/plugin.py": "A = 1", "mine_package/deep/model.py": "B = 1"}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that Python imports from; what was imported from it is forgotten."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    forget()


def forget():
    """Let Python import the packages of these tests anew."""
    ours = ("shared_name", "mine_package", "mine_file")
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]


def written(folder, files):
    """Files with their texts, below a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def plugin_of(folder, value, recorded=()):
    """The plugin of a distribution with one entry point: RECORD names the files of an ordinary installation."""
    info = {"METADATA": "Metadata-Version: 2.1\nName: emobench-mine\nVersion: 1.0\n"}
    info["entry_points.txt"] = f"[emobench]\nmine = {value}\n"
    info["RECORD"] = "".join(f"{path},,\n" for path in (*recorded, "mine-1.0.dist-info/METADATA", "../bin/mine"))
    written(folder / "mine-1.0.dist-info", info)
    (working,), broken = installed(PathDistribution(folder / "mine-1.0.dist-info").entry_points)
    assert broken == []
    return working


@pytest.fixture(params=["installed", "used where it lies"])
def package(request, site):
    """A plugin that is a package, in both ways that packages are installed."""
    written(site, PACKAGE)
    return plugin_of(site, "mine_package.plugin", PACKAGE if request.param == "installed" else ())


def test_a_changed_package_is_another_one(package, site):
    """Any changed file of a package changes its digest; bytecode, hidden files and an editor's copies do not."""
    before = code_digest(package)
    assert len(before) == 64
    written(site / "mine_package", {".swap": "x", "plugin.py~": "x", "__pycache__/plugin.cpython-311.pyc": "x"})
    assert code_digest(package) == before
    found = {before}
    for path in PACKAGE:
        (site / path).write_text("A = 2")
        found.add(code_digest(package))
    assert len(found) == 4


def test_how_it_is_installed_does_not_matter(tmp_path, monkeypatch):
    """The same package has one digest wherever it lies and however it was installed, so keys agree between machines."""
    found = set()
    for place, recorded in (("here", ()), ("there", PACKAGE)):
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / place)
            written(tmp_path / place, PACKAGE)
            found.add(code_digest(plugin_of(tmp_path / place, "mine_package.plugin", recorded)))
            forget()
    assert len(found) == 1


@pytest.mark.parametrize("changed", ["mine_package/new.json", "mine_package/far/net.py", "net.py", "nets/net.py"])
def test_where_it_lies_all_its_code_counts(site, changed):
    """New files of a package count, those behind a link, and modules and packages that lie beside it."""
    written(site, PACKAGE)
    written(site / "far away", {"net.py": "A = 1"})
    (site / "mine_package" / "far").symlink_to(site / "far away")
    (site / "mine_package" / "deep" / "loop").symlink_to(site / "mine_package")
    written(site, {"nets/__init__.py": "", "tests/__init__.py": "", ".venv/__init__.py": "", "data/notes.txt": ""})
    plugin = plugin_of(site, "mine_package.plugin")
    before = code_digest(plugin)
    written(site, {"tests/test_net.py": "x", "setup.py": "x", ".venv/other.py": "x", "data/notes.txt": "x"})
    assert code_digest(plugin) == before
    written(site, {changed: "A = 2"})
    assert code_digest(plugin) not in (None, before)


def test_a_moved_file_is_another_package(site):
    """The names of files are part of the digest: the same contents elsewhere are other code."""
    written(site, PACKAGE)
    plugin = plugin_of(site, "mine_package.plugin")
    before = code_digest(plugin)
    (site / "mine_package/deep/model.py").rename(site / "mine_package/model.py")
    assert code_digest(plugin) != before


def test_what_emobench_brings_is_known_by_its_stages():
    """Built-in plugins have no digest, however emobench itself is installed."""
    ours = [point for point in entry_points(group="emobench") if point.dist.name == "emobench"]
    working, broken = installed(ours)
    assert broken == []
    assert len(working) > 10
    assert {code_digest(plugin) for plugin in working} == {None}


@pytest.mark.parametrize("value", ["mine_file", "shared_name.mine_file"], ids=["module", "in a namespace"])
def test_a_single_module_counts_with_those_beside_it(site, value):
    """A plugin that is one module is known by its file and by the modules in its folder."""
    folder = site / value.replace(".", "/")
    written(folder.parent, {"mine_file.py": "A = 1", "other.py": "B = 1"})
    plugin = plugin_of(site, value)
    found = {code_digest(plugin)}
    for name in ("mine_file.py", "other.py"):
        (folder.parent / name).write_text("A = 2")
        found.add(code_digest(plugin))
    assert None not in found
    assert len(found) == 3


def test_other_distributions_do_not_count(site):
    """Of a namespace that several distributions share, only what this one installed is looked at."""
    mine, yours = "shared_name/mine/__init__.py", "shared_name/yours/__init__.py"
    written(site, {mine: "A = 1", yours: "B = 1"})
    plugin = plugin_of(site, "shared_name.mine", [mine])
    before = code_digest(plugin)
    written(site, {yours: "B = 2"})
    assert code_digest(plugin) == before
    written(site, {mine: "A = 2"})
    assert code_digest(plugin) not in (None, before)


def test_code_in_an_archive_is_the_archive(tmp_path, monkeypatch):
    """A package that is imported from a zip is known by the zip."""
    found = set()
    for number in (1, 2):
        archive = tmp_path / f"{number}" / "plugins.zip"
        archive.parent.mkdir()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("mine_package/__init__.py", f"A = {number}")
        with monkeypatch.context() as patch:
            patch.syspath_prepend(archive)
            found.add(code_digest(plugin_of(tmp_path / f"{number}", "mine_package")))
            forget()
    assert None not in found
    assert len(found) == 2


def test_a_file_that_cannot_be_read_is_told(site):
    """What lies among the files of a package and cannot be read is an error with its name, no crash and no omission."""
    written(site, PACKAGE)
    plugin = plugin_of(site, "mine_package.plugin", [*PACKAGE, "mine_package/lost.py"])
    with pytest.raises(BrokenEnvironment, match=r"lost\.py"):
        code_digest(plugin)


def test_a_file_is_its_bytes(tmp_path):
    """A plugin given with --plugin is known by the digest of the file."""
    (tmp_path / "mine.py").write_text("A = 1")
    plugin = from_file(tmp_path / "mine.py")
    assert code_digest(plugin) == plugin.digest
